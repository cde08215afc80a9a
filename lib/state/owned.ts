/** What a file system says of a directory. */
type Owned = Pick<Deno.FileInfo, "uid" | "mode">;

/**
 * Whether a state directory is ours alone to write into, or is not there yet: somebody else could say
 * there what he likes, and have us write where he likes. It is on the hooks' hot path. Needs read
 * permission, and to know who we are.
 */
export function isOurs(directory: string): boolean {
  try {
    return !isForeign(Deno.statSync(directory), Deno.uid());
  } catch {
    // Whoever uses it finds out what is wrong with it.
    return true;
  }
}

/** The same, by what the file system says of it. Pure. */
export function isForeign({ uid, mode }: Owned, ourUid: number | null): boolean {
  return isOthers(uid, ourUid) || ((mode ?? 0) & 0o022) !== 0;
}

/** Whether another user owns it, where the system knows of owners. Pure. */
export function isOthers(uid: number | null, ourUid: number | null): boolean {
  return uid !== null && ourUid !== null && uid !== ourUid;
}
