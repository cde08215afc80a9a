import type { LoadCaller } from "../harness/callers.ts";
import type { Environment } from "../state/location.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { messageOf } from "../text/message_of.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import type { GuardOptions } from "./arguments.ts";
import { DISABLE_VARIABLE, isDisabled } from "./environment.ts";
import { type HookInput, type Stdin, takeInput } from "./input.ts";
import { look } from "./look.ts";
import { blockEnd, type Outcome, outcomeOf, verdictOn } from "./verdict.ts";

/**
 * The guard: returns at once while the quota is open, and holds, in silence, while it is spent. It
 * loads nothing that it does not need, since an agent calls it with every tool.
 */
export async function guard(
  options: GuardOptions,
  caller: LoadCaller,
  stdin: Stdin = Deno.stdin,
  env: Environment = Deno.env.get,
): Promise<Outcome> {
  const parent = Deno.ppid;
  const input = takeInput(stdin);
  let outcome: Outcome;
  try {
    outcome = await decideAndHold(options, parent, input, caller, env);
  } catch (error) {
    outcome = { text: `let go: ${messageOf(error)}` };
  }
  await input.ended();
  return outcome;
}

async function decideAndHold(
  options: GuardOptions,
  parent: number,
  input: HookInput,
  caller: LoadCaller,
  env: Environment,
): Promise<Outcome> {
  if (isDisabled(env)) return { text: `let go: ${DISABLE_VARIABLE} is set` };
  // Hooks name it, in full; else more is to be loaded. A script of an earlier version does not: it
  // looks at the usual one, whatever home it is called in.
  const isEarlier = options.hold !== undefined || options.holdOn !== undefined;
  const path = options.stateDir?.startsWith("/")
    ? options.stateDir
    : (await import("./directory_for.ts"))
      .directoryFor({ ...options, home: isEarlier ? undefined : (await caller())?.ownHome() }, env);
  if (path === undefined) return { text: "let go: HOME is not set" };
  const directory = new StateDirectory(path);
  if (!directory.isOurs()) return { text: "let go: the state directory is not ours alone" };
  const begun = options.hold ?? options.holdOn;
  if (begun !== undefined && begun !== "new") {
    const { goOnHolding } = await import("./hold/holding.ts");
    const outcome = await goOnHolding(begun, { options, directory, parent });
    if (outcome) return outcome;
  }

  const paused = directory.pausedUntil(new Date());
  if (paused) return { text: `let go: paused until ${formatTimestamp(paused)}` };

  const { on } = options;
  // A turn that goes on by itself passes no prompt: then this is what finds a daemon that has died.
  const isRequest = on !== undefined && on !== "tool";
  if ((options.startDaemon || isRequest) && !directory.isDaemonAlive()) {
    const { startDaemon } = await import("./calls.ts");
    await startDaemon(options, directory);
  }
  // The hook script leaves the mark itself.
  if (on === "model" && options.hold === undefined && options.holdOn === undefined) {
    await markTurn(directory, await input.turn());
  }
  let now = look(directory, options);
  let verdict = verdictOn(now);
  if (options.startDaemon && now.isDaemonAlive && now.state?.status === "unknown") {
    // The daemon may see less than the session that asks; then it is replaced.
    const { startDaemon } = await import("./calls.ts");
    await startDaemon(options, directory);
  }
  // A block that nobody has watched since: without a look, every request of a long turn would pass.
  const isBlock = isRequest && now.state !== undefined &&
    blockEnd(now.state, now.now) !== undefined;
  if (verdict.kind === "ask" && !options.stateOnly && (on === undefined || isBlock)) {
    const { readQuota } = await import("./calls.ts");
    await readQuota(options, directory, now.maxStateAgeSeconds);
    now = look(directory, options);
    verdict = verdictOn(now);
  }
  if (isRequest && verdict.kind === "pass" && now.isDaemonAlive) {
    const { daemonHasCaughtUp } = await import("./catch_up.ts");
    if (await daemonHasCaughtUp(now.state, directory, options, input, caller)) {
      now = look(directory, options);
      verdict = verdictOn(now);
    }
  }
  if (on === "tool" && verdict.kind === "hold" && !now.state?.guard.holdTools) {
    // A tool call costs no quota, and a tool that is held for hours is the worse place.
    if (directory.isMarked(await input.turn())) {
      return { text: "let go: the model's requests of this turn are guarded" };
    }
  }
  if (verdict.kind !== "hold") return outcomeOf(verdict.kind, verdict.reason);
  const { beginHolding } = await import("./hold/holding.ts");
  return await beginHolding(verdict, now, { options, directory, parent }, await input.beginning());
}

/** Leaves the mark that the model's requests of this turn are guarded; without it tools wait as well. */
async function markTurn(directory: StateDirectory, turn: string | undefined): Promise<void> {
  const path = directory.turnMark(turn);
  if (path === undefined || directory.isMarked(turn)) return;
  const { writeElsewhere } = await import("../files/elsewhere.ts");
  await writeElsewhere(path, "", 0o600).catch(() => {});
}

/** The line that `--verbose` prints. */
export function verboseLine({ text }: Outcome): string {
  return `${formatTimestamp(new Date())} guard: ${text}`;
}
