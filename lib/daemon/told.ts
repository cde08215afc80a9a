import { type Settled } from "../quota/block.ts";
import { decide } from "../quota/decision.ts";
import { agree, isNeighbour, JUMP_PERCENT } from "../quota/doubt.ts";
import type { DatedReading } from "../quota/reading.ts";
import { haveSameReset, isSameReset, mayBeOneAccount, windowLike } from "../quota/same_window.ts";
import { record, type Recorded, type RecordOptions } from "./record.ts";

/** With nothing decided anew, a state is written this often, in milliseconds. */
const WRITE_EVERY_MS = 1_000;

/** In doubt the quota is asked for, but not more often than this, in milliseconds. */
const ASK_EVERY_MS = 5_000;

/** Who said nothing else for so long is believed where nobody could be asked, in milliseconds. */
const BELIEVED_AFTER_MS = 30_000;

/** What was asked for and found to be otherwise is not asked for again for this long, in milliseconds. */
const REFUTED_FOR_MS = 300_000;

/** What is done with readings that are told. */
export interface ToldOptions {
  /** How to record one; asked for each, since settings change. */
  readonly how: () => RecordOptions;
  /** A reading was taken in. */
  readonly onRecorded: (recorded: Recorded & { kind: "recorded" | "kept" }) => void;
  /** Somebody else is to be asked, now. */
  readonly onDoubt: (doubt: string) => void;
  /** A state could not be written. */
  readonly onError: (error: unknown) => void;
}

interface Doubted {
  readonly reading: DatedReading;
  readonly settled: Settled;
  /** False where it is foreign by what is known. */
  readonly mayRepeat: boolean;
  readonly atMs: number;
}

/**
 * Takes in the readings that sessions tell. What decides something is recorded at once; of the others
 * the last of each second. What is doubted waits for the quota to be asked for.
 */
export class Told implements Disposable {
  readonly #options: ToldOptions;
  #latest: DatedReading | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What was taken in last and left the gate open, and when. */
  #open: { readonly reading: DatedReading; readonly atMs: number } | undefined;
  /** What was taken in last, and when. */
  #taken: DatedReading | undefined;
  #takenAtMs = -Infinity;
  #doubted: Doubted | undefined;
  /** What last met the wall and was doubted, also where who was asked did not say so. */
  #atWall: Doubted | undefined;
  /** On the monotonic clock. */
  #askedAtMs = -Infinity;
  #asking: ReturnType<typeof setTimeout> | undefined;
  #couldNotAsk = false;
  readonly #refuted = new Map<string, number>();

  constructor(options: ToldOptions) {
    this.#options = options;
  }

  /** What waits for a second opinion. */
  get doubted(): DatedReading | undefined {
    return this.#doubted?.reading;
  }

