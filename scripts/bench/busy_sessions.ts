/**
 * A worker whose sessions are busy: each makes a request every few seconds, and writes the lines of it
 * when the answer has ended, and when its tools have. It has a thread of its own, so that what is
 * measured does not wait for it.
 */
import { LINES_PER_REQUEST, SessionFile } from "../../lib/harness/codex/sessions/played_session.ts";

/** What the worker is told. */
export interface Busy {
  /** Codex's directories. */
  readonly homes: readonly string[];
  /** Sessions in each. */
  readonly sessions: number;
  /**
   * For each home, what is used in percent and when that resets in milliseconds since 1970; it is read
   * anew for each line.
   */
  readonly truth: Float64Array<SharedArrayBuffer>;
}

/** From one request of a session to the next, in milliseconds. */
const REQUEST_EVERY_MS = 4000;

/** Lines that are written when the answer has ended; the others, when its tools have. */
const ANSWER_LINES = 6;

/** From one line to the next of those that are written together, as Codex 0.169 stamped them. */
const BETWEEN_LINES_MS = 2;

/** Nothing is told of a window that is about to reset, in milliseconds. */
const BEFORE_RESET_MS = 20;

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function work(home: string, told: () => [number, number]): Promise<never> {
  await delay(Math.random() * REQUEST_EVERY_MS);
  const file = new SessionFile(home, new Date());
  for (;;) {
    for (let line = 1; line < LINES_PER_REQUEST; line++) {
      file.work(1);
      await delay(line === ANSWER_LINES ? REQUEST_EVERY_MS / 2 : BETWEEN_LINES_MS);
    }
    const [usedPercent, resetsAtMs] = told();
    if (resetsAtMs > Date.now() + BEFORE_RESET_MS) {
      file.tell({ usedPercent, resetsAt: new Date(resetsAtMs) });
    }
    await delay(REQUEST_EVERY_MS / 2);
  }
}

self.addEventListener("message", (event: Event) => {
  const { homes, sessions, truth } = (event as MessageEvent<Busy>).data;
  for (const [index, home] of homes.entries()) {
    for (let session = 0; session < sessions; session++) {
      void work(home, () => [truth[2 * index]!, truth[2 * index + 1]!]);
    }
  }
});
