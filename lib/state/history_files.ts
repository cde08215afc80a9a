/** The history's file in a state directory; SQLite keeps two more beside it. See `lib/history`. */
export const HISTORY_FILE = "quota-sentry.history.db";

/** What is put in the place of one that cannot be used. */
export const BROKEN_HISTORY_FILE = `${HISTORY_FILE}.broken`;

/** All files of the history. */
export const HISTORY_FILES: readonly string[] = [
  HISTORY_FILE,
  `${HISTORY_FILE}-wal`,
  `${HISTORY_FILE}-shm`,
  BROKEN_HISTORY_FILE,
];
