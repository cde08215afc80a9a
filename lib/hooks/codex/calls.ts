import { basename } from "@std/path";
import type { HookCall } from "../harness.ts";
import { HOOK_SCRIPT_NAME } from "../hook_script.ts";
import { hookWords, shellWords } from "./hook_command.ts";
import { findOurHooks } from "./hooks_file.ts";
import { readIfThere, readOnDisk } from "./hooks_path.ts";
import { isOurOwn } from "./our_hooks.ts";

/** What the hooks of ours in a hooks file call; none where it cannot be understood. */
export async function callsOf(hooksPath: string): Promise<readonly HookCall[]> {
  try {
    const { text } = await readOnDisk(hooksPath);
    return await Promise.all(
      findOurHooks(text ?? "").filter(isOurOwn).map(async ({ event, group }) => {
        const [called = "", ...args] = hookWords(group.hooks[0].command) ?? [];
        const script = basename(called) === HOOK_SCRIPT_NAME
          ? await readIfThere(called)
          : undefined;
        return {
          event,
          called,
          program: script === undefined ? called : valueIn(script, "program") ?? "",
          args,
          stateDirectory: script === undefined ? undefined : valueIn(script, "state"),
        };
      }),
    );
  } catch {
    return [];
  }
}

function valueIn(script: string, name: string): string | undefined {
  const [, quoted = ""] = new RegExp(`^${name}=(.*)$`, "m").exec(script) ?? [];
  return shellWords(quoted)?.[0];
}
