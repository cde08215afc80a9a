import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, settingsOf } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import type { Resolved, Settings } from "../config/settings.ts";
import { type Standing, standingOf } from "../guard/standing.ts";
import { unusual } from "../harness/codex/home.ts";
import type { Death } from "../harness/death.ts";
import { amissIn, earlierVersion, INSTALL } from "../harness/findings.ts";
import type { Harness } from "../harness/harness.ts";
import { readSeen, stillTrue } from "../harness/seen.ts";
import { VERSION } from "../process/version.ts";
import { policyFor } from "../quota/decision.ts";
import { nameOf, type QuotaWindow } from "../quota/window.ts";
import { isForgotten } from "../revive/judge.ts";
import type { State } from "../state/state.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { type Waiting, waitingIn } from "../state/waiting.ts";
import { forUser } from "../text/for_user.ts";
import { localTime } from "../text/local_time.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { withoutHome } from "../text/without_home.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { settingLines } from "./setting_lines.ts";
import { namedStateDirectory, whyUnusable } from "./state_directory.ts";
import { allHomes, codexOf, forEachHome, homeHeldOn, homeOf, sameAccount } from "./target.ts";

/** Version of the JSON that `--json` prints. Keys are only ever added. */
const SCHEMA_VERSION = 1;

/** All that `status` tells. */
interface Facts {
  readonly home: string | undefined;
  /** The other home whose state its hooks look at. */
  readonly heldOn: string | undefined;
  /** Other homes that are the same account. */
  readonly sameAccount: readonly string[];
  readonly directory: StateDirectory;
  readonly state: State | undefined;
  /** What is so now; undefined without a state. */
  readonly standing: Standing | undefined;
  /** Why there is no state that counts; undefined where there is one, or none yet. */
  readonly unusable: string | undefined;
  readonly now: Date;
  readonly maxStateAgeSeconds: number;
  readonly waiting: readonly Waiting[];
  /** Sessions that stopped at the wall, the last one first. */
  readonly stopped: readonly Death[];
  readonly isDaemonAlive: boolean;
  readonly pausedUntil: Date | undefined;
  /** What is wrong with the hooks. */
  readonly hooks: readonly string[];
  readonly resolved: Resolved;
  readonly problems: readonly string[];
}

