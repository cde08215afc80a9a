import { type FileLock, isLocked, tryLock, waitForLock } from "../files/lock.ts";
import { removeIfThere } from "../files/if_there.ts";
import { replaceFile, replaceFileAtOnce } from "../files/replace_file.ts";
import { buildId } from "../process/build_id.ts";
import { delay } from "../process/delay.ts";
import { isNear } from "../quota/nearness.ts";
import { type Log, openLog } from "./log.ts";
import { PLACE_SUFFIX } from "./queue.ts";
import {
  isOutdated,
  passPath,
  passText,
  requestsIn,
  type Wait,
  waitName,
  type Wish,
  wishPath,
} from "./requests.ts";
import { formatRevivals, type Revival } from "./revivals.ts";
import { formatState, type State } from "./state.ts";
import { StateDirectory } from "./state_directory.ts";
import { presentIn, type Waiting } from "./waiting.ts";
import { type HoldEvent, wakeHeld, wakeThese } from "./wake.ts";

/** Longer than any source takes: who waits this long waits for a process that is stopped. */
const ASK_TIMEOUT_MS = 45_000;

/** Writing takes milliseconds. */
const RECORD_TIMEOUT_MS = 5_000;

/** Who takes a place says so in the same moment. */
const EMPTY_AFTER_MS = 60_000;

/** Who hands its wait over to the program is in no place for a moment. */
const FRESH_MS = 60_000;

/** No turn goes on for longer without a model request, in milliseconds. */
const MARK_FORGOTTEN_AFTER_MS = 86_400_000;

/** What a session was told so long ago is of a window that has reset, in milliseconds. */
const TOLD_FORGOTTEN_AFTER_MS = 8 * 86_400_000;

/**
 * A state directory for a process that was started in it, and so may write there: the only way that
 * what lies there changes, but for the requests of others. Needs read and write permission.
 */
export class OwnStateDirectory extends StateDirectory {
  /**
   * Takes the lock that makes this process the daemon, for its life.
   *
   * @param sees Programs on PATH that it may read the quota with; it is written down.
   * @param rules The settings that it was started with as options; the same goes for them.
   * @returns undefined when another daemon has it.
   * @throws When the directory cannot be written.
   */
  async lockForDaemon(
    sees: readonly string[],
    rules: readonly string[],
  ): Promise<FileLock | undefined> {
    const path = this.file("daemonLock");
    for (;;) {
      // A guard that looks whether the daemon lives holds the lock for an instant; that is no daemon.
      const lock = tryLock(path, `${buildId()}\n${sees.join(" ")}\n${rules.join(" ")}\n`);
      if (lock || isLocked(path)) return lock;
      await delay(Math.random() * 10);
    }
  }

  /**
   * One at a time asks for the quota. Undefined after a timeout: who is stopped while he asks must not
   * keep everyone in the dark.
   */
  lockToAsk(): Promise<FileLock | undefined> {
    return waitForLock(this.file("pollLock"), ASK_TIMEOUT_MS);
  }

  /** One at a time records a reading; at once where nobody does. Undefined after a timeout. */
  async lockToRecord(): Promise<FileLock | undefined> {
    const path = this.file("recordLock");
    return tryLock(path) ?? await waitForLock(path, RECORD_TIMEOUT_MS);
  }

  /**
   * Writes `state.json` and keeps the gate for the hooks: the only place that does. The caller holds
   * the lock for it, so there is one writer at a time; a reader sees the old or the new file, whole.
   * Nothing is waited for, since a session may be about to look: a block closes the gate first.
   *
   * @throws When the file cannot be written.
   */
  commit(state: State): void {
    const { status, guard } = state;
    const passes = status === "open" || (status === "unknown" && guard.unknownHoldSeconds === 0);
    if (!passes) this.closeGate();
    replaceFileAtOnce(this.file("state"), formatState(state), 0o600);
    if (passes) this.#openGate(state);
  }

