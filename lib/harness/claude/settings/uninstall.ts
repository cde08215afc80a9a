import { dirname, join } from "@std/path";
import { tryLockDirectory } from "../../../files/directory_lock.ts";
import { changeElsewhere } from "../../../files/elsewhere.ts";
import { readIfThere } from "../../../files/if_there.ts";
import { messageOf } from "../../../text/message_of.ts";
import type { HookOutcome } from "../../harness.ts";
import { HOOK_SCRIPT_NAME } from "../../hook_script.ts";
import { HooksFileError } from "../../hooks/hooks_file.ts";
import { originalIn } from "../../hooks/original.ts";
import { readOnDisk, realPath } from "../../hooks/user_file.ts";
import { STATUS_LINE_NAME } from "../status_line.ts";
import { BUSY, ownStatusLine } from "./install.ts";
import { ourPart } from "./settings_file.ts";

/** Removes our hooks from Claude Code's settings, and gives the status line back. */
export async function uninstall(hooksPath: string): Promise<HookOutcome> {
  try {
    const real = await realPath(hooksPath);
    if (real === undefined) {
      return unchanged(`There is no ${hooksPath}; nothing to remove.`);
    }
    using lock = tryLockDirectory(dirname(real));
    if (!lock) return { kind: "failed", message: BUSY };
    const { path, text, mode } = await readOnDisk(hooksPath);
    const part = ourPart(await ownStatusLine(dirname(path), text));
    const { text: original, copy } = await originalIn(part, path, text ?? "");
    if (original === text) {
      return unchanged(`There are no hooks of ours in ${hooksPath}.`);
    }
    await changeElsewhere({ path, before: text, after: original, mode });
    const lines = [`Removed our hooks from ${hooksPath}, and gave the status line back.`];
    const scripts = [HOOK_SCRIPT_NAME, STATUS_LINE_NAME].map((name) => join(dirname(path), name));
    for (const each of [...scripts, ...(copy === undefined ? [] : [copy])]) {
      try {
        await removeExactly(each, scripts.includes(each));
      } catch (error) {
        // The hooks are gone already.
        lines.push(`${each} stays, and does no harm: ${messageOf(error)}.`);
      }
    }
    return {
      kind: "done",
      lines: [...lines, "Claude Code sessions that are running are not held any more."],
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

function unchanged(line: string): HookOutcome {
  return { kind: "done", lines: [line], hasChanged: false };
}

/** Removes a file, a script only if we have written it. */
async function removeExactly(path: string, isScript: boolean): Promise<void> {
  const text = await readIfThere(path);
  if (text === undefined) return;
  if (isScript && !/^#!\/bin\/sh\n# Written by quota-sentry install-hook/.test(text)) return;
  await changeElsewhere({ path, before: text, after: undefined, mode: 0o600 });
}
