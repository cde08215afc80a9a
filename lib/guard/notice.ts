import { formatTimestamp } from "../text/timestamp.ts";

/** The environment variable that names a file to which notices are appended. */
export const NOTICE_FILE_VARIABLE = "QUOTA_SENTRY_NOTICE_FILE";

/**
 * Tells the user once that the agent waits: on stderr where that is a terminal, and in the file that
 * `QUOTA_SENTRY_NOTICE_FILE` names. A harness's pipe gets nothing. It never throws.
 */
export async function notify(until: Date): Promise<void> {
  const text = `Quota Sentry: waiting for Codex quota reset until ${formatTimestamp(until)}.\n`;
  try {
    if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(text));
    const file = Deno.env.get(NOTICE_FILE_VARIABLE);
    if (!file) return;
    const [{ appendElsewhere }, { resolve }] = await Promise.all([
      import("../files/elsewhere.ts"),
      import("@std/path"),
    ]);
    await appendElsewhere(resolve(file), text);
  } catch {
    // A notice that cannot be given must not end the hold.
  }
}
