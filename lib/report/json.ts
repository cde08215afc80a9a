import * as z from "zod";
import { HARNESS_IDS } from "../harness/callers.ts";
import { VERSION } from "../process/version.ts";
import { classOf, WINDOW_CLASSES } from "../quota/window.ts";
import { forUser } from "../text/for_user.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import type { Report, WindowReport } from "./report.ts";

/** Version of the JSON of a report. Keys are only ever added. */
export const REPORT_VERSION = 1;

const text = z.string();
const count = z.number();
const instant = text.describe("an instant in UTC, such as 2026-09-01T12:42:00Z");
const status = z.enum(["open", "blocked", "unknown"]);
const mode = z.enum(["off", "advisory", "hold"]);

const Forecast = z.object({
  basis: z.enum(["last minute", "window so far"]),
  confidence: z.enum(["high", "medium", "low"]),
  percentPerHour: count,
  thresholdAt: instant.nullable().describe("null where it is met, or is not before the reset"),
  wallAt: instant.nullable().describe("null where it is not before the reset"),
});

const Window = z.object({
  id: text,
  class: z.enum(WINDOW_CLASSES),
  name: text,
  usedPercent: count,
  windowMinutes: count.nullable(),
  resetsAt: instant.nullable(),
  extra: z.boolean(),
  mode,
  thresholdPercent: count,
  burnPercentPerHour: count.nullable().describe("as it was measured last; the 5-hour window's"),
  forecast: Forecast.nullable().describe("null where nothing can be said"),
});

const Block = z.object({
  what: z.enum([...WINDOW_CLASSES, "account"]),
  windowId: text.nullable(),
  since: instant,
  until: instant,
  resetsAt: instant.nullable(),
  source: text,
  reason: text,
});

const Waits = z.object({
  pid: count,
  session: text.nullable(),
  since: instant,
  until: instant.nullable(),
  before: z.enum(["prompt", "model", "request", "compact", "tool"]).nullable(),
  why: text.nullable(),
  directory: text.nullable(),
});

const Stopped = z.object({
  session: text,
  directory: text,
  place: z.enum(["run", "terminal", "elsewhere"]),
  diedAt: text,
  resetsAt: instant.nullable(),
});

const Home = z.object({
  schemaVersion: z.literal(REPORT_VERSION),
  version: text,
  provider: text,
  home: text.nullable(),
  heldOn: text.nullable().describe("another home, whose state the hooks look at"),
  sameAccount: z.array(text),
  stateDirectory: text,
  status,
  reason: text,
  agentsWaitUntil: instant.nullable(),
  usedPercent: count.nullable(),
  windowMinutes: count.nullable(),
  resetsAt: instant.nullable(),
  readAt: instant.nullable(),
  ageSeconds: count.nullable(),
  stale: z.boolean().nullable(),
  lastKnown: z.object({ status, reason: text }).nullable(),
  source: text.nullable(),
  following: z.enum(["events", "looking", "off"]).nullable(),
  windows: z.array(Window),
  block: Block.nullable(),
  waiting: z.array(Waits),
  stopped: z.array(Stopped),
  daemon: z.object({ running: z.boolean(), pid: count.nullable() }),
  pausedUntil: instant.nullable(),
  bypassed: z.boolean().describe("QUOTA_SENTRY_DISABLE is set here"),
  credits: text.nullable(),
  usageAllowed: z.boolean().nullable().describe("the backend's own word"),
  advice: z.array(text),
  hooks: z.array(text),
  problems: z.array(text),
  unprotected: z.array(text).describe("why nobody would be held; empty where agents are protected"),
  settings: z.array(z.object({
    key: text,
    value: z.unknown(),
    origin: z.enum(["file", "environment", "option", "default"]),
    home: text.nullable(),
  })).describe("those that are not as they are by default"),
});

const Homes = z.object({
  schemaVersion: z.literal(REPORT_VERSION),
  version: text,
  homes: z.array(Home),
  providers: z.array(Home),
  gone: z.array(text.nullable()),
});

/** What `status --json` prints, and with `--all`. */
export const ReportJson = z.union([Home, Homes]);

/** The published JSON Schema of both. */
export function reportSchema(): unknown {
  return z.toJSONSchema(ReportJson, { io: "input" });
}

