import { isForeign, isOthers } from "./owned.ts";

/** Why a state directory is not to be used; undefined where it is, or is not there yet. */
export function whyNotOurs(directory: string): string | undefined {
  try {
    return whyForeign(Deno.statSync(directory), Deno.uid());
  } catch {
    return undefined;
  }
}

/** The same, by what the file system says of it. Pure. */
export function whyForeign(
  found: Pick<Deno.FileInfo, "uid" | "mode">,
  ourUid: number | null,
): string | undefined {
  if (!isForeign(found, ourUid)) return undefined;
  const mode = ((found.mode ?? 0) & 0o777).toString(8).padStart(4, "0");
  return isOthers(found.uid, ourUid)
    ? `it belongs to another user (uid ${found.uid})`
    : `others may write into it (mode ${mode})`;
}
