import { dirname, join } from "@std/path";
import { tryLockDirectory } from "../../files/directory_lock.ts";
import { removeElsewhere, writeElsewhere } from "../../files/elsewhere.ts";
import type { HookOutcome } from "../harness.ts";
import { AppServer, CodexMissingError } from "../../codex/app_server.ts";
import { ConfigSnapshot } from "./config_snapshot.ts";
import { BUSY } from "./install.ts";
import { HOOK_SCRIPT_NAME } from "../hook_script.ts";
import { findOurHooks, HooksFileError, originalOf } from "./hooks_file.ts";
import {
  type HooksFileOnDisk,
  readHooksFile,
  readIfThere,
  sessionDirectoryFor,
} from "./hooks_path.ts";
import {
  listHooks,
  removeEmptyTrustTable,
  trustChanges,
  trustedHashes,
  writeTrust,
} from "./trust.ts";
import { keysAhead } from "./trust_ahead.ts";

/** Removes our hooks from a hooks file, and their trust from Codex's configuration. */
export async function uninstall(hooksPath: string): Promise<HookOutcome> {
  try {
    const file = await readHooksFile(hooksPath);
    if (file.text === undefined) {
      return { kind: "done", lines: [`There is no ${hooksPath}; nothing to remove.`] };
    }
    using lock = tryLockDirectory(dirname(hooksPath));
    if (!lock) return { kind: "failed", message: BUSY };
    const backupPath = `${hooksPath}.bak`;
    const backup = await readIfThere(backupPath);
    const original = originalOf(file.text, backup);
    if (original === file.text) {
      return { kind: "done", lines: [`There are no hooks of ours in ${hooksPath}.`] };
    }
    const trust = await changeAndForget(hooksPath, file, original);
    // Sessions that run still call it; they then go on unguarded, with a hook that Codex reports.
    await removeElsewhere(join(dirname(hooksPath), HOOK_SCRIPT_NAME));
    // A copy that equals the file tells nobody anything.
    if (backup !== undefined && backup === original) await removeElsewhere(backupPath);
    const lines = [`Removed our hooks from ${hooksPath}.`, trust];
    return { kind: "done", lines: [...lines, "Restart Codex sessions that are running."] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = error instanceof HooksFileError
      ? `${hooksPath} was left as it is: ${why}; mend it, then uninstall again`
      : `the hooks were not removed: ${why}`;
    return { kind: "failed", message };
  }
}

/** Makes the change and returns the line about trust. */
async function changeAndForget(
  hooksPath: string,
  file: HooksFileOnDisk,
  original: string | undefined,
): Promise<string> {
  const change = async () => {
    if (original === undefined) await removeElsewhere(file.path);
    else await writeElsewhere(file.path, original, file.mode);
  };
  let started: AppServer;
  try {
    started = await AppServer.start();
  } catch (error) {
    if (!(error instanceof CodexMissingError)) throw error;
    await change();
    return "codex was not found on PATH: its record that they were trusted stays, and does no harm.";
  }
  await using server = started;
  const config = await ConfigSnapshot.take();
  const cwd = await sessionDirectoryFor(hooksPath);
  const before = await listHooks(server, file.path, cwd);
  await change();
  const after = original === undefined ? [] : await listHooks(server, file.path, cwd);
  const { trust, forget } = trustChanges(before, after, []);
  // Also what was written for a later Codex.
  const trusted = await trustedHashes(server);
  const ahead = await keysAhead(findOurHooks(file.text ?? ""), before, trusted);
  await writeTrust(server, { trust, forget: [...forget, ...ahead] });
  if (forget.length + ahead.length > 0) {
    await removeEmptyTrustTable(server);
    await config.keepLineEnds();
    await config.removeIfEmpty();
  }
  return "Codex has forgotten that they were trusted.";
}
