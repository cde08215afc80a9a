/** What is larger is no file of ours. */
const MAX_BYTES = 256 * 1024;

/**
 * The text of a file; undefined where there is none, it cannot be read, or it is larger than `maxBytes`.
 * Something else in its place counts as not there: it is looked at before it is opened, since a pipe
 * would block, and a huge file would be read whole. Needs read permission.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { smallText } from "./small_text.ts";
 *
 * assertEquals(smallText("/dev"), undefined);
 * assertEquals(smallText("/not there"), undefined);
 * ```
 */
export function smallText(path: string, maxBytes = MAX_BYTES): string | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= maxBytes ? Deno.readTextFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}
