/** The files of a state directory. One daemon and any number of guards share them. */
export const STATE_FILES = {
  /** The latest decision; see `state.ts`. */
  state: "state.json",
  /** There while nobody is to be held; see `own_state_directory.ts`. */
  gate: "quota-sentry.gate",
  /** Locked by the daemon for its whole life: whoever holds the lock is the daemon. */
  daemonLock: "quota-sentry.lock",
  /** Locked while somebody asks for the quota. */
  pollLock: "quota-sentry.poll.lock",
  /** Locked for the moment in which a reading is settled with the state and written. */
  recordLock: "quota-sentry.record.lock",
  /** Its modification time is set to now, for shells to compare others with. */
  now: "quota-sentry.now",
  /** A mark for each turn whose model requests are guarded. */
  turns: "turns",
  /** What Claude Code's sessions were told of the quota, a file each; their status line writes it. */
  statusLine: "statusline",
  /** The daemon's process id, for people. */
  pid: "quota-sentry.pid",
  /** The daemon's log. */
  log: "quota-sentry.log",
  /** Holds the instant until which the user has paused the guard. */
  pause: "quota-sentry.pause",
  /** Asks the daemon to end. */
  stop: "quota-sentry.stop",
  /** The places of those that are held, in order of arrival, and their pipes. */
  queue: "queue",
  /** What is asked of those that are held; see `requests.ts`. */
  requests: "requests",
  /** What the harness said of our hooks when it was last asked; see `lib/harness/seen.ts`. */
  hooks: "quota-sentry.hooks.json",
  /** Locked while somebody asks it. */
  hooksLock: "quota-sentry.hooks.lock",
  /** Whose home it is for; see `homes.ts`. */
  home: "quota-sentry.home",
  /** What was done about sessions that died at the wall; see `revivals.ts`. */
  revivals: "quota-sentry.revivals.json",
  /** Locked while somebody does something about them. */
  reviveLock: "quota-sentry.revive.lock",
  /** The script of the simulated source. */
  simulation: "simulation.json",
} as const;
