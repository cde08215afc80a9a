import type { Settled } from "../quota/block.ts";
import type { Decision } from "../quota/decision.ts";
import { agree } from "../quota/doubt.ts";
import { authorityOf, type Reading } from "../quota/reading.ts";
import type { QuotaSource } from "../quota/source.ts";
import { isFresh, type State } from "../state/state.ts";
import { judge, record, type RecordOptions } from "./record.ts";

/** A surprising value is read again after this long. */
const CONFIRM_AFTER_MS = 1_000;

/** How the quota is to be asked for. */
export interface ObserveOptions extends RecordOptions {
  /** Gives the source, from the name of the one that answered last time. */
  readonly source: (last: string | undefined) => QuotaSource;
  /** Others whose word counts as a second reading; they are asked only in doubt. */
  readonly witnesses?: readonly (() => Promise<Reading>)[];
  /** Read nothing if, once it is our turn, the state is at most this old. */
  readonly unlessFresherThanSeconds?: number;
  /** Gives up; the state is then left as it is. */
  readonly signal?: AbortSignal;
}

/** What came of it. */
export type Observed =
  | {
    readonly kind: "decided";
    readonly decision: Decision;
    readonly reading: Reading;
    /** Percent of the 5-hour window per second, where it was measured. */
    readonly burn: number | undefined;
  }
  /** The state was younger than what was asked for, or than what was read; that is here, if it was. */
  | { readonly kind: "fresh"; readonly state: State; readonly reading?: Reading }
  | { readonly kind: "aborted" };

/**
 * Asks for the quota once, and records the answer. One at a time in a state directory: who comes second
 * waits, and with `unlessFresherThanSeconds` uses what the first one read. A surprising value is
 * read twice, unless somebody else says the same.
 *
 * @throws When the state cannot be written.
 */
export async function observe(options: ObserveOptions): Promise<Observed> {
  const { directory, unlessFresherThanSeconds, signal, clock } = options;
  using _lock = await directory.lockToAsk();
  if (unlessFresherThanSeconds !== undefined) {
    const state = directory.state();
    if (state && isFresh(state, clock.now(), unlessFresherThanSeconds)) {
      return { kind: "fresh", state };
    }
  }
  const first = await ask(options);
  if (signal?.aborted || !first) return { kind: "aborted" };
  let { reading } = first;
  let recorded = await record(first.reading, first.readAt, options);
  if (recorded.kind === "doubted") {
    const { settled, doubt } = recorded;
    if (doubt.mayRepeat && await isAttested(first.reading, settled, options)) {
      recorded = await record(first.reading, first.readAt, { ...options, isConfirmed: true });
    } else if (doubt.mayRepeat) {
      await clock.delay(CONFIRM_AFTER_MS, signal);
      const second = await ask(options);
      if (signal?.aborted || !second) return { kind: "aborted" };
      reading = second.reading;
      // What is otherwise now is no second opinion: it has to stand for itself.
      const isConfirmed = agree(settled, judge(second.reading, options));
      recorded = await record(second.reading, second.readAt, { ...options, isConfirmed });
    }
  }
  if (recorded.kind === "recorded" || recorded.kind === "kept") {
    const { decision, burn } = recorded;
    return { kind: "decided", decision, reading: recorded.reading, burn };
  }
  // It was not believed, or a later one was there: what stands is what counts.
  const state = directory.state();
  return state ? { kind: "fresh", state, reading } : { kind: "aborted" };
}

async function ask(
  { directory, source, signal, clock }: ObserveOptions,
): Promise<{ reading: Reading; readAt: Date } | undefined> {
  const beganAt = clock.now();
  const state = directory.state();
  // Who said that the account is stopped is who can say that it is not.
  const block = state?.block && state.block.blockedUntil > beganAt ? state.block : undefined;
  const last = block?.what === "account" ? block.source : state?.source;
  const reading = await source(last).read(signal);
  if (signal?.aborted) return undefined;
  const asOf = reading.kind === "windows" ? reading.asOf : undefined;
  return { reading, readAt: asOf && asOf < beganAt ? asOf : beganAt };
}

/**
 * Whether somebody else says that agents wait, for the same reset. That they may go nobody attests: what
 * was written down may be old, or another account's. Nor is it a witness of what was written down.
 */
async function isAttested(
  first: Reading,
  settled: Settled,
  options: ObserveOptions,
): Promise<boolean> {
  if (settled.decision.status !== "blocked") return false;
  const isLive = authorityOf(first.source) === "live";
  for (const witness of options.witnesses ?? []) {
    const reading = await witness();
    if (!isLive && authorityOf(reading.source) === "recorded") continue;
    if (reading.kind === "windows" && agree(settled, judge(reading, options))) return true;
  }
  return false;
}
