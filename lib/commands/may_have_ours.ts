import { basename, dirname } from "@std/path";
import { readIfThere } from "../files/if_there.ts";
import { namesIn } from "../files/names_in.ts";
import type { Harness } from "../harness/harness.ts";

/**
 * Whether hooks of ours may stand in a file, or what belongs to them beside it, as where an installation or
 * its removal was ended half-way. What cannot be read may have some.
 */
export async function mayHaveOurs(path: string, harness: Harness): Promise<boolean> {
  if ((await harness.calls(path)).length > 0) return true;
  try {
    if ((await readIfThere(path))?.includes("quota-sentry")) return true;
  } catch {
    return true;
  }
  const copies = `${basename(path)}.before-quota-sentry`;
  return namesIn(dirname(path))
    .some((name) => name.startsWith("quota-sentry-") || name.startsWith(copies));
}
