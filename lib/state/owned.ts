/** What a file system says of a directory. */
export type Owned = Pick<Deno.FileInfo, "uid" | "mode">;

/** Whether somebody else may write into a directory, by what the file system says of it. Pure. */
export function isForeign({ uid, mode }: Owned, ourUid: number | null): boolean {
  return isOthers(uid, ourUid) || ((mode ?? 0) & 0o022) !== 0;
}

/** Whether another user owns it, where the system knows of owners. Pure. */
export function isOthers(uid: number | null, ourUid: number | null): boolean {
  return uid !== null && ourUid !== null && uid !== ourUid;
}
