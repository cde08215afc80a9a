import { INSTALL } from "../harness/findings.ts";
import type { Harness, HookReport, RequestKind } from "../harness/harness.ts";
import { isSince } from "../text/is_since.ts";
import { type Trial, tryHolding } from "./hold_trial.ts";

/** Whether one kind of request is held while the quota is spent. */
export interface Coverage {
  readonly request: string;
  /** `none` is what no hook can hold: told, and not a hole of this installation. */
  readonly result: "held" | "hole" | "none";
  /** The hooks that hold it. */
  readonly by: readonly string[];
  readonly text: string;
  /** What to do about a hole; empty otherwise. */
  readonly todo: string;
}

/**
 * Tells which of a harness's requests are held, by what the harness says of each hook, and by calling
 * each of them with a spent quota.
 *
 * @param parent A directory for temporary files.
 */
export async function coverageOf(
  harness: Harness,
  report: HookReport,
  parent: string,
): Promise<Coverage[]> {
  const gates = new Set(harness.requests.flatMap((request) => request.gates));
  const hooks = report.kind === "read" ? report.hooks : [];
  const trials = await tryHolding(hooks.filter(({ event }) => gates.has(event)), parent);
  const holes = new Map([...gates].map((event) => [
    event,
    report.kind === "failed"
      ? { why: report.message, todo: INSTALL }
      : holeIn(event, harness, report, trials),
  ]));
  return harness.requests.map((request) => coverage(request, holes));
}

/** Why a hook does not hold, and what to do. */
interface Hole {
  readonly why: string;
  readonly todo: string;
}

/** Pure. */
function holeIn(
  event: string,
  harness: Harness,
  { hooks, version }: HookReport & { kind: "read" },
  trials: ReadonlyMap<string, Trial>,
): Hole | undefined {
  const from = harness.firstVersionWith(event);
  const unknown = {
    why: `this ${harness.name} does not know ${event}`,
    todo: `update ${harness.name} to ${from} or later`,
  };
  const hook = hooks.find((each) => each.event === event);
  if (!hook) {
    // What it does not know may be left out for that.
    const isUnknown = from !== undefined && version !== undefined && !isSince(version, from);
    return isUnknown && hooks.length > 0
      ? unknown
      : { why: `${event} is not installed`, todo: INSTALL };
  }
  switch (hook.standing) {
    case "unlisted":
      return unknown;
    case "untrusted":
      return { why: `${harness.name} skips ${event}: not trusted`, todo: INSTALL };
    case "disabled":
      return { why: `${harness.name} skips ${event}: switched off`, todo: INSTALL };
    case "unknown":
      return {
        why: `${harness.name} could not be asked whether it runs ${event}`,
        todo: `put ${harness.program} on PATH`,
      };
  }
  if (!hook.isAsWritten) {
    return { why: `${event} is not as this version writes it`, todo: INSTALL };
  }
  const trial = trials.get(event);
  switch (trial) {
    case "waited":
      return undefined;
    case "let-go":
      return { why: `${event} let a call go with a spent quota`, todo: "run: quota-sentry doctor" };
    default:
      return { why: `${event} calls another program, which was not tried`, todo: INSTALL };
  }
}

function coverage(
  { name, gates, note, otherwise }: RequestKind,
  holes: ReadonlyMap<string, Hole | undefined>,
): Coverage {
  const by = gates.filter((event) => holes.get(event) === undefined);
  const row = (result: Coverage["result"], text: string, about = note, todo = "") => ({
    request: name,
    result,
    by,
    text: about === undefined ? text : `${text} (${about})`,
    todo,
  });
  if (gates.length === 0) return row("none", "cannot be held");
  const [first] = gates.flatMap((event) => holes.get(event) ?? []);
  return by.length > 0 || first === undefined
    ? row("held", `by ${by.join(" and ")}`)
    : row("hole", first.why, otherwise, first.todo);
}

/** The table, for people. */
export function coverageText(requests: readonly Coverage[]): string[] {
  const width = Math.max(...requests.map(({ request }) => request.length));
  return requests.flatMap(({ request, result, text, todo }) => [
    `${(result === "none" ? "-" : result).padEnd(4)}  ${request.padEnd(width)}  ${text}`,
    ...(todo === "" ? [] : [`${" ".repeat(6 + width)}  → ${todo}`]),
  ]);
}
