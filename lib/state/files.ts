/** The files of a state directory. One daemon and any number of guards share them. */
export const STATE_FILES = {
  /** The latest decision; see `state.ts`. */
  state: "state.json",
  /** Locked by the daemon for its whole life: whoever holds the lock is the daemon. */
  daemonLock: "quota-sentry.lock",
  /** Locked while somebody reads the quota and writes the state. */
  pollLock: "quota-sentry.poll.lock",
  /** The daemon's process id, for people. */
  pid: "quota-sentry.pid",
  /** The daemon's log. */
  log: "quota-sentry.log",
  /** The log before this one. */
  oldLog: "quota-sentry.log.1",
  /** Asks the daemon to end. */
  stop: "quota-sentry.stop",
  /** A directory whose files are the places of those that are held, in order of arrival. */
  queue: "queue",
  /** The script of the simulated source. */
  simulation: "simulation.json",
} as const;
