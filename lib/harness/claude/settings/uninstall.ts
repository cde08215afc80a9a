import { existsSync } from "@std/fs/exists";
import { dirname } from "@std/path";
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
  removeLeft,
  removeTemporaries,
  scriptsBeside,
} from "../../hooks/leftovers.ts";
import { originalIn, unlessNobodys } from "../../hooks/original.ts";
import { readOnDisk, realPath } from "../../hooks/user_file.ts";
import { STATUS_LINE_NAME } from "../status_line.ts";
import { BUSY } from "./install.ts";
import { otherHomes } from "./other_homes.ts";
import { ownStatusLine } from "./own_status_line.ts";
import { isOurStatusLine, ourPart, statusLineIn } from "./settings_file.ts";

const OURS = { usual: "settings.json", scriptNames: [HOOK_SCRIPT_NAME, STATUS_LINE_NAME] };

/** Removes our hooks from Claude Code's settings, and gives the status line back. */
export async function uninstall(hooksPath: string): Promise<HookOutcome> {
  try {
    const real = await realPath(hooksPath);
    const directory = dirname(real ?? hooksPath);
    const nothing = `There is no ${hooksPath}; nothing to remove.`;
    if (!existsSync(directory)) return { kind: "done", lines: [nothing], hasChanged: false };
    using lock = tryLockDirectory(directory);
    if (!lock) return { kind: "failed", message: BUSY };
    if (real === undefined) return await removeLeft(nothing, hooksPath, undefined, OURS);
    const file = await readOnDisk(hooksPath);
    const { path, text = "", mode } = file;
    const before = await unlessNobodys(text, async () => {
      const own = await ownStatusLine(path, text);
      return { own, ...await originalIn(ourPart(own), path, text) };
    });
    if (before === undefined || before.text === text) {
      return await removeLeft(`There are no hooks of ours in ${hooksPath}.`, hooksPath, file, OURS);
    }
    const { own, text: original, copy } = before;
    const others = await otherHomes(hooksPath, path);
    await changeElsewhere({ path, before: text, after: original, mode });
    const hadLine = isOurStatusLine(statusLineIn(text));
    const given = own === undefined ? ", and our status line" : ", and gave the status line back";
    const lines = [`Removed our hooks from ${hooksPath}${hadLine ? given : ""}.`];
    const scripts = scriptsBeside([hooksPath, path], OURS.scriptNames);
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
        ...(others.length === 0
          ? []
          : [`It was the settings of ${others.join(", ")} as well: they are not held either.`]),
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
