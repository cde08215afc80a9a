import { delay } from "../../lib/process/delay.ts";
import { LINES_PER_REQUEST, SessionFile } from "../../lib/harness/codex/sessions/played_session.ts";
import { CODEXBAR, Sandbox, until } from "../../tests/support/sandbox.ts";
import type { Busy } from "./busy_sessions.ts";
import { answerFor, cpuPercent } from "./measure.ts";
import { add } from "./rows.ts";

const SESSIONS = 16;
const CROSSINGS = 500;

/**
 * A window resets on a whole second, so one daemon can be made to close its gate once a second; these
 * do it side by side, each with busy sessions of its own.
 */
const DAEMONS = 4;

/** The next request's hook looks so long after the line, at the least (measured with Codex 0.169). */
const HOOK_LOOKS_AFTER_MS = 17;

/** How often the gate is looked at, in milliseconds: what is measured is that much too long. */
const LOOK_EVERY_MS = 0.1;

/** A gate that is still open then counts as this late. */
const GIVE_UP_AFTER_MS = 500;

/** What is used before the crossing and after it, in percent. */
const BEFORE = 94.9;
const AFTER = 95.5;

const CPU_SECONDS = 60;

/** How soon the gate closes on a session's line, and what following costs. */
export async function measureFollowing(): Promise<void> {
  await crossings();
  await cpu();
}

async function crossings(): Promise<void> {
  await using boxes = new AsyncDisposableStack();
  const all = Array.from({ length: DAEMONS }, () => boxes.use(new Sandbox()));
  const truth = new Float64Array(new SharedArrayBuffer(16 * DAEMONS));
  for (const box of all) {
    Deno.mkdirSync(`${box.codexHome}/sessions`, { recursive: true });
    await box.run(["config", "set", "source", "sessions"]);
    await box.run(["config", "set", "resetBufferSeconds", "0"]);
    await box.run(["start"]);
    await until("it follows", () => box.state?.following === "events", 30_000);
  }
  using _busy = startBusy({ homes: all.map(({ codexHome }) => codexHome), sessions: 15, truth });
  const left = { crossings: CROSSINGS };
  const took = await Promise.all(
    all.map((box, index) =>
      crossAgainAndAgain(box, truth.subarray(2 * index, 2 * index + 2), left)
    ),
  );
  const ms = took.flat();
  const inTime = ms.filter((each) => each <= HOOK_LOOKS_AFTER_MS).length;
  add(`from the line on disk to the closed gate, ${SESSIONS} sessions`, "ms", ms, {
    note: `${ms.length} crossings, ${DAEMONS} daemons at once`,
  });
  add(`closed ${HOOK_LOOKS_AFTER_MS} ms after the line`, "%", [100 * inTime / ms.length], {
    note: `${inTime} of ${ms.length}`,
  });
}

/** Meets the threshold once in each window, which lasts until the next whole second. */
async function crossAgainAndAgain(
  box: Sandbox,
  truth: Float64Array,
  left: { crossings: number },
): Promise<number[]> {
  using file = new SessionFile(box.codexHome, new Date());
  const gate = `${box.stateDir}/quota-sentry.gate`;
  const took: number[] = [];
  while (left.crossings > 0) {
    const resetsAtMs = Math.ceil((Date.now() + 500) / 1000) * 1000;
    const tell = (usedPercent: number) => {
      file.work(1);
      file.tell({ usedPercent, resetsAt: new Date(resetsAtMs) });
      // The others know it only then: theirs must not be the line that closes the gate.
      truth.set([usedPercent, resetsAtMs]);
    };
    tell(BEFORE);
    // Uneven, so that it meets what the daemon does each second in all its phases.
    await delay(100 + Math.random() * 250);
    if (isThere(gate) && resetsAtMs - Date.now() > 50) {
      left.crossings--;
      tell(AFTER);
      took.push(untilGone(gate));
    }
    await delay(resetsAtMs - Date.now() + 20);
  }
  return took;
}

/** Milliseconds until a file is gone; nothing else runs here meanwhile. */
function untilGone(path: string): number {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const before = performance.now();
  while (isThere(path)) {
    if (performance.now() - before > GIVE_UP_AFTER_MS) break;
    Atomics.wait(clock, 0, 0, LOOK_EVERY_MS);
  }
  return performance.now() - before;
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

async function cpu(): Promise<void> {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.codexHome}/sessions`, { recursive: true });
  const resetsAt = new Date(Math.ceil(Date.now() / 1000 + 7200) * 1000);
  const truth = new Float64Array(new SharedArrayBuffer(16));
  truth.set([50, resetsAt.getTime()]);
  box.codexbar(CODEXBAR.answers, answerFor({ usedPercent: 50, resetsAt }));
  await box.run(["start"]);
  await until("it follows", () => box.state?.following === "events", 30_000);
  using _busy = startBusy({ homes: [box.codexHome], sessions: SESSIONS, truth });
  await using watching = startWatching(`${box.codexHome}/sessions`);
  // All sessions have begun, and the daemon has compiled what it runs.
  await delay(15_000);
  const pid = Number(Deno.readTextFileSync(`${box.stateDir}/quota-sentry.pid`));
  const percents = await Promise.all(
    [watching.pid, pid].map((each) => cpuPercent([each], CPU_SECONDS)),
  );
  const reference = "reference: Deno.watchFs over the same files, and nothing else";
  add(reference, "% CPU", [percents[0]!]);
  add(`daemon, ${SESSIONS} busy sessions`, "% CPU", [percents[1]!], {
    reference,
    note: `a request each 4 s, ${LINES_PER_REQUEST} lines each`,
  });
}

/** Starts sessions that are busy, in a thread of their own. */
function startBusy(busy: Busy): Disposable {
  const worker = new Worker(new URL("busy_sessions.ts", import.meta.url), { type: "module" });
  worker.postMessage(busy);
  return { [Symbol.dispose]: () => worker.terminate() };
}

/** Starts what does nothing but take the events of a directory. */
function startWatching(directory: string): { readonly pid: number } & AsyncDisposable {
  const code = "for await (const _ of Deno.watchFs(Deno.args[0]));";
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", code, directory] }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.status;
    },
  };
}
