import type { Settings } from "../config/settings.ts";
import type { Death } from "../harness/death.ts";
import type { Wall } from "../harness/wall.ts";
import type { Clock } from "../process/clock.ts";
import { bringBack, note } from "../revive/bring_back.ts";
import { circumstancesIn } from "../revive/circumstances.ts";
import { followSent } from "../revive/follow_sent.ts";
import { isForgotten, judge } from "../revive/judge.ts";
import { awaitTurn } from "../revive/turn.ts";
import type { FoldedLines } from "../state/log.ts";
import type { OwnStateDirectory } from "../state/own_state_directory.ts";
import { isOfDeath, readRevivals } from "../state/revivals.ts";
import { messageOf } from "../text/message_of.ts";
import { formatTimestamp } from "../text/timestamp.ts";

/** What the daemon does for sessions that died at the wall. */
export interface RevivingOptions {
  readonly directory: OwnStateDirectory;
  readonly wall: Wall;
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly lines: FoldedLines;
  readonly signal: AbortSignal;
}

/** While nothing points to the wall, sessions are looked at this often, in milliseconds. */
const LOOK_EVERY_MS = 10 * 60_000;

/** A wait that is not longer than this is waited for at once, in milliseconds: the next one's turn. */
const SHORT_WAIT_MS = 30_000;

/**
 * Notes sessions that died at the wall, and with `revive = auto` brings them back when their quota is
 * confirmed to be there again, one after the other.
 */
export class Reviving {
  readonly #options: RevivingOptions;
  #looking: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #lookedAtMs = -Infinity;
  #hasOpen = false;

  constructor(options: RevivingOptions) {
    this.#options = options;
  }

  /**
   * A reading has been asked for: looks what follows, in the background.
   *
   * @param isAtWall Whether it says that the quota is spent, or nothing.
   */
  asked(isAtWall: boolean): void {
    const { clock, settings } = this.#options;
    this.#follow();
    if (settings().revive === "off" || this.#looking) return;
    const isDue = clock.monotonicMs() - this.#lookedAtMs >= LOOK_EVERY_MS;
    if (!isAtWall && !this.#hasOpen && !isDue) return;
    this.#lookedAtMs = clock.monotonicMs();
    this.#looking = this.#look().catch((error) => {
      this.#options.lines.write("revive", `sessions at the wall: ${messageOf(error)}`);
    }).finally(() => {
      this.#looking = undefined;
      this.#follow();
    });
  }

  /** Also with `revive = off`: what was sent by hand, or before, is not to be a second turn. */
  #follow(): void {
    if (this.#following || this.#options.signal.aborted) return;
    const { directory, wall, clock, signal, lines } = this.#options;
    const tell = ({ session }: { session: string }, what: string) =>
      lines.write(`revive ${session}`, `${what} (${session})`);
    this.#following = followSent({ directory, wall, clock, signal, tell }).catch((error) => {
      lines.write("revive", `messages that wait: ${messageOf(error)}`);
    }).finally(() => {
      this.#following = undefined;
    });
  }

  /** Waits until what is under way has ended; it ends soon after the signal. */
  async ended(): Promise<void> {
    await Promise.all([this.#looking, this.#following]);
  }

  async #look(): Promise<void> {
    const { wall, clock, settings, signal } = this.#options;
    const deaths = (await wall.deaths(clock.now()))
      .filter((death) => !isForgotten(death, clock.now()));
    this.#hasOpen = deaths.length > 0;
    if (deaths.length > 0) await this.#note(deaths);
    // Those that have waited longest go on first.
    for (const death of deaths.toReversed()) {
      if (signal.aborted) return;
      if (settings().revive !== "auto") continue;
      // One that goes wrong does not keep the others from it.
      await this.#decide(death).catch((error) => this.#tell(death, messageOf(error)));
    }
  }

  /** Writes down what is seen for the first time, with what its repository has checked out now. */
  async #note(deaths: readonly Death[]): Promise<void> {
    const { directory, wall, clock, lines } = this.#options;
    const known = readRevivals(directory);
    const fresh = deaths.filter((death) => !known.some((each) => isOfDeath(each, death)));
    if (fresh.length === 0) return;
    using lock = directory.lockToRevive();
    if (!lock) return;
    for (const death of fresh) {
      await note(death, directory, clock.now(), { checkedOut: wall.checkedOut(death) });
      const { session, directory: where, diedAt, resetsAt } = death;
      const until = resetsAt ? `, resets ${formatTimestamp(resetsAt)}` : "";
      lines.write(
        `death ${session}`,
        `stopped at the wall: ${session} in ${where}, ${formatTimestamp(diedAt)}${until}`,
      );
    }
  }

  async #decide(death: Death): Promise<void> {
    const { directory, wall, clock, settings, signal } = this.#options;
    if (death.place === "run") {
      return this.#tell(death, "a run is brought back by hand: quota-sentry revive");
    }
    const circumstances = () => circumstancesIn(directory, settings(), clock.now);
    const patience = { clock, patienceMs: SHORT_WAIT_MS, isOpenEnded: false, signal };
    const why = await awaitTurn(death, circumstances, patience);
    if (signal.aborted) return;
    if (why !== undefined) return this.#tell(death, why);
    const outcome = await bringBack(death, {
      directory,
      wall,
      clock,
      message: settings().reviveMessage,
      signal,
      whyNot: async (revivals) => {
        const fate = judge(death, await circumstances());
        if (fate.kind !== "ready") return fate.why;
        if (settings().revive !== "auto") return "it is not to go on by itself any more";
        return await wall.doubt(death, revivals.find((each) => isOfDeath(each, death)));
      },
    });
    if (outcome.kind === "done") this.#write(death, "brought back");
    else this.#tell(death, outcome.why);
  }

  #tell(death: Death, why: string): void {
    this.#write(death, `not brought back: ${why}`);
  }

  #write({ session, directory }: Death, what: string): void {
    this.#options.lines.write(`revive ${session}`, `${what} (${session} in ${directory})`);
  }
}
