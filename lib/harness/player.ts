/** How much of a window is used, and when it resets. */
export interface Limits {
  /** Percent of the 5-hour window. */
  readonly usedPercent: number;
  readonly resetsAt: Date;
}

/** A session that a simulation writes down as its harness would. */
export interface PlayedSession extends Disposable {
  readonly id: string;
  readonly turn: string;
  /** Writes some of the lines that come before a reading. */
  work(lines: number): void;
  /** Writes the line with the reading, which comes last. */
  tell(limits: Limits): void;
  /** Writes down that a request was refused at the wall: the turn is dead. */
  die(limits: Limits): void;
  /** What the harness writes to a hook that stands before a request to the model, or before a tool. */
  hookInput(before: "model" | "tool"): string;
}

/** What a simulation needs of a harness to play its sessions. */
export interface Player {
  /** The name of the variable that names its home. */
  readonly variable: string;
  /** The directory of its sessions, below a home. */
  readonly sessions: string;
  /** Lines that a request leaves behind, the one with the reading included. */
  readonly linesPerRequest: number;
  /** Begins a session. Needs read and write permission below `home`. */
  begin(home: string, now: Date): PlayedSession;
}
