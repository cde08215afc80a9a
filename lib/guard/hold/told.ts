import { isOther } from "../../files/is_other.ts";
import type { Environment } from "../../state/location.ts";
import { logLine } from "../../state/log.ts";
import type { HeldStep } from "../../state/queue.ts";
import { isDeniable, type Wish, wishFor } from "../../state/requests.ts";
import type { StateDirectory } from "../../state/state_directory.ts";
import { formatTimestamp } from "../../text/timestamp.ts";
import type { GuardOptions } from "../arguments.ts";
import { NOTICE_FILE_VARIABLE } from "../environment.ts";
import { atBound, type Outcome, outcomeOf } from "../verdict.ts";
import type { Hold } from "./hold.ts";

/* What others are told of a hold: the log, the user, and who asked for it. */

/** Who is held. */
export interface Holder {
  readonly options: GuardOptions;
  readonly directory: StateDirectory;
  /** The pid of what called this program: the harness, or the hook script where that waits. */
  readonly parent: number;
}

/** True where the hook script waits, and asks. */
export function isForScript({ options }: Holder): boolean {
  return options.hold !== undefined;
}

/** What one is held before; undefined where the hook does not say. */
export function stepOf({ on, startDaemon }: GuardOptions): HeldStep | undefined {
  return on ?? (startDaemon ? "prompt" : undefined);
}

/** What the user asks of a hold; undefined for nothing. It never throws. */
export function wishOf({ begunAt, session }: Hold, holder: Holder): Wish | undefined {
  const { directory, options } = holder;
  const wish = wishFor(directory, { pid: pidOf(holder), since: begunAt }, session);
  return wish === "cancel" && !isDeniable(stepOf(options)) ? undefined : wish;
}

/** The pid of what waits. */
function pidOf(holder: Holder): number {
  return isForScript(holder) ? holder.parent : Deno.pid;
}

/** What comes of a hold that ends now; its text is for the log, too. */
export function endOf(
  hold: Hold,
  end: { readonly kind: "release" | "bound" | "cancel"; readonly reason: string },
  holder: Holder,
): Outcome {
  const seconds = ((Date.now() - hold.begunAt.getTime()) / 1000).toFixed(1);
  const kind = end.kind === "bound"
    ? atBound(hold.then, end.reason).kind
    : end.kind === "cancel"
    ? "deny"
    : "pass";
  const outcome = kind === "deny" && !mayDeny(holder)
    ? outcomeOf("pass", `${end.reason}; its harness lets nobody deny this`)
    : outcomeOf(kind, end.reason);
  return { ...outcome, text: `held for ${seconds} s, ${outcome.text}` };
}

/** Codex takes no denial of a request to the model, nor of a compaction (seen with 0.169.0). */
function mayDeny({ options }: Holder): boolean {
  return options.on !== "model" && options.on !== "compact";
}

/** A line of the log about a hold, under the pid of what waits; undefined where there is to be none. */
export function lineFor(holder: Holder, text: string): string | undefined {
  if (isOther(holder.directory.file("log"))) return undefined;
  return logLine(`guard ${pidOf(holder)}: ${text}`, new Date());
}

/** Notes something about a hold in the log; it never throws. */
export async function note(holder: Holder, text: string): Promise<void> {
  const line = lineFor(holder, text);
  if (line === undefined) return;
  try {
    const { appendElsewhere } = await import("../../files/elsewhere.ts");
    await appendElsewhere(holder.directory.file("log"), line);
  } catch {
    // A line that is lost must not cost the agent anything.
  }
}

/**
 * Tells the user once that the agent waits: on stderr where that is a terminal, and in the file that
 * `QUOTA_SENTRY_NOTICE_FILE` names. A harness's pipe gets nothing. It never throws.
 */
export async function notify(until: Date, env: Environment = Deno.env.get): Promise<void> {
  const text = `Quota Sentry: waiting for the quota to reset, until ${formatTimestamp(until)}.\n`;
  try {
    if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(text));
    const file = env(NOTICE_FILE_VARIABLE);
    if (!file) return;
    const [{ appendElsewhere }, { resolve }] = await Promise.all([
      import("../../files/elsewhere.ts"),
      import("@std/path"),
    ]);
    await appendElsewhere(resolve(file), text);
  } catch {
    // A notice that cannot be given must not end the hold.
  }
}