  /** Takes a reading in; it never throws. */
  async take(reading: DatedReading): Promise<void> {
    const how = this.#options.how();
    if (this.#isRefuted(reading, how.clock.monotonicMs())) return;
    if (this.#isNothingNew(reading, how)) return this.#writeSoon(reading);
    await this.#record(reading, { ...how, unlessFresherThanMs: WRITE_EVERY_MS });
  }

  /**
   * The quota was asked for: what was doubted has its second opinion. It is the account's, it is
   * another account's, its numbers are not those of now; who was asked tells that it is the account's and
   * nothing of its numbers, or is silent; or there is no opinion to be had.
   *
   * @param about What it is an opinion on; another one may be doubted by now.
   */
  asked(
    opinion: "agreed" | "another" | "otherwise" | "akin" | "silent" | "failed",
    about: DatedReading,
  ): void {
    this.#couldNotAsk = opinion === "failed";
    if (opinion === "failed" || this.#doubted?.reading !== about) return;
    // What is foreign by what is known, and is not confirmed, stays so.
    const isForeign = opinion === "silent" && !this.#doubted.mayRepeat &&
      !haveSameReset(this.#taken, about);
    const isAnother = opinion === "another" || isForeign;
    if (isAnother || opinion === "otherwise") {
      const until = this.#options.how().clock.monotonicMs() + REFUTED_FOR_MS;
      this.#refuted.set(isAnother ? accountOf(about) : numbersOf(about), until);
    }
    if (opinion === "agreed" || isAnother) this.#atWall = undefined;
    this.#doubted = undefined;
  }

  /** Another account is signed in: what was thought of readings was thought of the one before. */
  forget(): void {
    this.#latest =
      this.#open =
      this.#taken =
      this.#doubted =
      this.#atWall =
        undefined;
    this.#refuted.clear();
  }

  async #record(reading: DatedReading, how: RecordOptions): Promise<void> {
    try {
      const recorded = await record(reading, reading.asOf, how);
      if (recorded.kind === "doubted") return await this.#doubt(reading, recorded, how);
      if (recorded.kind === "late") return;
      this.#taken = reading;
      this.#takenAtMs = how.clock.now().getTime();
      const isOpen = recorded.decision.status === "open";
      this.#open = isOpen ? { reading, atMs: this.#takenAtMs } : undefined;
      if (recorded.kind === "kept") this.#writeSoon(reading);
      // One that came while this one was written is yet to be.
      else if (this.#latest && this.#latest.asOf <= reading.asOf) this.#latest = undefined;
      this.#options.onRecorded(recorded);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #doubt(
    reading: DatedReading,
    { doubt, settled }: Recorded & { kind: "doubted" },
    how: RecordOptions,
  ): Promise<void> {
    const nowMs = how.clock.now().getTime();
    const earlier = this.#doubted;
    const now = { reading, settled, mayRepeat: doubt.mayRepeat, atMs: nowMs };
    const isBlocked = settled.decision.status === "blocked";
    const isLasting = isBlocked && earlier !== undefined && agree(earlier.settled, settled) &&
      this.#couldNotAsk && nowMs - earlier.atMs >= BELIEVED_AFTER_MS &&
      // What is foreign by what is known stays so while the account's own goes on.
      (doubt.mayRepeat || nowMs - this.#takenAtMs >= BELIEVED_AFTER_MS);
    // A copy repeats old numbers; one that goes on growing at the wall is no copy.
    const isGrowing = isBlocked && doubt.mayRepeat && this.#atWall !== undefined &&
      agree(this.#atWall.settled, settled) && hasGrown(this.#atWall.reading, reading);
    if (isBlocked && doubt.mayRepeat) this.#atWall = now;
    const isLed = isBlocked && doubt.mayRepeat && this.#isLed(reading, settled, how);
    if (isLasting || isGrowing || isLed) {
      this.#doubted = this.#atWall = undefined;
      return await this.#record(reading, { ...how, isConfirmed: true });
    }
    if (!earlier || !agree(earlier.settled, settled)) this.#doubted = now;
    this.#askSoon(doubt.why);
  }

  /**
   * Whether what was taken in before leads up to a reading at the wall: a source that was asked meanwhile
   * may not have shown that window, or not when it resets.
   */
  #isLed(reading: DatedReading, { decision }: Settled, { directory }: RecordOptions): boolean {
    const { window } = decision;
    if (window === null || !isNeighbour(this.#taken, reading, window)) return false;
    const known = directory.state()?.known;
    const shown = windowLike(known, window);
    return mayBeOneAccount(known, reading) &&
      (shown === undefined || shown.usedPercent >= window.usedPercent - JUMP_PERCENT);
  }

  /** Has somebody asked: at once, or as soon as it is not too often. */
  #askSoon(doubt: string): void {
    const { clock } = this.#options.how();
    const waitMs = this.#askedAtMs + ASK_EVERY_MS - clock.monotonicMs();
    this.#asking ??= setTimeout(() => {
      this.#asking = undefined;
      if (!this.#doubted) return;
      this.#askedAtMs = clock.monotonicMs();
      this.#options.onDoubt(doubt);
    }, Math.max(0, waitMs));
  }

  /**
   * Whether a reading goes on from one that was taken in just now, and decides nothing either: it is
   * not worth looking at the state, which is most of the work.
   */
  #isNothingNew(reading: DatedReading, { settings, clock }: RecordOptions): boolean {
    const last = this.#open;
    const ageMs = last ? clock.now().getTime() - last.atMs : Infinity;
    if (!last || ageMs < 0 || ageMs >= WRITE_EVERY_MS || settings.policy.pace) return false;
    const isSame = reading.plan === last.reading.plan &&
      reading.windows.length === last.reading.windows.length &&
      reading.windows.every((window) => {
        const before = windowLike(last.reading, window);
        return before !== undefined && isSameReset(before.resetsAt, window.resetsAt) &&
          window.usedPercent >= before.usedPercent;
      });
    return isSame && decide(reading, settings.policy, clock.now()).status === "open";
  }

  #isRefuted(reading: DatedReading, nowMs: number): boolean {
    for (const [name, until] of this.#refuted) if (nowMs >= until) this.#refuted.delete(name);
    return this.#refuted.has(accountOf(reading)) || this.#refuted.has(numbersOf(reading));
  }

  #writeSoon(reading: DatedReading): void {
    if (!this.#latest || reading.asOf >= this.#latest.asOf) this.#latest = reading;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const latest = this.#latest;
      this.#latest = undefined;
      if (latest) void this.#record(latest, this.#options.how());
    }, WRITE_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#asking);
    this.#timer = this.#asking = undefined;
  }
}

/** True for a later line of the same windows in which more is used. */
function hasGrown(before: DatedReading, now: DatedReading): boolean {
  return accountOf(before) === accountOf(now) && now.asOf > before.asOf &&
    now.windows.some((window) => {
      const last = windowLike(before, window);
      return last !== undefined && window.usedPercent > last.usedPercent;
    });
}

/** Whose reading it is, as far as can be told: the windows of one account reset at the same times. */
function accountOf({ plan, windows }: DatedReading): string {
  const resets = windows.map(({ windowMinutes, resetsAt }) =>
    `${windowMinutes}:${resetsAt ? Math.round(resetsAt.getTime() / 120_000) : ""}`
  );
  return [plan ?? "", ...resets].join(" ");
}

/** A copy of an old line has the account's own resets; its numbers tell it apart. */
function numbersOf(reading: DatedReading): string {
  return [accountOf(reading), ...reading.windows.map(({ usedPercent }) => usedPercent)].join(" ");
}
