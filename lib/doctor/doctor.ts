import type { Resolved } from "../config/settings.ts";
import { standingOf } from "../guard/standing.ts";
import type { Teller } from "../harness/harness.ts";
import type { SignedIn } from "../harness/signed_in.ts";
import type { Wall } from "../harness/wall.ts";
import { buildId } from "../process/build_id.ts";
import { isFoundAnywhere } from "../process/itself.ts";
import { findOnPath, onPathOf, stableProgramPath } from "../process/program_path.ts";
import { runBounded } from "../process/run_bounded.ts";
import { SYSTEM } from "../process/system.ts";
import { settle } from "../quota/block.ts";
import { withCredits } from "../quota/credits.ts";
import { decide, type Decision } from "../quota/decision.ts";
import type { Reading } from "../quota/reading.ts";
import type { QuotaSource } from "../quota/source.ts";
import { isFiveHourWindow } from "../quota/window.ts";
import { nameOf } from "../quota/window_name.ts";
import { isClosable } from "../state/closable.ts";
import { daemonNote } from "../state/daemon_note.ts";
import { linkIn } from "../state/link_in.ts";
import { isFresh } from "../state/state.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { whyNotOurs } from "../state/why_foreign.ts";
import { forUser } from "../text/for_user.ts";
import { localTimeAndZone } from "../text/zone.ts";
import { withoutHome } from "../text/without_home.ts";
import { toolsOf } from "../sources/tools.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import { checkHooks, type HookEvidence } from "./hooks.ts";
import { checkRevive } from "./revive.ts";

/** What the doctor looks at. */
export interface Patient {
  readonly directory: StateDirectory;
  readonly resolved: Resolved;
  readonly source: QuotaSource | undefined;
  readonly hooks: HookEvidence;
  /** What the harness knows of sessions that died at the wall. */
  readonly wall: Wall | undefined;
  /** Something tells what sessions of the harness use. */
  readonly canFollow: boolean;
  /** The quota is another harness's; without a login of that kind, this one's requests are not held. */
  readonly isQuotaOfAnother: boolean;
  readonly isDisabled: boolean;
  readonly signedIn: SignedIn;
  /** The settings of the hooks that look there, as arguments; undefined where none are known. */
  readonly rules: readonly string[] | undefined;
  /** What the user is to do to start the daemon. */
  readonly start: string;
  readonly now: () => Date;
}

/** A source that answers later than this is too slow for a prompt, in milliseconds. */
const READ_TIMEOUT_MS = 10_000;

/** What a tool may take to tell its version. */
const VERSION_BOUNDS = { deadlineMs: 5_000, maxBytes: 64 * 1024 };

const OWN = "make it yours alone (chown, or chmod go-w), or give another with --state-dir DIR";

const CLOSE =
  "run: quota-sentry doctor --fix (it does chmod 0700), or give another with --state-dir DIR";

/** Looks at everything that protection hangs on. */
export async function examine(patient: Patient): Promise<Check[]> {
  const { directory, resolved, hooks } = patient;
  const foreign = whyNotOurs(directory.path);
  if (foreign !== undefined) {
    const text = `${withoutHome(directory.path)} is not used, and nothing is held: ${foreign}`;
    return [await checkBinary(), fail("privacy", text, isClosable(directory.path) ? CLOSE : OWN)];
  }
  const sees = directory.isDaemonAlive() ? daemonNote(directory)?.sees ?? [] : [];
  // Each of these waits for a program: one that hangs takes its time once.
  const [read, codexbar, program] = await Promise.all([
    takeReading(patient),
    checkTool("codexbar", hooks.harness.withoutCodexbar, sees),
    checkTool(hooks.harness.program, hooks.harness.withoutProgram, sees),
  ]);
  const checks = [
    await checkBinary(),
    checkSettings(resolved),
    codexbar,
    program,
    checkReading(read, patient),
    await checkState(read, sees, patient),
    await checkPrivacy(patient),
    checkDaemon(patient),
    ...patient.canFollow ? [checkFollowing(directory, resolved)] : [],
  ];
  return [
    ...checks,
    ...await checkHooks(hooks),
    checkRevive(
      resolved.settings,
      patient.wall,
      hooks.report.kind === "read" ? hooks.report.version : undefined,
      hooks.harness.ownWall,
    ),
    checkBypass(patient),
    await checkLog(directory),
  ];
}