  /**
   * Opens the gate: a file that says, in a form that a POSIX shell can test without starting anything,
   * that nobody is to be held. It holds the state's status, or `near` where a session that is about to
   * ask the model had better look into its own file first, and the daemon's pid where one lives. Its
   * modification time is the instant until which it may be believed: when the reading is stale.
   *
   * It may be missing, old or broken at any time: then a hook starts the program, which looks at the
   * state itself. So it is written after an open state, and removed before a blocked one.
   */
  #openGate({ status, windows, guard, readAt }: State): void {
    const word = status === "open" && isNear(windows, guard.holdAt) ? "near" : status;
    const pid = this.isDaemonAlive() ? this.daemonPid() : undefined;
    const text = pid === undefined ? word : `${word} ${pid}`;
    const until = new Date(readAt.getTime() + guard.maxStateAgeSeconds * 1000);
    replaceFileAtOnce(this.file("gate"), `${text}\n`, 0o600, until);
  }

  /**
   * Closes the gate: hooks start the program again. One call, since a session may be about to look.
   *
   * @throws When it is there and cannot be removed.
   */
  closeGate(): void {
    try {
      Deno.removeSync(this.file("gate"));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** One at a time brings sessions back. Undefined while somebody else does. */
  lockToRevive(): FileLock | undefined {
    return tryLock(this.file("reviveLock"));
  }

  /**
   * Writes down what is to be done about sessions that died, or was done: on the disk when this returns.
   * The caller holds the lock for it.
   *
   * @throws When the file cannot be written.
   */
  async commitRevivals(revivals: readonly Revival[]): Promise<void> {
    await replaceFile(this.file("revivals"), formatRevivals(revivals), 0o600);
  }

  /** Tells those that are held what has happened; it never throws. */
  wake(event: HoldEvent): Promise<void> {
    return wakeHeld(this, event);
  }

  /**
   * Asks something of those that wait, and tells them. One that is released is not held again in the
   * block that is on, where its session is known.
   *
   * @throws When it cannot be written: then nothing is asked of those that are left.
   */
  async ask(wish: Wish, waiting: readonly Waiting[]): Promise<void> {
    Deno.mkdirSync(this.file("requests"), { recursive: true, mode: 0o700 });
    const pass = passText(this.state());
    for (const wait of waiting) {
      const { session } = wait;
      if (wish === "release" && session !== undefined && pass !== undefined) {
        replaceFileAtOnce(passPath(this, session), pass, 0o600);
      }
      replaceFileAtOnce(wishPath(this, wish, wait), "", 0o600);
    }
    // A script knows what a release is; how a call is denied the program says.
    await wakeThese(this, waiting, wish === "release" ? "released" : "look");
  }

  /** Removes what was asked of those that have heard it. It never throws. */
  async removeAsked(wish: Wish, waiting: readonly Wait[]): Promise<void> {
    const paths = waiting.map((wait) => wishPath(this, wish, wait));
    await Promise.all(paths.map((path) => removeIfThere(path).catch(() => {})));
  }

  /** Removes what was asked of those that wait no more, or in an earlier block. It never throws. */
  async removeOldRequests(now: Date): Promise<void> {
    if (requestsIn(this).length === 0) return;
    const waits = new Set((await presentIn(this)).map(waitName));
    const isMeant = (name: string) => isOutdated(this, name, waits);
    await removeOlder(this.file("requests"), FRESH_MS, now, isMeant);
  }

  /** The log, 0600, capped. */
  log(now: () => Date): Log {
    return openLog(this.file("log"), now);
  }

  /** Makes the directory for turns' marks. It never throws: without marks, tool calls are held too. */
  prepareTurns(): void {
    try {
      Deno.mkdirSync(this.file("turns"), { recursive: true, mode: 0o700 });
    } catch {
      // The hook script tries to make it as well.
    }
  }

  /** Removes the directory if no mark is in it. It never throws. */
  async removeTurnsIfEmpty(): Promise<void> {
    try {
      await Deno.remove(this.file("turns"));
    } catch {
      // There are marks, of turns that go on.
    }
  }

  /** Removes the places of those that were killed before they said who they are. It never throws. */
  async removeEmptyPlaces(now: Date): Promise<void> {
    const isEmpty = (name: string, { size, isFile }: Deno.FileInfo) =>
      isFile && size === 0 && name.endsWith(PLACE_SUFFIX);
    await removeOlder(this.file("queue"), EMPTY_AFTER_MS, now, isEmpty);
  }

  /** Removes the marks of turns that have ended long ago, and what was told then. It never throws. */
  async removeOldMarks(now: Date): Promise<void> {
    await removeOlder(this.file("turns"), MARK_FORGOTTEN_AFTER_MS, now);
    await removeOlder(this.file("statusLine"), TOLD_FORGOTTEN_AFTER_MS, now);
  }
}

/**
 * Removes what lies in a directory and was not changed for so long; where a link leads nothing is ours.
 * It never throws.
 */
async function removeOlder(
  directory: string,
  ms: number,
  now: Date,
  isMeant = (_name: string, _info: Deno.FileInfo) => true,
): Promise<void> {
  try {
    if ((await Deno.lstat(directory)).isSymlink) return;
    for await (const { name } of Deno.readDir(directory)) {
      const info = await Deno.lstat(`${directory}/${name}`);
      const age = info.mtime ? now.getTime() - info.mtime.getTime() : 0;
      if (age <= ms || !isMeant(name, info)) continue;
      // What cannot be removed, a directory say, keeps nothing else.
      await Deno.remove(`${directory}/${name}`).catch(() => {});
    }
  } catch {
    // Another daemon was faster, or there is none.
  }
}
