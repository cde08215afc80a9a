import { bar } from "../terminal/bar.ts";
import { fit, pad, shown, widthOf } from "../terminal/fit.ts";
import type { Output } from "../terminal/output.ts";
import { paint, type Style } from "../terminal/paint.ts";
import { laidOut } from "../terminal/wrap.ts";
import { forUser } from "../text/for_user.ts";
import { localTime } from "../text/local_time.ts";
import { relativeTime } from "../text/relative_time.ts";
import { withoutHome } from "../text/without_home.ts";
import { localTimeAndZone } from "../text/zone.ts";
import type { Report, WindowReport } from "./report.ts";
import { nameOf } from "./session_name.ts";
import {
  agents,
  ageWords,
  daemonWords,
  forecastWords,
  shortName,
  stoppedWords,
  timeAndDistance,
} from "./words.ts";

/** A bar is no longer than this, and no shorter, in characters. */
const MAX_BAR = 60;
const MIN_BAR = 16;

/** Lines are not longer than this on the widest screen. */
const MAX_COLUMNS = 200;

/** A line of text, and how it looks. */
interface Line {
  readonly text: string;
  readonly style?: Style;
  /** What stands before all but the first where it is broken. */
  readonly hanging?: string;
}

/** A report made for eyes, in lines: what is most urgent first. */
export function screenOf(report: Report, output: Output): string[] {
  return [
    ...lay(headLines(report), output),
    ...windowLines(report, output),
    ...lay(waitingLines(report), output),
    ...lay(tailLines(report), output),
  ];
}

/** Whose home it is. */
export function homeWords({ provider, home, heldOn, sameAccount }: Report): string {
  const whose = provider === undefined ? "" : `provider: ${provider}`;
  if (provider !== undefined && home === undefined) return whose;
  const same = sameAccount.length === 0
    ? ""
    : ` (the same account as ${sameAccount.map(withoutHome).join(", ")})`;
  const other = heldOn === undefined
    ? ""
    : `; its hooks look at the state of ${forUser(withoutHome(heldOn))}, and hold on that quota`;
  const path = home === undefined ? "not known" : forUser(withoutHome(home));
  return `${whose && `${whose}, `}home: ${path}${same}${other}`;
}

/** Pause and bypass. */
function passLines({ pausedUntil, isBypassed, now }: Report): string[] {
  return [
    ...(pausedUntil
      ? [
        `paused until ${timeAndDistance(pausedUntil, now)}: nothing is held; ` +
        "quota-sentry resume ends it",
      ]
      : []),
    ...(isBypassed
      ? ["bypassed: QUOTA_SENTRY_DISABLE is set here; hooks that have it too hold nothing"]
      : []),
  ];
}

/** The lines as the output can show them; only on a terminal are they broken. */
function lay(lines: readonly Line[], output: Output): string[] {
  const columns = Math.min(output.columns, MAX_COLUMNS);
  return lines.flatMap(({ text, style, hanging = "  " }) => {
    const broken = laidOut(text, { ...output, columns }, hanging);
    return style === undefined ? broken : broken.map((each) => paint(output, style, each));
  });
}

const STYLES: Readonly<Record<Report["status"], Style>> = {
  open: ["bold", "green"],
  blocked: ["bold", "red"],
  unknown: ["bold", "yellow"],
};

function headLines(report: Report): Line[] {
  const { standing, now, until, status, state } = report;
  const unknown = until
    ? `agents wait for at most ${state?.guard.unknownHoldSeconds} s (onUnknown)`
    : "agents go on: an unknown quota stops nobody";
  return [
    ...passLines(report).map((text): Line => ({ text, style: ["bold", "yellow"] })),
    ...(report.namesHome || report.heldOn !== undefined ? [{ text: homeWords(report) }] : []),
    { text: `${status}: ${report.reason}`, style: STYLES[status] },
    ...(standing?.lastKnown
      ? [{
        text: `last known: ${standing.lastKnown.status}: ${forUser(standing.lastKnown.reason)}`,
      }]
      : []),
    ...(standing?.despite === undefined ? [] : [{ text: forUser(standing.despite) }]),
    ...(until && status === "blocked"
      ? [{ text: `agents wait until ${timeAndDistance(until, now)}` }]
      : []),
    ...(standing && status === "unknown" ? [{ text: unknown }] : []),
  ];
}