async function checkBinary(): Promise<Check> {
  const wide = [];
  for (const name of ["net", "ffi", "sys"] as const) {
    if ((await Deno.permissions.query({ name })).state === "granted") wide.push(name);
  }
  const write = await Deno.permissions.query({ name: "write", path: "/" });
  if (write.state === "granted") wide.push("write anywhere");
  const text = `version ${buildId()} on ${SYSTEM.name} ${Deno.build.arch}`;
  const path = await stableProgramPath();
  if (!isFoundAnywhere(path)) {
    return warn(
      "program",
      `${text}, at ${withoutHome(path)}, where an app with another PATH does not find it`,
      "put a link to it into /usr/local/bin",
    );
  }
  return wide.length === 0 ? ok("program", text) : warn(
    "program",
    `${text}, with more permissions than it needs: ${wide.join(", ")}`,
    "use the compiled binary (scripts/build)",
  );
}

function checkSettings({ list, problems, settings }: Resolved): Check {
  if (problems.length > 0) {
    const text = `not used: ${problems.map((problem) => withoutHome(forUser(problem))).join("; ")}`;
    return warn("settings", text, "mend it, then run: quota-sentry config check");
  }
  const { cadence, maxStateAgeSeconds } = settings;
  if (cadence.kind === "fixed" && cadence.intervalSeconds > maxStateAgeSeconds) {
    const seconds = cadence.intervalSeconds + 60;
    // What the hooks were installed with counts more than the file.
    const isOption = list.some(({ key, origin }) =>
      key === "maxStateAgeSeconds" && origin === "option"
    );
    return warn(
      "settings",
      `intervalSeconds is longer than maxStateAgeSeconds (${cadence.intervalSeconds} and ` +
        `${maxStateAgeSeconds}): in between the quota is not known, and each prompt reads it anew`,
      isOption
        ? `run: quota-sentry install-hook --max-state-age-seconds ${seconds}, with the other options`
        : `run: quota-sentry config set maxStateAgeSeconds ${seconds}`,
    );
  }
  const changed = list.filter(({ origin }) => origin !== "default");
  const text = changed.map(({ key, value, origin }) =>
    `${key} = ${JSON.stringify(value)} (${origin})`
  ).join(", ");
  return ok("settings", text === "" ? "all as delivered" : forUser(text));
}

/** @param sees What the daemon has on its PATH. */
async function checkTool(name: string, without: string, sees: readonly string[]): Promise<Check> {
  if (await findOnPath(name) === undefined) {
    return sees.includes(name)
      ? ok(name, `not on PATH here; the daemon has it on its own`)
      : warn(name, `${name} was not found on PATH; ${without}`, `install ${name}`);
  }
  const run = await runBounded(name, ["--version"], VERSION_BOUNDS);
  if (run.kind !== "exited" || run.code !== 0) {
    const how = run.kind === "exited" ? `code ${run.code}` : run.kind;
    return warn(
      name,
      `found, but it does not tell its version (${how})`,
      `look at: ${name} --version`,
    );
  }
  return ok(name, forUser(run.stdout.split("\n")[0] ?? ""));
}

/** What the source says to the doctor, who may see more or less than the daemon does. */
interface Read {
  readonly reading: Reading;
  readonly ms: number;
  /** What it means by itself. */
  readonly decision: Decision;
  /** What it means where agents are held already: not every reading ends a hold. */
  readonly settled: Decision;
}

/**
 * Reads the quota, with what is known of the account's credits: not every source tells that it is
 * unlimited. Undefined where there is no source of the name that is set.
 */
async function takeReading(
  { source, directory, resolved, now }: Patient,
): Promise<Read | undefined> {
  const before = performance.now();
  const patience = AbortSignal.timeout(READ_TIMEOUT_MS);
  const told = await source?.read(patience);
  if (told === undefined) return undefined;
  const ms = Math.round(performance.now() - before);
  const { known, block } = directory.state() ?? {};
  const reading = told.kind !== "failed"
    ? withCredits(told, told.asOf ?? now(), known)
    : patience.aborted
    ? { ...told, reason: `${told.source} did not answer within ${READ_TIMEOUT_MS / 1000} s` }
    : told;
  const decision = decide(reading, resolved.settings.policy, now());
  return { reading, ms, decision, settled: settle(block, reading, decision, now()).decision };
}

const OTHER_SOURCE =
  "see what the source says, or choose another: quota-sentry config set source NAME";

/** What to do where the source tells nothing. */
function todoFor({ signedIn, hooks }: Patient): string {
  const login = signedIn === "nobody" ? hooks.harness.login() : undefined;
  return login === undefined
    ? OTHER_SOURCE
    : `run: ${login}; or choose another source: quota-sentry config set source NAME`;
}

