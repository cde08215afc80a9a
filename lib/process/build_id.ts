import { VERSION } from "./version.ts";

/** The file that `scripts/build` puts beside the bundle. */
const FILE = new URL("build_id", import.meta.url);

/**
 * The version and, in a binary, what tells two builds of it apart: a checksum of the bundle. A daemon
 * that was started from another build is replaced.
 */
export function buildId(): string {
  try {
    return `${VERSION}+${Deno.readTextFileSync(FILE).trim()}`;
  } catch {
    // From source there is no such file.
    return VERSION;
  }
}
