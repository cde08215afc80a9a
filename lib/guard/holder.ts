import type { GuardOptions } from "./arguments.ts";

/** Who is held. */
export interface Holder {
  readonly options: GuardOptions;
  /** The state directory. */
  readonly directory: string;
  /** The pid of what called this program: the harness, or the hook script where that waits. */
  readonly parent: number;
}