/** `status`: what was last read, how old it is, who waits, and whether the daemon runs. */
export async function status({ options }: Invocation): Promise<number> {
  const homes = allHomes();
  const all: Facts[] = [];
  for (const each of forEachHome(options, () => homes)) all.push(await factsOf(each, homes.live));
  if (options.json) {
    const json = options.all
      ? {
        schemaVersion: SCHEMA_VERSION,
        version: VERSION,
        homes: all.map(jsonOf),
        gone: homes.gone.map(({ home }) => home ?? null),
      }
      : jsonOf(all[0]!);
    print(`${JSON.stringify(json, null, 2)}\n`);
    return EXIT.ok;
  }
  const lines = options.all
    ? [...all.flatMap(briefLines), ...goneLines(homes.gone.length)]
    : linesOf(all[0]!, homes.live, options);
  print(lines.map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}

async function factsOf(asked: Options, homes: readonly string[]): Promise<Facts> {
  const options = await withHooksDirectory(asked);
  const directory = new StateDirectory(namedStateDirectory(options));
  const resolved = await loadSettings(settingsOf(options), homeOf(options));
  const unusable = whyUnusable(directory.path);
  const state = unusable === undefined ? directory.state() : undefined;
  const evidence = {
    now: new Date(),
    isDaemonAlive: unusable === undefined && directory.isDaemonAlive(),
    maxStateAgeSeconds: resolved.settings.maxStateAgeSeconds,
  };
  const harness = codexOf(options);
  return {
    ...evidence,
    home: harness.home,
    heldOn: homeHeldOn(directory, harness),
    sameAccount: sameAccount(harness, homes),
    directory,
    state,
    standing: state && standingOf(state, evidence),
    unusable,
    waiting: unusable === undefined ? await waitingIn(directory) : [],
    stopped: await stoppedIn(harness, resolved.settings, evidence.now),
    pausedUntil: unusable === undefined ? directory.pausedUntil(evidence.now) : undefined,
    hooks: await hookLines(directory, harness),
    resolved,
    problems: resolved.problems.map((problem) => forUser(problem)),
  };
}

function linesOf(facts: Facts, homes: readonly string[], { verbose }: Options): string[] {
  const { state, directory, isDaemonAlive, pausedUntil, resolved } = facts;
  return [
    ...(homes.length > 1 || unusual(facts.home) !== undefined || facts.heldOn !== undefined
      ? [homeLine(facts)]
      : []),
    ...stateLines(facts),
    ...(state ? detailLines(state, resolved.settings) : []),
    ...waitingLines(facts),
    ...stoppedLines(facts),
    daemonLine(directory, isDaemonAlive),
    ...(pausedUntil ? [`paused until ${formatTimestamp(pausedUntil)}: nothing is held`] : []),
    ...facts.hooks,
    ...facts.problems.map((problem) => `setting not used: ${problem}`),
    ...(verbose
      ? ["", "settings:", ...settingLines(resolved.list).map((line) => `  ${line}`)]
      : []),
  ];
}

function homeLine({ home, heldOn, sameAccount }: Facts): string {
  const same = sameAccount.length === 0
    ? ""
    : ` (the same account as ${sameAccount.map(withoutHome).join(", ")})`;
  const other = heldOn === undefined
    ? ""
    : `; its hooks look at the state of ${forUser(withoutHome(heldOn))}, and hold on that quota`;
  return `home: ${home === undefined ? "not known" : forUser(withoutHome(home))}${same}${other}`;
}

/** One home among several. */
function briefLines(facts: Facts): string[] {
  const { standing, state, waiting, isDaemonAlive, pausedUntil, now } = facts;
  const reset = state?.resetsAt && state.resetsAt > now
    ? `, resets ${formatTimestamp(state.resetsAt)}`
    : "";
  const said = standing
    ? `${standing.status}: ${forUser(standing.reason)}${reset}`
    : `unknown: ${noState(facts)}`;
  const more = [
    isDaemonAlive ? "daemon runs" : "daemon not running",
    ...(waiting.length === 0 ? [] : [agents(waiting.length) + " waiting"]),
    ...stoppedLines(facts),
    ...(pausedUntil ? [`paused until ${formatTimestamp(pausedUntil)}`] : []),
    ...facts.hooks,
  ];
  return [homeLine(facts).replace(/^home: /, ""), `  ${said}`, `  ${more.join("; ")}`];
}

function goneLines(count: number): string[] {
  if (count === 0) return [];
  const what = count === 1
    ? "1 home has gone; its state is"
    : `${count} homes have gone; their states are`;
  return [`${what} cleared away after a day`];
}

function agents(count: number): string {
  return count === 1 ? "1 agent" : `${count} agents`;
}

function jsonOf(facts: Facts): Record<string, unknown> {
  const { directory, state, standing, now, waiting } = facts;
  return {
    schemaVersion: SCHEMA_VERSION,
    version: VERSION,
    home: facts.home ?? null,
    heldOn: facts.heldOn ?? null,
    sameAccount: facts.sameAccount,
    stateDirectory: directory.path,
    status: standing?.status ?? "unknown",
    reason: standing ? forUser(standing.reason) : noState(facts),
    agentsWaitUntil: timestamp(facts.pausedUntil ? undefined : standing?.until),
    usedPercent: state?.usedPercent ?? null,
    windowMinutes: state?.windowMinutes ?? null,
    resetsAt: timestamp(state?.resetsAt),
    readAt: timestamp(state?.updatedAt),
    ageSeconds: state ? ageOf(state, now) : null,
    stale: standing?.isStale ?? null,
    lastKnown: standing?.lastKnown
      ? { ...standing.lastKnown, reason: forUser(standing.lastKnown.reason) }
      : null,
    source: state?.source ?? null,
    windows: (state?.windows ?? []).map((window) => ({
      ...window,
      resetsAt: timestamp(window.resetsAt),
    })),
    waiting: waiting.map(({ pid, since, directory }) => ({
      pid,
      since: timestamp(since),
      directory: directory ?? null,
    })),
    stopped: facts.stopped.map(({ session, directory, place, diedAt, resetsAt }) => ({
      session,
      directory,
      place,
      diedAt: diedAt.toISOString(),
      resetsAt: timestamp(resetsAt),
    })),
    daemon: { running: facts.isDaemonAlive, pid: pidOf(facts) ?? null },
    pausedUntil: timestamp(facts.pausedUntil),
    hooks: facts.hooks,
    problems: facts.problems,
  };
}

function timestamp(date: Date | null | undefined): string | null {
  return date ? formatTimestamp(date) : null;
}

function pidOf({ directory, isDaemonAlive }: Facts): number | undefined {
  return isDaemonAlive ? directory.daemonPid() : undefined;
}

function noState({ directory, unusable }: Facts): string {
  return unusable === undefined
    ? "the quota has not been read yet"
    : `${directory.path} cannot be used (${unusable}); agents go on`;
}

function stateLines(facts: Facts): string[] {
  const { directory, state, standing, now, maxStateAgeSeconds } = facts;
  if (!state || !standing) {
    return facts.unusable === undefined
      ? [`state: none in ${directory.path}; ${noState(facts)}`]
      : [`state: unknown: ${noState(facts)}`];
  }
  const { lastKnown, until, despite } = standing;
  const lines = [`state: ${standing.status}: ${forUser(standing.reason)}`];
  if (lastKnown) lines.push(`last known: ${lastKnown.status}: ${forUser(lastKnown.reason)}`);
  const then = lastKnown ? " then" : "";
  if (state.usedPercent !== null) lines.push(`used${then}: ${state.usedPercent}%`);
  if (state.resetsAt) {
    const past = state.resetsAt <= now
      ? " (it has reset)"
      : ` (in ${timeUntil(state.resetsAt, now)})`;
    lines.push(`resets: ${formatTimestamp(state.resetsAt)}${past}`);
  }
  if (despite !== undefined) lines.push(forUser(despite));
  else if (until && standing.status === "blocked" && !facts.pausedUntil) {
    lines.push(`agents wait until: ${formatTimestamp(until)} (in ${timeUntil(until, now)})`);
  }
  if (standing.status === "unknown") {
    lines.push(
      until
        ? `agents wait for at most ${state.guard.unknownHoldSeconds} s (onUnknown)`
        : "agents go on: an unknown quota stops nobody",
    );
  }
  const age = ageOf(state, now);
  const stale = standing.isStale ? ` (stale: more than ${maxStateAgeSeconds} s)` : "";
  const when = age >= 0 ? `${age} s ago` : "in the future: the clock was changed";
  lines.push(`read: ${formatTimestamp(state.updatedAt)}, ${when}${stale}`);
  return lines;
}

function ageOf({ updatedAt }: State, now: Date): number {
  return Math.round((now.getTime() - updatedAt.getTime()) / 1000);
}

function waitingLines({ waiting, now }: Facts): string[] {
  if (waiting.length === 0) return [];
  return [
    `waiting: ${agents(waiting.length)}`,
    ...waiting.map(({ pid, since, directory }) => {
      const where = directory === undefined ? "" : `, in ${forUser(directory)}`;
      return `  pid ${pid}, since ${formatTimestamp(since)} (${timeUntil(now, since)})${where}`;
    }),
  ];
}

/** Sessions that somebody may want to go on with; none where the user does not want to be told. */
async function stoppedIn(
  { wall }: Harness,
  { revive }: Settings,
  now: Date,
): Promise<readonly Death[]> {
  if (!wall || revive === "off") return [];
  return (await wall.deaths(now)).filter((death) => !isForgotten(death, now));
}

function stoppedLines({ stopped, now }: Facts): string[] {
  const [last] = stopped;
  if (!last) return [];
  const when = localTime(last.diedAt, now);
  const which = stopped.length === 1
    ? `1 session stopped at the wall at ${when}`
    : `${stopped.length} sessions stopped at the wall, the last one at ${when}`;
  return [`${which}: quota-sentry revive`];
}

/** Said where a burst may be seen up to a second late. */
const LOOKING = "sessions: looked at every second; the file system does not tell of changes";

/** What is known beyond the decision. */
function detailLines(state: State, settings: Settings): string[] {
  const { source, credits, account, following, advice, windows } = state;
  const allowed = account?.usageAllowed;
  return [
    ...(source ? [`source: ${forUser(source)}`] : []),
    ...(following === "looking" ? [LOOKING] : []),
    ...windows.map((window) => windowLine(window, settings)),
    ...(allowed === undefined
      ? []
      : [`ordinary use allowed by the backend: ${allowed ? "yes" : "no"}`]),
    ...(credits ? [`credits: ${forUser(credits)}`] : []),
    ...advice.map((text) => `advice: ${forUser(text)}`),
  ];
}

function windowLine(stored: QuotaWindow, { policy }: Settings): string {
  const window: QuotaWindow = { ...stored, id: forUser(stored.id) };
  const { mode, thresholdPercent } = policyFor(window, policy);
  const resets = window.resetsAt ? `, resets ${formatTimestamp(window.resetsAt)}` : "";
  const does = mode === "off" ? "never holds" : `${mode} at ${thresholdPercent}%`;
  return `  ${nameOf(window)}: ${window.usedPercent}%${resets} (${does})`;
}

function daemonLine(directory: StateDirectory, alive: boolean): string {
  if (!alive) return "daemon not running; start it with: quota-sentry start";
  const pid = directory.daemonPid();
  return pid === undefined ? "daemon running" : `daemon pid ${pid}`;
}

/** What is wrong with the hooks, as far as their file and what Codex last said of them tell. */
async function hookLines(directory: StateDirectory, codex: Harness): Promise<string[]> {
  const hooksPath = codex.hooksPath();
  const missing = hooksPath === undefined ? [] : await codex.missingEvents(hooksPath);
  const seen = await stillTrue(await readSeen(directory));
  const found = [
    ...(missing.length > 0 ? [{ text: earlierVersion(missing), todo: INSTALL }] : []),
    ...seen.flatMap((each) => amissIn(each) ?? []),
  ];
  return [...new Set(found.map(({ text, todo }) => `${forUser(text)}; ${todo}`))];
}

function timeUntil(date: Date, now: Date): string {
  const minutes = Math.ceil((date.getTime() - now.getTime()) / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48
    ? `${(minutes / 60).toFixed(1)} h`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
