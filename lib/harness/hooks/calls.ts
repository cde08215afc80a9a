import { basename } from "@std/path";
import { readIfThere } from "../../files/if_there.ts";
import type { HookCall } from "../harness.ts";
import { HOOK_SCRIPT_NAME } from "../hook_script.ts";
import { hookWords } from "./hook_command.ts";
import type { HooksFormat } from "./hooks_file.ts";
import { isOurOwn } from "./ours.ts";
import { scriptValues } from "./script_values.ts";
import { readOnDisk } from "./user_file.ts";

/** What the hooks of ours in a hooks file call; none where it cannot be understood. */
export async function callsIn(
  format: HooksFormat,
  hooksPath: string,
): Promise<readonly HookCall[]> {
  try {
    const { text } = await readOnDisk(hooksPath);
    return await Promise.all(
      format.find(text ?? "").filter(isOurOwn).map(async ({ event, group }) => {
        const [called = "", ...args] = hookWords(group.hooks[0].command) ?? [];
        const script = basename(called) === HOOK_SCRIPT_NAME
          ? await readIfThere(called)
          : undefined;
        const behind = script === undefined ? undefined : scriptValues(script);
        const program = behind ? behind.program ?? "" : called;
        return { event, called, program, args, stateDirectory: behind?.stateDirectory };
      }),
    );
  } catch {
    return [];
  }
}
