import { namesIn } from "../files/names_in.ts";

/** A file of a directory, as others may be told of it. */
export interface FileFact {
  readonly name: string;
  readonly kind: "file" | "directory" | "link" | "other";
  /** In bytes; of a directory, how much is in it. */
  readonly size: number;
  /** Permission bits, octal. */
  readonly mode: string | null;
  readonly changedAt: Date | null;
  /** False where it is another user's. */
  readonly isOurs: boolean;
}

/** What is in a directory, and it itself as `.`; nothing where it is not there. Needs read permission. */
export function filesIn(directory: string): FileFact[] {
  return [".", ...namesIn(directory)].flatMap((name) => {
    try {
      const info = Deno.lstatSync(`${directory}/${name}`);
      const { isFile, isDirectory, isSymlink, mode, mtime, uid } = info;
      return [{
        name,
        kind: isFile ? "file" : isDirectory ? "directory" : isSymlink ? "link" : "other",
        size: isDirectory ? namesIn(`${directory}/${name}`).length : info.size,
        mode: mode === null ? null : (mode & 0o7777).toString(8),
        changedAt: mtime,
        isOurs: uid === null || uid === Deno.uid(),
      }];
    } catch {
      return [];
    }
  });
}
