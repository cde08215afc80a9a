import { STATE_FILES } from "./files.ts";

/**
 * Why a state directory is not to be used: somebody else could say there what he likes, and have us
 * write where he likes. It is on the hooks' hot path. Needs read permission, and to know who we are.
 *
 * @returns undefined where it is ours alone to write into, or is not there yet.
 */
export function whyNotOurs(directory: string): string | undefined {
  try {
    return whyForeign(Deno.statSync(directory), Deno.uid());
  } catch {
    // Whoever uses it finds out what is wrong with it.
    return undefined;
  }
}

/** The same, by what the file system says of it. Pure. */
export function whyForeign(
  { uid, mode }: { readonly uid: number | null; readonly mode: number | null },
  ourUid: number | null,
): string | undefined {
  if (uid !== null && ourUid !== null && uid !== ourUid) {
    return `it belongs to another user (uid ${uid})`;
  }
  const bits = (mode ?? 0) & 0o777;
  return (bits & 0o022) === 0
    ? undefined
    : `others may write into it (mode ${bits.toString(8).padStart(4, "0")})`;
}

/** Which of our files in a state directory is a symbolic link: we would write where it leads. */
export function linkIn(directory: string): string | undefined {
  const named: readonly string[] = Object.values(STATE_FILES);
  return [...Deno.readDirSync(directory)].find(({ name, isSymlink }) =>
    isSymlink && named.includes(name)
  )?.name;
}
