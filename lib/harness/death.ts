import type { QuotaWindow } from "../quota/window.ts";

/** A session that died at the wall, as its file tells: the last that it says is that it was refused. */
export interface Death {
  /** The harness's id of the session, and of the turn that was cut off. */
  readonly session: string;
  readonly turn: string;
  /** Its file, links resolved. */
  readonly file: string;
  readonly diedAt: Date;
  /** When all windows that were spent have reset; undefined where its file does not tell. */
  readonly resetsAt: Date | undefined;
  /** As they were when it died; none where its file does not tell. */
  readonly windows: readonly QuotaWindow[];
  /**
   * A `run` has ended with it; in a `terminal` it stands idle until somebody types; `elsewhere` is an
   * app.
   */
  readonly place: "run" | "terminal" | "elsewhere";
  /** The directory that it works in, absolute. */
  readonly directory: string;
  /** What goes on with it, but for the message, which stands behind: a program and its arguments. */
  readonly resume: readonly string[];
  /** Why nobody but a person is to go on with it; undefined where nothing speaks against it. */
  readonly doubt: string | undefined;
}

/** What came of bringing a session back. */
export type BroughtBack =
  | { readonly kind: "done" }
  /** Nothing was done, for that reason. */
  | { readonly kind: "not-done"; readonly why: string }
  /** It was asked for, and nothing has come of it yet. */
  | { readonly kind: "pending"; readonly why: string; readonly sent?: SentMessage };

/** A message that waits to begin its turn. */
export interface SentMessage {
  /** The harness's id of it. */
  readonly id: string;
  /** A goal of the session was made active for it. */
  readonly hasGoal: boolean;
}

/** What has become of such a message. */
export type SentFate =
  | "waits"
  /** It has begun its turn, or somebody has removed it. */
  | "gone"
  /** Somebody else's turn was first: it was removed. */
  | "taken-back";
