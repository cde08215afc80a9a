import { existsSync } from "@std/fs/exists";
import { dirname } from "@std/path";
import { tryLockDirectory } from "../../../files/directory_lock.ts";
import { changeElsewhere } from "../../../files/elsewhere.ts";
import { messageOf } from "../../../text/message_of.ts";
import type { HookOutcome } from "../../harness.ts";
import { HOOK_SCRIPT_NAME } from "../../hook_script.ts";
import { HooksFileError, type PlacedHook } from "../../hooks/hooks_file.ts";
import {
  copiesLeft,
  isOurScript,
  removeDangling,
  removeExactly,
  removeLeft,
  removeTemporaries,
  scriptsBeside,
} from "../../hooks/leftovers.ts";
import { originalIn, unlessNobodys } from "../../hooks/original.ts";
import { type FileOnDisk, readOnDisk, realPath } from "../../hooks/user_file.ts";
import { AppServer, AppServerError, CodexMissingError } from "../app_server.ts";
import { ConfigFile } from "./config_file.ts";
import { HOOKS_FILE, OUR_PART } from "./hooks_file.ts";
import { sessionDirectoryFor } from "./hooks_path.ts";
import { BUSY } from "./install.ts";
import { otherHome } from "./other_home.ts";
import { HOOKS_ON, listHooks, trustChanges } from "./trust.ts";
import { keysOf, nameInKeys } from "./trust_ahead.ts";
import type { TrustChanges } from "./trust_records.ts";

const RESTART =
  "Restart Codex sessions that are running: until then their hooks find no script to call, say " +
  "nothing and hold nobody.";

const OURS = { usual: "hooks.json", scriptNames: [HOOK_SCRIPT_NAME] };

/** Removes our hooks from a hooks file, and their trust from Codex's configuration. */
export async function uninstall(
  hooksPath: string,
  home: string | undefined,
): Promise<HookOutcome> {
  try {
    const real = await realPath(hooksPath);
    const directory = dirname(real ?? hooksPath);
    const nothing = `There is no ${hooksPath}; nothing to remove.`;
    if (!existsSync(directory)) return { kind: "done", lines: [nothing], hasChanged: false };
    using lock = tryLockDirectory(directory);
    if (!lock) return { kind: "failed", message: BUSY };
    if (real === undefined) return await removeLeft(nothing, hooksPath, undefined, OURS);
    const file = await readOnDisk(hooksPath);
    const text = file.text ?? "";
    const before = await unlessNobodys(text, () => originalIn(OUR_PART, file.path, text));
    if (before === undefined || before.text === file.text) {
      return await removeLeft(`There are no hooks of ours in ${hooksPath}.`, hooksPath, file, OURS);
    }
    const { text: original, copy } = before;
    const ours = HOOKS_FILE.find(text);
    const other = await otherHome(hooksPath, file.path, ours);
    if (other !== undefined) {
      const trust = await forget({ trust: [], forget: [] }, ours, hooksPath, home);
      return {
        kind: "done",
        lines: [...sharedLines(hooksPath, file.path, other.path), trust],
        hasChanged: true,
      };
    }
    const moved = await remove(hooksPath, file, original, home);
    const trust = await forget(moved, ours, hooksPath, home);
    // Sessions that run still name it; they then go on unguarded.
    // One that hooks name elsewhere is another home's: a home that was copied names that of the first.
    const scripts = scriptsBeside([hooksPath, file.path], OURS.scriptNames);
    // A copy that equals the file tells nobody anything.
    const copies = copy === undefined ? [] : [copy];
    const lines = [`Removed our hooks from ${hooksPath}.`, trust];
    let restart = "Restart Codex sessions that are running.";
    for (const path of [...scripts, ...copies]) {
      const isScript = scripts.includes(path);
      try {
        const isRemoved = await removeExactly(path, isScript ? isOurScript : () => true);
        if (isRemoved && isScript) restart = RESTART;
      } catch (error) {
        // The hooks are gone already.
        const why = messageOf(error);
        lines.push(`${path} stays, and does no harm: ${why}.`);
      }
    }
    await removeTemporaries([file.path, ...scripts]).catch(() => {});
    await removeDangling(hooksPath);
    lines.push(...await copiesLeft(file.path, original));
    return { kind: "done", lines: [...lines, restart], hasChanged: true };
  } catch (error) {
    const why = messageOf(error);
    const message = error instanceof HooksFileError
      ? `${hooksPath} was left as it is: ${why}; mend it, then uninstall again`
      : `the hooks were not removed: ${why}`;
    return { kind: "failed", message };
  }
}

function sharedLines(hooksPath: string, path: string, home: string): string[] {
  return [
    `${hooksPath} is a link to ${path}, whose hooks the Codex with CODEX_HOME=${home} trusts: they ` +
    "stay.",
    `To remove them there as well: CODEX_HOME=${home} quota-sentry uninstall-hook`,
  ];
}

/** Changes the hooks file, and returns how Codex is to trust hooks of others that have moved. */
async function remove(
  hooksPath: string,
  { path, text, mode }: FileOnDisk,
  original: string | undefined,
  home: string | undefined,
): Promise<TrustChanges> {
  const change = () => changeElsewhere({ path, before: text, after: original, mode });
  let started: AppServer;
  try {
    // They are to be forgotten also where the user has switched hooks off.
    started = await AppServer.start({ home, settings: [HOOKS_ON] });
  } catch (error) {
    if (!cannotBeAsked(error)) throw error;
    await change();
    return { trust: [], forget: [] };
  }
  await using server = started;
  const cwd = await sessionDirectoryFor(hooksPath, home);
  /** None where Codex cannot tell: what is ours is known all the same. */
  const listed = async () => {
    try {
      return (await listHooks(server, path, cwd)).hooks;
    } catch (error) {
      if (cannotBeAsked(error)) return undefined;
      throw error;
    }
  };
  const before = await listed();
  await change();
  const after = original === undefined ? [] : await listed();
  return before && after ? trustChanges(before, after, []) : { trust: [], forget: [] };
}

function cannotBeAsked(error: unknown): boolean {
  return error instanceof AppServerError || error instanceof CodexMissingError;
}

/** Takes trust out of Codex's configuration, and returns the line about it. */
async function forget(
  { trust, forget }: TrustChanges,
  ours: readonly PlacedHook[],
  hooksPath: string,
  home: string | undefined,
): Promise<string> {
  try {
    const config = await ConfigFile.read(home);
    const keys = trust.map(({ key }) => key);
    // Also what was written for a later Codex, or what this one does not tell.
    const all = [...forget, ...await keysOf(ours, await nameInKeys(hooksPath), config.trusted)];
    const change = config.with({ trust, forget: all.filter((key) => !keys.includes(key)) });
    if (change.before === change.after) return "Codex had not been told to trust them.";
    await changeElsewhere(change);
    return "Codex has forgotten that they were trusted.";
  } catch (error) {
    const why = messageOf(error);
    return `Codex's record that they were trusted stays, and does no harm: ${why}.`;
  }
}
