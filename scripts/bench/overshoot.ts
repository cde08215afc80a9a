import { delay } from "../../lib/process/delay.ts";
import { runAgent } from "../../lib/simulation/agent.ts";
import { SharedQuota } from "../../lib/simulation/shared_quota.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { HoldLog } from "../../lib/simulation/hold_log.ts";
import { CODEXBAR, Sandbox, until } from "../../tests/support/sandbox.ts";
import { answerFor, callHook, hookIn } from "./measure.ts";
import { add } from "./rows.ts";

const SESSIONS = [1, 4, 16];
const POINTS_A_MINUTE = [1, 5, 20];
const POINTS_PER_REQUEST = 0.5;
const THRESHOLD_PERCENT = 95;

/**
 * Time runs so many times as fast: the rate at which the quota is spent and, for polling alone, the
 * interval between two readings are both scaled by it. What the programs take is not, so a faster time
 * is to the disadvantage of following: its milliseconds count tenfold.
 */
const SPEED = 10;
const INTERVAL_SECONDS = 60 / SPEED;

/**
 * How much of an interval has passed since the last reading when the threshold is met. For polling
 * alone it decides, and in reality it is any; for following it only moves the requests against the
 * clock.
 */
const PHASES = [1 / 8, 3 / 8, 5 / 8, 7 / 8];

/** So many runs at once, the longest first: they mostly wait. */
const RUNS_AT_ONCE = 6;

/** The threshold is met by the third request where nothing is polled. */
const REQUESTS_BEFORE = 2;

/** One run: sessions that spend one quota until all are held, or dead. */
interface Run {
  readonly sessions: number;
  readonly pointsAMinute: number;
  readonly phase: number;
  /**
   * This version, with the hook at the model; else polling alone, with the hook at the tool, as the
   * version before had it.
   */
  readonly isFollowing: boolean;
}

interface Outcome {
  readonly points: number;
  readonly died: number;
  /** The most requests of one session past the threshold. */
  readonly mostPast: number;
  /** Requests that were let in past the threshold. */
  readonly letIn: number;
}

/** How far beyond the threshold sessions get that spend one quota, and how many reach the wall. */
export async function measureOvershoot(): Promise<void> {
  const runs = [false, true].flatMap((isFollowing) =>
    SESSIONS.flatMap((sessions) =>
      POINTS_A_MINUTE.flatMap((pointsAMinute) =>
        PHASES.map((phase): Run => ({ sessions, pointsAMinute, phase, isFollowing }))
      )
    )
  );
  const outcomes = new Map<Run, Outcome>();
  const waiting = runs.toSorted((a, b) => cycleMs(b) - cycleMs(a));
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, async () => {
    for (let run = waiting.shift(); run; run = waiting.shift()) {
      outcomes.set(run, await overshoot(run));
    }
  }));
  for (let index = 0; index < runs.length; index += PHASES.length) {
    addCell(runs.slice(index, index + PHASES.length), outcomes);
  }
}

function addCell(runs: readonly Run[], outcomes: ReadonlyMap<Run, Outcome>): void {
  const { sessions, pointsAMinute, isFollowing } = runs[0]!;
  const all = runs.map((run) => outcomes.get(run)!);
  const sum = (of: (outcome: Outcome) => number) => all.reduce((sum, each) => sum + of(each), 0);
  const most = Math.max(...all.map(({ mostPast }) => mostPast));
  const notes = [
    `died: ${sum(({ died }) => died)} of ${sessions * runs.length}`,
    `${most} requests of one session at the most`,
    `${sum(({ letIn }) => letIn)} let in`,
  ];
  add(
    `past the threshold, ${sessions} sessions, ${pointsAMinute} points a minute, ` +
      `${isFollowing ? "following" : "polling alone"} (time × ${SPEED})`,
    "points",
    all.map(({ points }) => points),
    { note: notes.join(", ") },
  );
}

/** From one request of a session to the next, in milliseconds. */
function cycleMs({ sessions, pointsAMinute }: Run): number {
  return sessions * POINTS_PER_REQUEST / pointsAMinute * 60_000 / SPEED;
}

async function overshoot(run: Run): Promise<Outcome> {
  const { sessions, isFollowing, phase } = run;
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.codexHome}/sessions`, { recursive: true });
  const hook = hookIn(box);
  // The k-th request from now meets the threshold, a share of an interval from now.
  const gapMs = cycleMs(run) / sessions;
  const metMs = isFollowing ? (REQUESTS_BEFORE + phase) * gapMs : phase * INTERVAL_SECONDS * 1000;
  const before = Math.floor(metMs / gapMs);
  const quota = new SharedQuota(
    {
      usedPercent: THRESHOLD_PERCENT - POINTS_PER_REQUEST * (before + 1),
      resetsAt: new Date(Math.ceil(Date.now() / 1000 + 7200) * 1000),
    },
    POINTS_PER_REQUEST,
    THRESHOLD_PERCENT,
  );
  const tellTruth = () => box.answer(answerFor(quota.limits(new Date())));
  tellTruth();
  box.codexbar(CODEXBAR.answers);
  if (!isFollowing) {
    await box.run(["config", "set", "follow", "false"]);
    await box.run(["config", "set", "intervalSeconds", `${INTERVAL_SECONDS}`]);
  }
  await box.run(["start"]);
  await until("it is open", () => box.state?.status === "open", 30_000);
  if (isFollowing) await until("it follows", () => box.state?.following === "events", 30_000);
  else await nextReading(box);

  const ended = new AbortController();
  const died = new Set<number>();
  const agents = Array.from({ length: sessions }, async (_, session) => {
    const end = await runAgent({
      session,
      home: box.codexHome,
      quota,
      cycleMs: cycleMs(run),
      firstEndMs: metMs - before * gapMs + session * gapMs,
      hookAt: isFollowing ? "model" : "tool",
      callHook: (input) =>
        callHook(box, hook, isFollowing ? "guard --on=model" : "guard --state-only", {
          input,
          signal: ended.signal,
        }),
      onEnd: tellTruth,
      signal: ended.signal,
    });
    if (end === "died") died.add(session);
  });
  const longestMs = cycleMs(run) + metMs + 2 * INTERVAL_SECONDS * 1000 + 60_000;
  const holds = new HoldLog(new StateDirectory(box.stateDir));
  await until(`all are held or dead: ${JSON.stringify(run)}`, () => {
    holds.look();
    return holds.held + died.size === sessions;
  }, longestMs);
  const { usedPercent } = quota.limits(new Date());
  ended.abort();
  await Promise.all(agents);
  return {
    points: usedPercent - THRESHOLD_PERCENT,
    died: died.size,
    mostPast: quota.mostPast,
    letIn: quota.past.filter(({ isOnItsWay }) => !isOnItsWay).length,
  };
}

/** Waits until the quota is read for the next time. */
async function nextReading(box: Sandbox): Promise<void> {
  const before = box.calls.length;
  while (box.calls.length === before) await delay(5);
}
