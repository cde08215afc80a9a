/** How the daemon's process tells the one that started it what happened; from sysexits.h. */
export const DAEMON_EXIT = {
  /** EX_CANTCREAT: the state directory cannot be written. */
  cannotWrite: 73,
  /** EX_TEMPFAIL: another daemon has the lock. */
  alreadyRunning: 75,
} as const;