function windowLines({ windows, now }: Report, output: Output): string[] {
  if (windows.length === 0) return [];
  const columns = Math.min(output.columns, MAX_COLUMNS);
  const names = Math.min(
    Math.max(...windows.map((each) => widthOf(shortName(each)))),
    Math.floor(columns / 4),
  );
  const rows = windows.map((each) => ({ each, ...cells(each, now) }));
  const [percents, resets] = [
    Math.max(...rows.map(({ percent }) => percent.length)),
    Math.max(...rows.map(({ reset }) => widthOf(reset))),
  ];
  const room = columns - names - percents - 4;
  // Where there is no room beside the bar, the reset stands below it.
  const isBeside = room - resets - 2 >= MIN_BAR;
  const width = Math.max(1, Math.min(MAX_BAR, isBeside ? room - resets - 2 : room));
  const indent = " ".repeat(Math.min(names + 2, 8));
  return [
    "",
    ...rows.flatMap(({ each, percent, reset, does }) => {
      const { window: { usedPercent }, thresholdPercent, mode } = each;
      const line = `${pad(fit(shortName(each), names, output), names)}  ${
        bar({
          percent: usedPercent,
          ...(mode === "off" ? {} : { markPercent: thresholdPercent }),
          width,
          style: styleOf(each),
        }, output)
      }  ${percent.padStart(percents)}`;
      const below = [...(isBeside || reset === "" ? [] : [reset]), does];
      return [
        `${line}${isBeside && reset !== "" ? `  ${shown(reset, output)}` : ""}`,
        ...lay(
          below.map((text) => ({ text: indent + text, hanging: indent, style: "dim" })),
          output,
        ),
      ];
    }),
  ];
}

/** What stands beside a bar, and below it. */
function cells(each: WindowReport, now: Date) {
  const { window: { usedPercent, resetsAt }, mode, thresholdPercent } = each;
  const ahead = forecastWords(each, now);
  return {
    percent: `${Math.floor(usedPercent * 10) / 10}%`,
    reset: resetsAt === null
      ? ""
      : resetsAt <= now
      ? `has reset at ${localTimeAndZone(resetsAt, now)}`
      : `resets ${timeAndDistance(resetsAt, now)}`,
    does: [
      mode === "off"
        ? "never holds"
        : `${mode === "hold" ? "holds" : "warns"} at ${thresholdPercent}%`,
      ...(ahead === undefined ? [] : [ahead]),
    ].join("; "),
  };
}

function styleOf({ window: { usedPercent }, mode, thresholdPercent }: WindowReport): Style {
  if (mode === "off") return "gray";
  if (usedPercent >= thresholdPercent) return mode === "hold" ? "red" : "yellow";
  return "green";
}

function waitingLines({ waiting, now }: Report): Line[] {
  if (waiting.length === 0) return [];
  return [
    { text: "" },
    { text: `waiting: ${agents(waiting.length)}`, style: "bold" },
    ...waiting.map((each) => {
      // The zone stands above.
      const { since, directory, end } = each;
      const where = directory === undefined ? "" : `  ${forUser(withoutHome(directory))}`;
      return {
        text: [
          `  ${forUser(nameOf(each, waiting))}${where}`,
          `since ${localTime(since, now)} (${relativeTime(since, now)})`,
          ...(end ? [`until ${localTime(end, now)}`] : []),
        ].join(", "),
        hanging: "    ",
      };
    }),
  ];
}

/** Said where a burst may be seen up to a second late. */
const LOOKING = "sessions: looked at every second; the file system does not tell of changes";

function tailLines(report: Report): Line[] {
  const { state, problems, unprotected } = report;
  const stopped = stoppedWords(report);
  const allowed = state?.account?.usageAllowed;
  const source = state?.source ? `source: ${forUser(state.source)}` : undefined;
  const facts = [daemonWords(report), ageWords(report), source].filter((each) =>
    each !== undefined
  );
  return [
    ...(stopped === undefined ? [] : [{ text: "" }, { text: stopped, style: "yellow" as const }]),
    { text: "" },
    { text: facts.join(" · "), style: "dim" },
    ...(state?.following === "looking" ? [{ text: LOOKING }] : []),
    ...(allowed === undefined
      ? []
      : [{ text: `ordinary use allowed by the backend: ${allowed ? "yes" : "no"}` }]),
    ...(state?.credits ? [{ text: `credits: ${forUser(state.credits)}` }] : []),
    ...(state?.advice ?? []).map((text) => ({ text: `advice: ${forUser(text)}` })),
    ...unprotected.map((text): Line => ({ text: `not protected: ${text}`, style: "yellow" })),
    ...problems.map((problem): Line => ({
      text: `setting not used: ${problem}`,
      style: "yellow",
    })),
  ];
}
