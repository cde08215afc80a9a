/**
 * Whether something else than a file stands in a file's place: a link, a directory, or a pipe, whose opening
 * may never end. Needs read permission.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isOther } from "./is_other.ts";
 *
 * assertEquals(isOther("/dev"), true);
 * assertEquals(isOther("/not there"), false);
 * ```
 */
export function isOther(path: string): boolean {
  try {
    return !Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}