/** What will have sessions tell a quota that is not known yet; undefined where nothing will. */
function tellerOf({ signedIn, hooks: { report } }: Patient): Teller | undefined {
  const teller = report.kind === "read" ? report.teller : undefined;
  return signedIn === "with-quota" && teller?.problem === undefined ? teller : undefined;
}

/** What is said of a harness by which nothing is held. */
const WITHOUT_QUOTA =
  "has no quota here that could run out (an API key, or a plan without windows), so nothing is held";

/** What is known of a quota: its windows; nothing yet; or that there are none. */
export type QuotaStanding = "known" | "awaited" | "none";

/** What is known of it, where nothing keeps sessions from being protected. */
export function quotaOf(patient: Patient): QuotaStanding {
  const { directory, signedIn } = patient;
  if (isPaidByKeys(patient)) return "none";
  const state = directory.state();
  // Where an unknown quota holds agents, they are protected too.
  if (state && (state.status !== "unknown" || state.guard.unknownHoldSeconds > 0)) return "known";
  return signedIn === "without-quota" ? "none" : "awaited";
}

/** Whatever is known of the other's quota, nothing of this one is held on it. */
function isPaidByKeys({ isQuotaOfAnother, signedIn }: Patient): boolean {
  return isQuotaOfAnother && signedIn === "without-quota";
}

function checkReading(read: Read | undefined, patient: Patient): Check {
  const { now } = patient;
  const { name } = patient.hooks.harness;
  if (isPaidByKeys(patient)) return ok("reading", `${name} ${WITHOUT_QUOTA}`);
  if (!read) return fail("reading", "there is no source of the name that is set", OTHER_SOURCE);
  const { reading, ms, decision } = read;
  if (reading.kind === "failed") {
    if (isKnownToDaemon(patient)) {
      const text = `${reading.reason}; the daemon reads it all the same`;
      return warn("reading", text, OTHER_SOURCE);
    }
    if (patient.signedIn === "without-quota") return ok("reading", `${name} ${WITHOUT_QUOTA}`);
    const teller = tellerOf(patient);
    return teller === undefined
      ? fail("reading", reading.reason, todoFor(patient))
      : warn("reading", `${reading.reason}; nothing is held until it is known`, teller.todo);
  }
  const age = reading.asOf ? `, ${Math.round((+now() - +reading.asOf) / 1000)} s old` : "";
  const text = `${reading.source} answered in ${ms} ms${age}: ${decision.reason}`;
  if (reading.windows.some(isFiveHourWindow)) return ok("reading", text);
  const others = reading.windows.map(nameOf).join(", ") || "none";
  const none = `${reading.source} answered in ${ms} ms; windows: ${others}`;
  return decision.status === "unknown"
    ? fail("reading", `${none}; none of them may hold`, "see: quota-sentry config list")
    : ok("reading", none);
}

/** Sessions are held on what the daemon reads, not on what the doctor does. */
function isKnownToDaemon({ directory, resolved, now }: Patient): boolean {
  const state = directory.state();
  return state !== undefined && state.status !== "unknown" && directory.isDaemonAlive() &&
    isFresh(state, now(), resolved.settings.maxStateAgeSeconds);
}

async function checkState(
  read: Read | undefined,
  sees: readonly string[],
  patient: Patient,
): Promise<Check> {
  const { directory, resolved, start, now } = patient;
  const state = directory.state();
  if (!state) {
    const exists = await Deno.lstat(directory.file("state")).then(() => true, () => false);
    return fail("state", exists ? "it cannot be understood" : "there is none yet", start);
  }
  const { maxStateAgeSeconds } = resolved.settings;
  const evidence = { now: now(), isDaemonAlive: directory.isDaemonAlive(), maxStateAgeSeconds };
  const age = Math.round((now().getTime() - state.updatedAt.getTime()) / 1000);
  if (!isFresh(state, now(), maxStateAgeSeconds)) {
    return fail("state", `stale: ${state.status}, ${age} s old: ${forUser(state.reason)}`, start);
  }
  // A block whose time has passed holds nobody, whatever the state still says.
  const { status } = standingOf(state, evidence);
  const over = status === state.status ? "" : " (its block is over)";
  const text = `${status}, ${age} s old: ${forUser(state.reason)}${over}`;
  const said = read?.settled.status ?? "unknown";
  if (state.status === "unknown") {
    const unseen = (await onPathOf(toolsOf(patient.hooks.harness))).filter((name) =>
      !sees.includes(name)
    );
    const why = said !== "unknown" && unseen.length > 0
      ? `; the daemon does not see ${unseen.join(" and ")}, which is here`
      : "";
    const todo = why === "" ? todoFor(patient) : `${start} (it replaces the daemon)`;
    if (state.guard.unknownHoldSeconds > 0) return warn("state", text, todo);
    const whole = `${text}; nothing is held on it${why}`;
    if (patient.signedIn === "without-quota") return ok("state", whole);
    const teller = why === "" ? tellerOf(patient) : undefined;
    return teller === undefined ? fail("state", whole, todo) : warn("state", whole, teller.todo);
  }
  if (said === "blocked" && status === "blocked" && read?.decision.status === "open") {
    return ok("state", `${text}; the reading alone would hold nobody, and does not end that hold`);
  }
  if (said === "unknown" || said === status) return ok("state", text);
  return said === "blocked"
    ? fail("state", `${text}; the reading now says otherwise, and nothing is held`, ANEW)
    : warn("state", `${text}; the reading now says otherwise, and agents are held`, ANEW);
}

