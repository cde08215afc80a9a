import type { Death } from "./death.ts";

/** What a command line is that has run without a terminal, and how it goes on. */
export type RunCommand =
  /** It is no run of this harness. */
  | { readonly kind: "other" }
  /** It is one, of which nobody can say how it goes on. */
  | { readonly kind: "unsure"; readonly why: string }
  | {
    readonly kind: "run";
    /** The directory that it is told to work in, as it was written; undefined for none. */
    readonly directory: string | undefined;
    /** The words that have a session go on, with this message. */
    resume(session: string, message: string): readonly string[];
  };

/** What a harness knows of its runs that have no terminal. */
export interface Runs {
  command(words: readonly string[]): RunCommand;
  /** Those sessions of this home that died at the wall. Starts nothing. */
  deaths(now: Date): Promise<readonly Death[]>;
  /** The one that a session's file tells; undefined where it did not die. */
  deathIn(path: string): Promise<Death | undefined>;
}
