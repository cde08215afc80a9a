import { earlierVersion, INSTALL } from "../harness/findings.ts";
import type { Harness, HookReport, InstalledHook, Profile, Teller } from "../harness/harness.ts";
import type { SeenHooks } from "../harness/seen.ts";
import { spawnItself } from "../process/itself.ts";
import { isExecutable } from "../process/program_path.ts";
import { forUser } from "../text/for_user.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { withoutHome } from "../text/without_home.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import { BUSY, checkTimes, type HookTime } from "./hook_times.ts";
import { setStage, type Stage } from "./stage.ts";
import { checkTrust } from "./trust.ts";

/** A hook that takes longer than this is felt, in milliseconds. */
const BUDGET_MS = 250;

/** One that starts the daemon comes once in a session, and may take its time. */
const START_BUDGET_MS = 10_000;

/** Longer than a hook that is let pass ever takes, on a busy machine too, in milliseconds. */
const RUN_TIMEOUT_MS = 30_000;

/** What the hooks are judged by. */
export interface HookEvidence {
  readonly report: HookReport;
  readonly harness: Pick<
    Harness,
    | "name"
    | "program"
    | "login"
    | "quotaPrograms"
    | "withoutCodexbar"
    | "withoutProgram"
    | "ownWall"
    | "firstVersionWith"
  >;
  /** What the harness said at the start of a session, by what is still as it was then. */
  readonly seen: readonly SeenHooks[];
  /** The profiles that the report says nothing of. */
  readonly profiles: readonly Profile[];
  /** The state directories that the hooks name. */
  readonly stateDirectories: readonly string[];
  /** A directory for temporary files. */
  readonly parent: string;
}

/** Checks the hooks that a harness reported. */
export async function checkHooks(evidence: HookEvidence): Promise<Check[]> {
  const { report, harness } = evidence;
  if (report.kind === "failed") {
    return [fail("hooks", report.message, INSTALL)];
  }
  const checks = [
    await installed(report, evidence),
    checkTrust(report, evidence.harness, evidence.seen),
  ];
  if (report.limit !== undefined) {
    checks.push(warn("requests", report.limit, `update ${harness.name}`));
  }
  if (report.teller !== undefined) checks.push(checkTeller(report.teller));
  checks.push(...checkProfiles(evidence));
  if (report.hooks.length === 0) return checks;
  await using stage = await setStage(evidence.parent, openState());
  const trials: Trial[] = [];
  for (const hook of report.hooks) trials.push(await tryOut(hook, stage));
  return [
    ...checks,
    ...trials.map(({ check }) => check),
    ...checkTimes(trials.flatMap(({ time }) => time ?? [])),
  ];
}

/** What a hook did that was let pass. */
interface Trial {
  readonly check: Check;
  /** Undefined where it did not end, or was not tried. */
  readonly time?: HookTime;
}

async function installed(
  { hooks, missing }: HookReport & { kind: "read" },
  { stateDirectories }: HookEvidence,
): Promise<Check> {
  const wrong = hooks.filter(({ isAsWritten }) => !isAsWritten).map(({ event }) => event);
  if (hooks.length === 0) return fail("hooks", "no hooks of ours are installed", INSTALL);
  if (missing.length > 0) return fail("hooks", earlierVersion(missing), INSTALL);
  if (wrong.length > 0) {
    const text = `not as this version writes them: ${wrong.join(", ")}`;
    return fail("hooks", text, INSTALL);
  }
  const gone = await goneOf(hooks);
  if (gone !== undefined) {
    const text = `the program that they call is not there, so nothing is held: ${forUser(gone)}`;
    return fail("hooks", text, INSTALL);
  }
  if (stateDirectories.length > 1) {
    const text = `they look at different states: ${stateDirectories.map(forUser).join(", ")}`;
    return fail("hooks", text, INSTALL);
  }
  return ok("hooks", `installed: ${hooks.map(({ event }) => event).join(", ")}`);
}

/** What has sessions tell their quota: codexbar may tell it without. */
function checkTeller({ name, problem, todo }: Teller): Check {
  return problem === undefined
    ? ok(name, "it tells the quota of each session in a terminal")
    : warn(name, `${problem}, so no session tells its quota`, todo);
}

/** The first program of a hook that cannot be run. */
async function goneOf(hooks: readonly InstalledHook[]): Promise<string | undefined> {
  for (const program of new Set(hooks.map(({ words }) => words?.[0]))) {
    if (program !== undefined && !await isExecutable(program)) return withoutHome(program);
  }
}

/** A harness tells of its usual settings only. */
function checkProfiles({ profiles, harness }: HookEvidence): Check[] {
  if (profiles.length === 0) return [];
  const names = (some: readonly Profile[]) => some.map(({ name }) => forUser(name)).join(", ");
  const hookless = profiles.filter(({ isHookless }) => isHookless);
  const base = `${harness.name} was asked about its base configuration only`;
  return hookless.length === 0 ? [ok("profiles", `${base}, not about: ${names(profiles)}`)] : [warn(
    "profiles",
    `${base}; hooks are switched off in: ${names(hookless)}`,
    "sessions with such a profile are not held; take hooks = false out of it",
  )];
}

function openState(): unknown {
  const updatedAt = formatTimestamp(new Date());
  return { schemaVersion: 1, status: "open", reason: "a trial of the doctor's", updatedAt };
}

/**
 * Runs a hook as the harness would, with input, and let pass: whether it holds is for the state, not
 * for the doctor. It runs on a stage, so that nothing is started or written that was not there.
 */
async function tryOut({ event, words }: InstalledHook, stage: Stage): Promise<Trial> {
  const name = `hook ${event}`;
  const [program, ...args] = words ?? [];
  if (program === undefined || !await isThisProgram(program)) {
    return { check: warn(name, "it calls another program, which was not tried", INSTALL) };
  }
  const before = performance.now();
  const child = spawnItself({
    args: [...args, `--state-dir=${stage.directory}`],
    cwd: "/",
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { ...stage.env, QUOTA_SENTRY_DISABLE: "1" },
  });
  let isTooSlow = false;
  const timeout = setTimeout(() => {
    isTooSlow = true;
    child.kill("SIGKILL");
  }, RUN_TIMEOUT_MS);
  const input = JSON.stringify({ session_id: "doctor", hook_event_name: event, cwd: "/" });
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
  ]);
  clearTimeout(timeout);
  const ms = Math.round(performance.now() - before);
  if (isTooSlow) {
    const text = `it did not end within ${RUN_TIMEOUT_MS / 1000} s`;
    return { check: fail(name, text, BUSY) };
  }
  if (status.code !== 0 || stdout !== "" || stderr !== "") {
    const text = `it ended with code ${status.code} and printed ${
      stdout.length + stderr.length
    } bytes`;
    return { check: fail(name, text, INSTALL) };
  }
  const budgetMs = args[0] === "start" ? START_BUDGET_MS : BUDGET_MS;
  const check = ok(name, `runs in ${ms} ms, silently`);
  return { check, time: { event, ms, budgetMs } };
}

/** True for a path that leads to the program that runs. */
export async function isThisProgram(path: string): Promise<boolean> {
  try {
    return await Deno.realPath(path) === await Deno.realPath(Deno.execPath());
  } catch {
    return false;
  }
}
