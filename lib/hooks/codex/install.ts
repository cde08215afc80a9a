import { dirname, join } from "@std/path";
import { makeDirectoryElsewhere, removeElsewhere, writeElsewhere } from "../../files/elsewhere.ts";
import { tryLockDirectory } from "../../files/directory_lock.ts";
import type { HookOutcome, HookProgram } from "../harness.ts";
import { AppServer, AppServerError, CodexMissingError } from "../../codex/app_server.ts";
import { ConfigSnapshot } from "./config_snapshot.ts";
import { HOOK_SCRIPT_NAME, hookScript } from "../hook_script.ts";
import { isNewerEvent, limitOf } from "./events.ts";
import { addHooks, findOurHooks, HooksFileError, originalOf } from "./hooks_file.ts";
import { isCodexHomes, readHooksFile, readIfThere, sessionDirectoryFor } from "./hooks_path.ts";
import { type CodexHook, ourHooks } from "./our_hooks.ts";
import {
  isActive,
  listHooks,
  matching,
  trustChanges,
  trustedHashes,
  unlisted,
  writeTrust,
} from "./trust.ts";
import { keysAhead, trustAhead } from "./trust_ahead.ts";

/** Two at once would each put back what the other did. */
export const BUSY =
  "another install or uninstall is at work on this hooks file; nothing was changed";

const RESTART = "Restart Codex sessions that are running: they keep the hooks they started with.";

/**
 * Adds our hooks to a hooks file and has Codex trust exactly these. When that fails, the file and
 * Codex's configuration are put back as they were.
 */
export async function install(hooksPath: string, program: HookProgram): Promise<HookOutcome> {
  const scriptPath = join(dirname(hooksPath), HOOK_SCRIPT_NAME);
  const hooks = ourHooks(program.stateDirectory ? { ...program, path: scriptPath } : program);
  try {
    await makeDirectoryElsewhere(dirname(hooksPath));
    using lock = tryLockDirectory(dirname(hooksPath));
    if (!lock) return { kind: "failed", message: BUSY };
    const file = await readHooksFile(hooksPath);
    const backupPath = `${hooksPath}.bak`;
    const original = file.text === undefined
      ? undefined
      : originalOf(file.text, await readIfThere(backupPath));
    const change: FileChange = {
      path: file.path,
      before: file.text,
      after: addHooks(original, hooks),
      mode: file.mode,
    };
    if (original !== undefined) await writeElsewhere(backupPath, original, file.mode);
    // Before the hooks that call it; one that nobody calls does no harm.
    if (program.stateDirectory) {
      const script = hookScript(program.path, program.stateDirectory);
      await writeElsewhere(scriptPath, script, 0o700);
    }
    const trust = await changeAndTrust(hooksPath, hooks, change);
    const names = hooks.map(({ event }) => event).join(", ");
    return {
      kind: "done",
      lines: [
        `Installed the hooks ${names} in ${hooksPath}.`,
        ...(original === undefined ? [] : [`The file without them is in ${backupPath}.`]),
        ...trust,
        RESTART,
      ],
    };
  } catch (error) {
    return { kind: "failed", message: messageOf(error, hooksPath) };
  }
}

/** A file that is to be changed, and can be put back. */
interface FileChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly mode: number;
}

async function apply({ path, after, mode }: FileChange): Promise<void> {
  await writeElsewhere(path, after, mode);
}

async function putBack({ path, before, mode }: FileChange): Promise<void> {
  if (before === undefined) await removeElsewhere(path);
  else await writeElsewhere(path, before, mode);
}

/** Makes the change and returns the lines about trust. */
async function changeAndTrust(
  hooksPath: string,
  hooks: readonly CodexHook[],
  change: FileChange,
): Promise<string[]> {
  let started: AppServer;
  try {
    started = await AppServer.start();
  } catch (error) {
    if (!(error instanceof CodexMissingError)) throw error;
    await apply(change);
    return [
      "codex was not found on PATH, so the hooks are not trusted yet: " +
      "Codex will ask you to review them when it starts, and skips them until then.",
    ];
  }
  await using server = started;
  const config = await ConfigSnapshot.take();
  try {
    return await trustInCodex(server, hooksPath, hooks, change, config);
  } catch (error) {
    await putBack(change);
    await config.putBack();
    throw error;
  }
}

async function trustInCodex(
  server: AppServer,
  hooksPath: string,
  hooks: readonly CodexHook[],
  change: FileChange,
  config: ConfigSnapshot,
): Promise<string[]> {
  const cwd = await sessionDirectoryFor(hooksPath);
  const before = await listHooks(server, change.path, cwd);
  await apply(change);
  const after = await listHooks(server, change.path, cwd);
  if (after.length === 0 && !await isCodexHomes(hooksPath)) {
    return [
      `Codex does not read ${hooksPath} (its own is in CODEX_HOME), so there was nothing to trust.`,
    ];
  }
  const unknown = unlisted(after, hooks).map(({ event }) => event);
  if (!unknown.every(isNewerEvent)) {
    throw new AppServerError("codex does not list the hooks that were just written");
  }
  const { trust, forget } = trustChanges(before, after, matching(after, hooks));
  const ahead = await trustAhead(findOurHooks(change.after), after);
  const trusted = await trustedHashes(server);
  const outdated = (await keysAhead(findOurHooks(change.before ?? ""), before, trusted))
    .filter((key) => !ahead.some((other) => other.key === key));
  await writeTrust(server, { trust: [...trust, ...ahead], forget: [...forget, ...outdated] });
  await config.keepLineEnds();
  const active = matching(await listHooks(server, change.path, cwd), hooks).filter(isActive);
  if (active.length !== hooks.length - unknown.length) {
    throw new AppServerError("codex did not take over the trust");
  }
  const limit = limitOf(server.version, unknown);
  return ["Codex trusts them.", ...(limit === undefined ? [] : [limit])];
}

function messageOf(error: unknown, hooksPath: string): string {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof HooksFileError) {
    return `${hooksPath} was left as it is: ${why}. Codex skips every hook of such a file; ` +
      "mend it, then install again";
  }
  return `the hooks were not installed, and everything is as it was: ${why}`;
}
