import * as z from "zod";
import type { Invocation } from "../cli/commands.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { settingsOf } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { daemonPid, isDaemonAlive } from "../daemon/liveness.ts";
import { earlierVersion, INSTALL, skippedHooks } from "../hooks/findings.ts";
import { blockEnd } from "../guard/verdict.ts";
import { codex } from "../hooks/codex/codex.ts";
import { readSeen, stillTrue } from "../hooks/seen.ts";
import { policyFor } from "../quota/decision.ts";
import { formatTimestamp, parseTimestamp } from "../quota/timestamp.ts";
import { nameOf, type QuotaWindow } from "../quota/window.ts";
import { forUser } from "../sources/for_user.ts";
import { STATE_FILES } from "../state/files.ts";
import { pausedUntil } from "../state/pause.ts";
import { isFresh, type QuotaState, readState, readStateFields } from "../state/state.ts";
import { settingLines } from "./config.ts";
import { namedStateDirectory, unreadable } from "./state_directory.ts";

/** `status`: what was last read, how old it is, and whether the daemon runs. */
export async function status({ options }: Invocation): Promise<number> {
  const directory = namedStateDirectory(options);
  const { settings, list, problems } = await loadSettings(settingsOf(options));
  const path = `${directory}/${STATE_FILES.state}`;
  const state = readState(path);
  const lines = [
    ...(state
      ? [
        ...stateLines(state, new Date(), settings.maxStateAgeSeconds),
        ...detailLines(readStateFields(path), settings),
      ]
      : [await noStateLine(directory)]),
    daemonLine(directory, isDaemonAlive(directory)),
    ...pauseLines(directory),
    ...await hookLines(directory),
    ...problems.map((problem) => `setting not used: ${forUser(problem)}`),
    ...(options.verbose ? ["", "settings:", ...settingLines(list).map((line) => `  ${line}`)] : []),
  ];
  print(lines.map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}

async function noStateLine(directory: string): Promise<string> {
  const why = await unreadable(directory);
  return why === undefined
    ? `state: none in ${directory}; the quota has not been read yet`
    : `state: unknown: ${directory} cannot be read (${why}); agents go on`;
}

function stateLines(state: QuotaState, now: Date, maxAgeSeconds: number): string[] {
  const until = blockEnd(state, now);
  // A block whose time has passed is over, whether or not the daemon has looked since.
  const status = state.status === "blocked" && !until ? "open" : state.status;
  const lines = [`state: ${status}: ${forUser(state.reason)}`];
  if (state.usedPercent !== null) lines.push(`used: ${state.usedPercent}%`);
  if (state.resetsAt) {
    const past = state.resetsAt <= now
      ? " (it has reset)"
      : ` (in ${timeUntil(state.resetsAt, now)})`;
    lines.push(`resets: ${formatTimestamp(state.resetsAt)}${past}`);
  }
  if (until) {
    lines.push(`agents wait until: ${formatTimestamp(until)} (in ${timeUntil(until, now)})`);
  }
  if (status === "unknown") {
    lines.push(
      state.guard.unknownHoldSeconds > 0
        ? `agents wait for at most ${state.guard.unknownHoldSeconds} s (onUnknown)`
        : "agents go on: an unknown quota stops nobody",
    );
  }
  const age = Math.round((now.getTime() - state.updatedAt.getTime()) / 1000);
  const stale = isFresh(state, now, maxAgeSeconds) ? "" : ` (stale: more than ${maxAgeSeconds} s)`;
  const when = age >= 0 ? `${age} s ago` : "in the future: the clock was changed";
  lines.push(`read: ${formatTimestamp(state.updatedAt)}, ${when}${stale}`);
  return lines;
}

const Details = z.looseObject({
  source: z.string().nullish().catch(undefined),
  credits: z.string().nullish().catch(undefined),
  account: z.looseObject({ usageAllowed: z.boolean().optional() }).nullish().catch(undefined),
  following: z.enum(["events", "looking", "off"]).nullish().catch(undefined),
  advice: z.array(z.string()).catch([]),
  windows: z.array(z.object({
    id: z.string(),
    usedPercent: z.number(),
    windowMinutes: z.number().nullable(),
    resetsAt: z.string().nullable(),
    extra: z.boolean(),
  })).catch([]),
});

/** Said where a burst may be seen up to a second late. */
const LOOKING = "sessions: looked at every second; the file system does not tell of changes";

/** What is known beyond the decision; a state of another version may lack it. */
function detailLines(fields: Record<string, unknown> | undefined, settings: Settings): string[] {
  const parsed = Details.safeParse(fields ?? {});
  if (!parsed.success) return [];
  const { source, credits, account, following, advice, windows } = parsed.data;
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

function windowLine(
  stored: Omit<QuotaWindow, "resetsAt"> & { resetsAt: string | null },
  { policy }: Settings,
): string {
  const resetsAt = parseTimestamp(stored.resetsAt) ?? null;
  const window: QuotaWindow = { ...stored, id: forUser(stored.id), resetsAt };
  const { mode, thresholdPercent } = policyFor(window, policy);
  const resets = resetsAt ? `, resets ${formatTimestamp(resetsAt)}` : "";
  const does = mode === "off" ? "never holds" : `${mode} at ${thresholdPercent}%`;
  return `  ${nameOf(window)}: ${window.usedPercent}%${resets} (${does})`;
}

function daemonLine(directory: string, alive: boolean): string {
  if (!alive) return "daemon not running; start it with: quota-sentry start";
  const pid = daemonPid(directory);
  return pid === undefined ? "daemon running" : `daemon pid ${pid}`;
}

function pauseLines(directory: string): string[] {
  const until = pausedUntil(directory, new Date());
  return until ? [`paused until ${formatTimestamp(until)}: nothing is held`] : [];
}

/** What is wrong with the hooks, as far as their file and what Codex last said of them tell. */
async function hookLines(directory: string): Promise<string[]> {
  const hooksPath = codex.hooksPath();
  const missing = hooksPath === undefined ? [] : await codex.missingEvents(hooksPath);
  const seen = await stillTrue(await readSeen(directory));
  const skipped = seen.flatMap(({ harness, version, hooks }) =>
    skippedHooks(harness, version, hooks) ?? []
  );
  const found = [...missing.length > 0 ? [earlierVersion(missing)] : [], ...new Set(skipped)];
  return found.map((text) => `${forUser(text)}; ${INSTALL}`);
}

function timeUntil(date: Date, now: Date): string {
  const minutes = Math.ceil((date.getTime() - now.getTime()) / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48
    ? `${(minutes / 60).toFixed(1)} h`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
