/**
 * The directory of the history in a state directory; see `lib/history`. It is one of its own, since who
 * watches a directory opens and closes the files that change there (Deno.watchFs, 2.7), and with any
 * such closing a process loses all its POSIX locks on the file: SQLite's, by which the others know that
 * it is there. The daemon was killed by SIGBUS that way.
 */
export const HISTORY_DIRECTORY = "history";

/** The history's file there. SQLite keeps two more beside it. */
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

/** A file in the state directory that is touched when the history has grown: who follows it watches this. */
export const HISTORY_MARK = "quota-sentry.history";
