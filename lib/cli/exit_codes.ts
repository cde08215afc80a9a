/**
 * Exit codes of the command line. 2 is not among them and never will be: a Codex hook that exits 2
 * denies the tool call.
 */
export const EXIT = {
  ok: 0,
  /** What was asked for could not be done; the message says why. */
  failed: 1,
  /** `--exit-code`: agents wait. */
  blocked: 10,
  /** `--exit-code`: the quota is not known; agents go on. */
  unknown: 11,
  /** `status --exit-code`: agents would not be held, since hooks or the daemon are missing. */
  unprotected: 12,
  /** EX_USAGE of sysexits.h: an unknown command, option or value. */
  usage: 64,
  /** EX_TEMPFAIL of sysexits.h: it is too early, or took too long; later it may be otherwise. */
  notYet: 75,
  /** Ended by a signal: this and the signal's number, as shells have it. */
  signalled: 128,
} as const;
