import type { BroughtBack, Death, SentFate, SentMessage } from "./death.ts";

/** What is known of a death, and was written down when it was first seen. */
export interface NotedDeath {
  /** What its directory's repository had checked out then. */
  readonly checkedOut?: string;
}

/** What tells one death from others, and where it is written. */
export type DeathMark = Pick<Death, "session" | "turn" | "file">;

/** What a harness could do for a session that died, on this machine. */
export interface Means {
  /** It can have sessions in terminals go on. */
  readonly isAble: boolean;
  readonly text: string;
}

/** What a harness knows of sessions that died at the wall, and can do about them, in one of its homes. */
export interface Wall {
  /** Those that died and with which nobody has gone on, the last one first. Starts nothing. */
  deaths(now: Date): Promise<Death[]>;
  /** What a program of the harness gets in its environment that is to have this home. */
  readonly environment: Readonly<Record<string, string>>;
  /** @param version The harness's; undefined where it could not be asked. */
  means(version: string | undefined): Means;
  /** False once anything stands behind that death in the session's file. */
  isStillDead(death: Death): Promise<boolean>;
  /** What its directory's repository has checked out; undefined where there is none. */
  checkedOut(death: Death): string | undefined;
  /**
   * One at a time brings sessions of this home back, whichever state directory it uses. Undefined while
   * somebody else does, or where there is nothing to lock.
   */
  lock(): Disposable | undefined;
  /** Why only a person is to decide about it; undefined where nothing speaks against it. */
  doubt(death: Death, noted: NotedDeath | undefined): Promise<string | undefined>;
  /** Why nobody can have it go on where it stands; undefined where that can be. */
  obstacle(death: Death): Promise<string | undefined>;
  /**
   * Has it go on with this message, in the place where it stands, and waits until it does.
   *
   * @param signal Ends that wait.
   */
  goOn(death: Death, message: string, signal?: AbortSignal): Promise<BroughtBack>;
  /**
   * Looks what has become of a message that waits; it is taken back where somebody else was faster.
   *
   * @throws When that cannot be told.
   */
  followUp(death: DeathMark, sent: SentMessage, signal?: AbortSignal): Promise<SentFate>;
}