/** A report as JSON. */
export function reportJson(report: Report): z.infer<typeof Home> {
  const { state, standing, block, daemon } = report;
  return {
    schemaVersion: REPORT_VERSION,
    version: VERSION,
    provider: report.provider ?? HARNESS_IDS[0]!,
    home: report.home ?? null,
    heldOn: report.heldOn ?? null,
    sameAccount: [...report.sameAccount],
    stateDirectory: report.stateDirectory,
    status: report.status,
    reason: report.reason,
    agentsWaitUntil: timestamp(report.until),
    usedPercent: state?.usedPercent ?? null,
    windowMinutes: state?.windowMinutes ?? null,
    resetsAt: timestamp(state?.resetsAt),
    readAt: timestamp(state?.updatedAt),
    ageSeconds: report.ageSeconds,
    stale: standing?.isStale ?? null,
    lastKnown: standing?.lastKnown
      ? { ...standing.lastKnown, reason: forUser(standing.lastKnown.reason) }
      : null,
    source: state?.source ?? null,
    following: state?.following ?? null,
    windows: report.windows.map(windowJson),
    block: block
      ? {
        what: block.what,
        windowId: block.windowId,
        since: formatTimestamp(block.since),
        until: formatTimestamp(block.blockedUntil),
        resetsAt: timestamp(block.resetsAt),
        source: block.source,
        reason: forUser(block.reason),
      }
      : null,
    ...whoWaits(report),
    daemon: { running: daemon.isRunning, pid: daemon.pid ?? null },
    pausedUntil: timestamp(report.pausedUntil),
    bypassed: report.isBypassed,
    credits: state?.credits ? forUser(state.credits) : null,
    usageAllowed: state?.account?.usageAllowed ?? null,
    advice: (state?.advice ?? []).map((each) => forUser(each)),
    hooks: [...report.hooks],
    problems: [...report.problems],
    unprotected: [...report.unprotected],
    settings: report.settings.map(({ key, value, origin, home }) => ({
      key,
      value,
      origin,
      home: home ?? null,
    })),
  };
}

/** Who waits in one home, and who stopped, as JSON: what `holds` tells. */
export function holdsJson(
  report: Report,
): Pick<z.infer<typeof Home>, "home" | "stateDirectory" | "waiting" | "stopped"> {
  return { home: report.home ?? null, stateDirectory: report.stateDirectory, ...whoWaits(report) };
}

function whoWaits({ waiting, stopped, until, reason }: Report): Pick<
  z.infer<typeof Home>,
  "waiting" | "stopped"
> {
  return {
    waiting: waiting.map(({ pid, session, since, end, step, directory }) => ({
      pid,
      session: session ?? null,
      since: formatTimestamp(since),
      until: timestamp(end),
      before: step ?? null,
      why: until ? reason : null,
      directory: directory ?? null,
    })),
    stopped: stopped.map(({ session, directory, place, diedAt, resetsAt }) => ({
      session,
      directory,
      place,
      diedAt: diedAt.toISOString(),
      resetsAt: timestamp(resetsAt),
    })),
  };
}

/** The reports of all homes and other providers, as JSON. */
export function reportsJson(
  reports: readonly Report[],
  gone: readonly (string | undefined)[],
): z.infer<typeof Homes> {
  const isUsual = ({ provider }: Report) => provider === undefined;
  return {
    schemaVersion: REPORT_VERSION,
    version: VERSION,
    homes: reports.filter(isUsual).map(reportJson),
    providers: reports.filter((each) => !isUsual(each)).map(reportJson),
    gone: gone.map((home) => home ?? null),
  };
}

function windowJson(
  { window, name, mode, thresholdPercent, burn, forecast }: WindowReport,
): z.infer<typeof Window> {
  return {
    ...window,
    class: classOf(window),
    name,
    resetsAt: timestamp(window.resetsAt),
    mode,
    thresholdPercent,
    burnPercentPerHour: burn === undefined ? null : perHour(burn),
    forecast: forecast
      ? {
        basis: forecast.basis,
        confidence: forecast.confidence,
        percentPerHour: perHour(forecast.percentPerSecond),
        thresholdAt: timestamp(forecast.thresholdAt),
        wallAt: timestamp(forecast.wallAt),
      }
      : null,
  };
}

/** To a tenth of a percent. */
function perHour(percentPerSecond: number): number {
  return Math.round(percentPerSecond * 36_000) / 10;
}

function timestamp(date: Date | null | undefined): string | null {
  return date ? formatTimestamp(date) : null;
}
