import { SYSTEM } from "../../lib/process/system.ts";

/**
 * Spread into the definition of a test that cannot be tried elsewhere, on macOS in CI: it looks through
 * `/proc` at what processes are and have open, expects the directory of a session that is held, which
 * only that tells, or uses commands that are so on Linux alone (`script`,
 * `setpriv` and `setsid` of util-linux, `dd` of GNU).
 */
export const NEEDS_LINUX: { readonly ignore: boolean } = { ignore: SYSTEM.name !== "linux" };
