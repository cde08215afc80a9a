import { messageOf } from "../../../text/message_of.ts";
import type { HookReport, InstalledHook, Standing } from "../../harness.ts";
import { AppServer, AppServerError, CodexMissingError } from "../app_server.ts";
import { isNewerEvent, limitOf } from "./events.ts";
import { HooksFileError, type PlacedHook } from "../../hooks/hooks_file.ts";
import { installedAs } from "../../hooks/installed.ts";
import { readOnDisk } from "../../hooks/user_file.ts";
import { HOOKS_FILE } from "./hooks_file.ts";
import { sessionDirectoryFor } from "./hooks_path.ts";
import { eventsMissingIn, ourHooks } from "./our_hooks.ts";
import { isActive, isExactly, type ListedHook, listHooks, switchedOffBy } from "./trust.ts";

/** Tells which hooks of ours are in a hooks file, and whether Codex runs them. Changes nothing. */
export async function inspect(
  hooksPath: string,
  home: string | undefined,
): Promise<HookReport> {
  try {
    const file = await readOnDisk(hooksPath);
    const ours = HOOKS_FILE.find(file.text ?? "");
    const codex = await ask(hooksPath, file.path, home);
    const hooks = await Promise.all(ours.map((hook) => installedHook(hook, codex)));
    const unlisted = hooks.filter(({ standing }) => standing === "unlisted");
    return {
      kind: "read",
      hooks,
      missing: ours.length === 0 ? [] : eventsMissingIn(ours),
      version: codex?.version,
      problem: codex?.problem,
      limit: limitOf(codex?.version, unlisted.map(({ event }) => event)),
    };
  } catch (error) {
    const why = messageOf(error);
    const about = error instanceof HooksFileError
      ? "the hooks file is not one that Codex reads: "
      : "";
    return { kind: "failed", message: `${about}${why}` };
  }
}

/** The events that are missing beside hooks of ours; none where the file cannot be understood. */
export async function missingEventsOf(hooksPath: string): Promise<readonly string[]> {
  try {
    const { text } = await readOnDisk(hooksPath);
    const ours = HOOKS_FILE.find(text ?? "");
    return ours.length === 0 ? [] : eventsMissingIn(ours);
  } catch {
    return [];
  }
}

/** What Codex says. */
interface Answer {
  readonly version: string | undefined;
  readonly problem: string | undefined;
  readonly listed: readonly ListedHook[];
}

async function installedHook(hook: PlacedHook, codex: Answer | undefined): Promise<InstalledHook> {
  const standing = codex ? standingOf(hook, codex.listed) : "unknown";
  return { event: hook.event, ...await installedAs(hook, ourHooks), standing };
}

/** Asks Codex; undefined when it cannot be asked. */
async function ask(
  hooksPath: string,
  realPath: string,
  home: string | undefined,
): Promise<Answer | undefined> {
  try {
    await using server = await AppServer.start({ home });
    const cwd = await sessionDirectoryFor(hooksPath, home);
    const { hooks: listed, problem } = await listHooks(server, realPath, cwd);
    return { version: server.version, listed, problem: problem ?? await offLine(server) };
  } catch (error) {
    if (error instanceof CodexMissingError || error instanceof AppServerError) return undefined;
    throw error;
  }
}

async function offLine(server: AppServer): Promise<string | undefined> {
  const setting = await switchedOffBy(server);
  return setting && `hooks are switched off in Codex: ${setting}, under [features]`;
}

function standingOf(hook: PlacedHook, listed: readonly ListedHook[]): Standing {
  const same = listed.filter((other) => isExactly(other, hook));
  if (same.some(isActive)) return "trusted";
  if (same.some(({ trustStatus }) => trustStatus === "trusted")) return "disabled";
  // Where it reads the file at all, only such a hook may be missing.
  const isTooOld = same.length === 0 && listed.length > 0 && isNewerEvent(hook.event);
  return isTooOld ? "unlisted" : "untrusted";
}
