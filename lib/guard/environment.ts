import type { Environment } from "../state/location.ts";

/** Set to anything but `0` or `false`, it lets every guard pass. */
export const DISABLE_VARIABLE = "QUOTA_SENTRY_DISABLE";

/** Names a file to which notices are appended. */
export const NOTICE_FILE_VARIABLE = "QUOTA_SENTRY_NOTICE_FILE";

/** True when the environment says that every guard is to pass. */
export function isDisabled(env: Environment = Deno.env.get): boolean {
  const value = env(DISABLE_VARIABLE)?.trim().toLowerCase();
  return value !== undefined && !["", "0", "false"].includes(value);
}
