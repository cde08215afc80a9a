import { changeElsewhere, type FileChange, writeElsewhere } from "../files/elsewhere.ts";
import { messageOf } from "../text/message_of.ts";
import { freeNameFor } from "./backup.ts";

/** Changes to several files that are made together: all of them, or what was made is put back. */
export class Changes {
  readonly #made: FileChange[] = [];

  /**
   * Makes one more, unless it changes nothing.
   *
   * @throws {ElsewhereError} When it cannot be made, or somebody else has changed the file meanwhile.
   */
  async make(change: FileChange): Promise<void> {
    if (change.before === change.after) return;
    await changeElsewhere(change);
    this.#made.push(change);
  }

  /** True when something has changed. */
  get areAny(): boolean {
    return this.#made.length > 0;
  }

  /**
   * Puts back what is still as it was made here. What somebody else has changed since is theirs: it
   * is left, and what was there before is kept beside it.
   *
   * @returns One sentence for each file that could not be put back.
   */
  async undo(): Promise<string[]> {
    const left: string[] = [];
    for (const { path, before, after, mode } of this.#made.splice(0).toReversed()) {
      try {
        await changeElsewhere({ path, before: after, after: before, mode });
      } catch (error) {
        const why = messageOf(error);
        left.push(`${path} was not put back (${why})${await kept(path, before, mode)}.`);
      }
    }
    return left;
  }
}

/** Says where the content before is kept. */
async function kept(path: string, before: string | undefined, mode: number): Promise<string> {
  if (before === undefined) return "; there was none before";
  try {
    const copy = await freeNameFor(path);
    await writeElsewhere(copy, before, mode);
    return `; what was in it before is in ${copy}`;
  } catch {
    return "";
  }
}