const ANEW = "run: quota-sentry poll; if it stays so, see quota-sentry.log in the state directory";

async function checkPrivacy({ directory, start }: Patient): Promise<Check> {
  const open = [];
  try {
    const link = linkIn(directory.path);
    if (link !== undefined) {
      const text = `${link} in the state directory is a symbolic link, so nothing is written there`;
      return fail("privacy", text, "remove the link");
    }
    const { mode } = await Deno.stat(directory.path);
    if (((mode ?? 0) & 0o077) !== 0) open.push("the state directory");
    for await (const { name, isFile } of Deno.readDir(directory.path)) {
      const file = isFile ? await Deno.lstat(`${directory.path}/${name}`) : undefined;
      // One that is empty, such as the hooks' own, tells nothing.
      if (((file?.mode ?? 0) & 0o077) !== 0 && file!.size > 0) open.push(name);
    }
  } catch {
    return fail("privacy", `${withoutHome(directory.path)} cannot be read`, start);
  }
  return open.length === 0 ? ok("privacy", "the state is readable for you alone") : warn(
    "privacy",
    `others can read: ${open.map(forUser).join(", ")}`,
    "run: quota-sentry doctor --fix",
  );
}

/** @param tools What the quota can be read with. */
function checkDaemon({ directory, hooks, rules, start }: Patient): Check {
  const tools = toolsOf(hooks.harness);
  if (!directory.isDaemonAlive()) return fail("daemon", "it does not run", start);
  const note = daemonNote(directory);
  const sees = forUser(note?.sees.join(" and ") ?? "") ||
    (tools.length === 1 ? `no ${tools[0]}` : `neither ${tools.join(" nor ")}`);
  const text = `pid ${directory.daemonPid() ?? "unknown"}, version ${note?.build ?? "unknown"}, ` +
    `sees ${sees} on its PATH`;
  const anew = `${start} (it replaces it)`;
  if (note?.build !== buildId()) return warn("daemon", `${text}; this is ${buildId()}`, anew);
  const { rules: its = [] } = note;
  if (rules === undefined || its.join() === rules.join()) return ok("daemon", text);
  const [given, wanted] = [its, rules].map((each) => forUser(each.join(" ")) || "no options");
  return warn("daemon", `${text}; it was started with ${given}, the hooks have ${wanted}`, anew);
}

function checkFollowing(directory: StateDirectory, { settings }: Resolved): Check {
  if (!settings.follow) {
    return ok("sessions", "not followed (follow = false): a burst is seen with the next reading");
  }
  switch (directory.state()?.following) {
    case "events":
      return ok("sessions", "followed: what a session uses is known as it is written");
    case "looking":
      return warn(
        "sessions",
        "the file system does not tell of changes, so they are looked at every second",
        "on Linux, raise fs.inotify.max_user_watches; a network file system stays as it is",
      );
    default:
      return ok("sessions", "none to follow yet");
  }
}

function checkBypass({ directory, isDisabled, now }: Patient): Check {
  const paused = directory.pausedUntil(now());
  if (isDisabled) {
    return fail("bypass", "QUOTA_SENTRY_DISABLE is set here: nothing is held", "unset it");
  }
  return paused
    ? fail("bypass", `paused until ${localTimeAndZone(paused, now())}`, "run: quota-sentry resume")
    : ok("bypass", "none");
}

async function checkLog(directory: StateDirectory): Promise<Check> {
  try {
    const { size } = await Deno.stat(directory.file("log"));
    return ok("log", `${Math.ceil(size / 1024)} KiB`);
  } catch {
    return ok("log", "none yet");
  }
}
