import { existsSync } from "@std/fs/exists";
import { dirname, join } from "@std/path";
import { readIfThere } from "../files/if_there.ts";
import type { Harness } from "../harness/harness.ts";
import { HOOK_SCRIPT_NAME } from "../harness/hook_script.ts";

/**
 * Whether hooks of ours may stand in a file, or their script where it is not there. What cannot be read
 * may have some.
 */
export async function mayHaveOurs(path: string, harness: Harness): Promise<boolean> {
  if ((await harness.calls(path)).length > 0) return true;
  try {
    const text = await readIfThere(path);
    return text?.includes("quota-sentry") ?? existsSync(join(dirname(path), HOOK_SCRIPT_NAME));
  } catch {
    return true;
  }
}
