import { existsSync } from "@std/fs/exists";
import { basename, dirname, join } from "@std/path";
import { tryLockDirectory } from "../../../files/directory_lock.ts";
import { changeElsewhere } from "../../../files/elsewhere.ts";
import { messageOf } from "../../../text/message_of.ts";
import type { HookOutcome } from "../../harness.ts";
import { HOOK_SCRIPT_NAME } from "../../hook_script.ts";
import { HooksFileError } from "../../hooks/hooks_file.ts";
import {
  copiesLeft,
  isOurScript,
  removeDangling,
  removeExactly,
  removeLeftovers,
  removeTemporaries,
} from "../../hooks/leftovers.ts";
import { originalIn, unlessNobodys } from "../../hooks/original.ts";
import { type FileOnDisk, readOnDisk, realPath } from "../../hooks/user_file.ts";
import { STATUS_LINE_NAME } from "../status_line.ts";
import { BUSY } from "./install.ts";
import { ownStatusLine } from "./own_status_line.ts";
import { isOurStatusLine, ourPart, statusLineIn } from "./settings_file.ts";

/** Removes our hooks from Claude Code's settings, and gives the status line back. */
export async function uninstall(hooksPath: string): Promise<HookOutcome> {
  try {
    const real = await realPath(hooksPath);
    const directory = dirname(real ?? hooksPath);
    const nothing = `There is no ${hooksPath}; nothing to remove.`;
    if (!existsSync(directory)) return { kind: "done", lines: [nothing], hasChanged: false };
    using lock = tryLockDirectory(directory);
    if (!lock) return { kind: "failed", message: BUSY };
    if (real === undefined) return await removeLeft(nothing, hooksPath, undefined);
    const file = await readOnDisk(hooksPath);
    const { path, text = "", mode } = file;
    const before = await unlessNobodys(text, async () => {
      const own = await ownStatusLine(path, text);
      return { own, ...await originalIn(ourPart(own), path, text) };
    });
    if (before === undefined || before.text === text) {
      return await removeLeft(`There are no hooks of ours in ${hooksPath}.`, hooksPath, file);
    }
    const { own, text: original, copy } = before;
    await changeElsewhere({ path, before: text, after: original, mode });
    const hadLine = isOurStatusLine(statusLineIn(text));
    const given = own === undefined ? ", and our status line" : ", and gave the status line back";
    const lines = [`Removed our hooks from ${hooksPath}${hadLine ? given : ""}.`];
    const scripts = scriptsBeside(hooksPath, path);
    for (const each of [...scripts, ...(copy === undefined ? [] : [copy])]) {
      try {
        await removeExactly(each, scripts.includes(each) ? isOurScript : () => true);
      } catch (error) {
        // The hooks are gone already.
        lines.push(`${each} stays, and does no harm: ${messageOf(error)}.`);
      }
    }
    await removeTemporaries([path, ...scripts]).catch(() => {});
    await removeDangling(hooksPath);
    return {
      kind: "done",
      lines: [
        ...lines,
        ...await copiesLeft(path, original),
        "Claude Code sessions that are running are not held any more.",
      ],
      hasChanged: true,
    };
  } catch (error) {
    const why = messageOf(error);
    const message = error instanceof HooksFileError
      ? `${hooksPath} was left as it is: ${why}; mend it, then uninstall again`
      : `the hooks were not removed: ${why}`;
    return { kind: "failed", message };
  }
}

/**
 * Where no hooks are, there may be what was left by an installation, or its removal, that was ended half-way.
 * Scripts beside a file of another name may be those of `settings.json`.
 */
async function removeLeft(
  line: string,
  hooksPath: string,
  file: FileOnDisk | undefined,
): Promise<HookOutcome> {
  const path = file?.path ?? hooksPath;
  const scripts = basename(hooksPath) === "settings.json" ? scriptsBeside(hooksPath, path) : [];
  const left = await removeLeftovers(path, file?.text, scripts);
  const lines = left.length === 0 ? [line] : [line, `Removed ${left.join(", ")}: left behind.`];
  return { kind: "done", lines, hasChanged: left.length > 0 };
}

/** Where scripts of ours may stand: beside the settings, and beside what they lead to. */
function scriptsBeside(...paths: string[]): string[] {
  const all = paths.flatMap((path) =>
    [HOOK_SCRIPT_NAME, STATUS_LINE_NAME].map((name) => join(dirname(path), name))
  );
  return [...new Set(all)];
}
