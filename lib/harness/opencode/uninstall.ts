import { dirname } from "@std/path";
import { tryLockDirectory } from "../../files/directory_lock.ts";
import { changeElsewhere, removeElsewhere } from "../../files/elsewhere.ts";
import { namesIn } from "../../files/names_in.ts";
import { messageOf } from "../../text/message_of.ts";
import type { HookOutcome } from "../harness.ts";
import { removeDangling } from "../hooks/leftovers.ts";
import { readOnDisk, realPath } from "../hooks/user_file.ts";
import { BUSY } from "./install.ts";
import { readPlugin } from "./plugin_text.ts";

/** Removes our plugin, and the directories that were made for it where nothing else is in them. */
export async function uninstall(hooksPath: string): Promise<HookOutcome> {
  try {
    if (await realPath(hooksPath) === undefined) {
      return unchanged(`There is no ${hooksPath}; nothing to remove.`);
    }
    using lock = tryLockDirectory(dirname(hooksPath));
    if (!lock) return { kind: "failed", message: BUSY };
    const { path, text = "", mode } = await readOnDisk(hooksPath);
    const plugin = await readPlugin(text);
    if (plugin.kind === "others") return unchanged(`${hooksPath} is none of ours.`);
    if (plugin.kind === "changed") {
      const message = `${hooksPath} was changed since it was written, and was left as it is; ` +
        "OpenCode loads it until you remove it";
      return { kind: "failed", message };
    }
    await changeElsewhere({ path, before: text, after: undefined, mode });
    await removeDangling(hooksPath);
    for (const directory of plugin.given.made) {
      if (namesIn(directory).length > 0) break;
      await removeElsewhere(directory).catch(() => {});
    }
    const lines = [
      `Removed the plugin ${hooksPath}.`,
      "OpenCode sessions that are running have it until they end; pause lets them go on.",
    ];
    return { kind: "done", lines, hasChanged: true };
  } catch (error) {
    return { kind: "failed", message: `the plugin was not removed: ${messageOf(error)}` };
  }
}

function unchanged(line: string): HookOutcome {
  return { kind: "done", lines: [line], hasChanged: false };
}
