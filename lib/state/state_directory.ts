import { isLocked } from "../files/lock.ts";
import { smallText } from "../files/small_text.ts";
import { parseTimestamp } from "../text/timestamp.ts";
import { STATE_FILES } from "./files.ts";
import { isForeign } from "./owned.ts";
import { readState, type State } from "./state.ts";

/** An id as a harness gives it: it becomes the name of a file. */
const TURN = /^[\w-]{1,80}$/;

/**
 * A state directory, as everybody may look at it: what lies there, and what it says now. It is on the
 * hooks' hot path, hence synchronous. Who may change it is an `OwnStateDirectory`; all others leave
 * requests in it. Needs read permission.
 */
export class StateDirectory {
  /** @param path Absolute; it need not be there. */
  constructor(readonly path: string) {}

  /** The path of one of its files. */
  file(name: keyof typeof STATE_FILES): string {
    return `${this.path}/${STATE_FILES[name]}`;
  }

  /** What was decided last; undefined when there is none that can be understood. */
  state(): State | undefined {
    return readState(this.file("state"));
  }

  /** True while a daemon holds the lock. */
  isDaemonAlive(): boolean {
    return isLocked(this.file("daemonLock"));
  }

  /** The pid that the daemon wrote down; meaningful while it is alive. */
  daemonPid(): number | undefined {
    const text = smallText(this.file("pid"))?.trim() ?? "";
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  }

  /** Until when the user has paused the guard; undefined when it is not paused at `now`. */
  pausedUntil(now: Date): Date | undefined {
    const until = parseTimestamp(smallText(this.file("pause"))?.trim() ?? "");
    return until && until > now ? until : undefined;
  }

  /**
   * Whether it is ours alone to write into, or is not there yet: somebody else could say there what he
   * likes, and have us write where he likes. Needs to know who we are.
   */
  isOurs(): boolean {
    try {
      return !isForeign(Deno.statSync(this.path), Deno.uid());
    } catch {
      // Whoever uses it finds out what is wrong with it.
      return true;
    }
  }

  /**
   * Path of the mark that the model's requests of a turn are guarded; the hook on such a request leaves
   * it, and the tool calls of the same turn then need not be held. Undefined for what is no turn's id.
   */
  turnMark(turn: string | undefined): string | undefined {
    return turn !== undefined && TURN.test(turn) ? `${this.file("turns")}/${turn}` : undefined;
  }

  /** True where the model's requests of this turn are guarded. */
  isMarked(turn: string | undefined): boolean {
    const path = this.turnMark(turn);
    try {
      return path !== undefined && Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }
}
