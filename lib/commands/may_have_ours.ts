import { basename, dirname } from "@std/path";
import { readIfThere } from "../files/if_there.ts";
import { namesIn } from "../files/names_in.ts";
import { isTemporaryFor } from "../files/replace_file.ts";
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
  const real = await Deno.realPath(path).catch(() => path);
  return [path, real].some((each) =>
    namesIn(dirname(each)).some((name) =>
      name.startsWith("quota-sentry-") ||
      name.startsWith(`${basename(each)}.before-quota-sentry`) ||
      isTemporaryFor(basename(each), name)
    )
  );
}
