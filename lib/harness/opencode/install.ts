import { existsSync } from "@std/fs/exists";
import { dirname, join } from "@std/path";
import { tryLockDirectory } from "../../files/directory_lock.ts";
import { changeElsewhere, makeDirectoryElsewhere } from "../../files/elsewhere.ts";
import { readIfThere } from "../../files/if_there.ts";
import { messageOf } from "../../text/message_of.ts";
import type { HookOutcome, HookProgram } from "../harness.ts";
import { readOnDisk } from "../hooks/user_file.ts";
import { accountsFor } from "./accounts.ts";
import { givenFor, pluginText, readPlugin } from "./plugin_text.ts";

/** Two at once would each put back what the other did. */
export const BUSY = "another install or uninstall is at work on this plugin; nothing was changed";

/** What OpenCode wants to have in its home before it loads a plugin, whichever. */
const PACKAGE = "@opencode-ai/plugin";

const WAITS =
  `Its next start takes longer: with any plugin, OpenCode waits for ${PACKAGE}, which it ` +
  "gets from npm, for a minute where that cannot be reached.";

/** Writes our plugin where OpenCode loads it; a file of somebody else's stays. */
export async function install(hooksPath: string, program: HookProgram): Promise<HookOutcome> {
  try {
    const made = missingAbove(hooksPath);
    await makeDirectoryElsewhere(dirname(hooksPath));
    using lock = tryLockDirectory(dirname(hooksPath));
    if (!lock) return { kind: "failed", message: BUSY };
    const { path, text: before, mode } = await readOnDisk(hooksPath);
    const there = before === undefined ? undefined : await readPlugin(before);
    if (there !== undefined && there.kind !== "ours") {
      const whose = there.kind === "changed"
        ? "was changed since it was written"
        : "is somebody else's";
      const message =
        `${hooksPath} ${whose}, and was left as it is; move it away, then install again`;
      return { kind: "failed", message };
    }
    const given = givenFor(program, accountsFor(program), there?.given.made ?? made);
    const after = await pluginText(given);
    if (before === after) {
      const line = `The plugin is in ${hooksPath} already; nothing was changed.`;
      return { kind: "done", lines: [line], hasChanged: false };
    }
    await changeElsewhere({ path, before, after, mode });
    const lines = [
      `Installed the plugin ${hooksPath}.`,
      "OpenCode sessions that are running have it when they are started again.",
      ...await hasItsPackage(dirname(dirname(hooksPath))) ? [] : [WAITS],
    ];
    return { kind: "done", lines, hasChanged: true };
  } catch (error) {
    return { kind: "failed", message: `the plugin was not installed: ${messageOf(error)}` };
  }
}

/** True where OpenCode 1.18.33 sees it in its home: then it gets nothing, and waits for nothing. */
async function hasItsPackage(home: string): Promise<boolean> {
  if (!existsSync(join(home, "node_modules"))) return false;
  const lock = await readIfThere(join(home, "package-lock.json")).catch(() => undefined);
  return lock?.includes(`"${PACKAGE}"`) ?? false;
}

/** The directories above a file that are not there yet, the innermost first. */
function missingAbove(path: string): string[] {
  const directory = dirname(path);
  return existsSync(directory) ? [] : [directory, ...missingAbove(directory)];
}
