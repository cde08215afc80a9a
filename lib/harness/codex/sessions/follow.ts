import { join } from "@std/path";
import { delay } from "../../../process/delay.ts";
import type { Follower, FollowerOptions, FollowMode } from "../../../quota/follower.ts";
import { messageOf } from "../../../text/message_of.ts";
import { FollowedFiles } from "./followed_files.ts";
import { isRollout, recentRollouts, rollouts, SESSIONS } from "./rollout_files.ts";

/** What of {@linkcode Deno.watchFs} is needed. */
export type Watcher = AsyncIterable<Deno.FsEvent> & Disposable;

/** Whom to follow, and whom to tell. */
export interface FollowOptions extends FollowerOptions {
  /** Codex's directory. */
  readonly home: string;
  /** Called when the mode has changed. */
  readonly onMode?: (mode: FollowMode) => void;
  /** @default Deno.watchFs, with all that is below */
  readonly watch?: (path: string) => Watcher;
}

/** How often to look whether there is a directory to follow. */
const FIND_EVERY_MS = 2000;

/** How often to look at the newest files where no events come. */
const LOOK_EVERY_MS = 1000;

/** The same while nobody works: nothing has changed for {@linkcode IDLE_AFTER_MS}. */
const LOOK_IDLY_EVERY_MS = 10_000;
const IDLE_AFTER_MS = 10 * 60_000;

/** How late the event of a change may come, on a busy machine. */
const EVENT_WITHIN_MS = 2000;

/** Events tell again where they came first so much more often than looks, which may be a race. */
const EVENTS_PER_LOOK = 10;

/** A folder's first files may be there before it is watched; then they are seen the second time. */
const LOOK_AGAIN_MS = 100;

/** Files that are looked at in one look, and how many of these may be ones not met before. */
const MAX_LOOKED_AT = 64;
const MAX_NEW_LOOKED_AT = 32;

/** The same when events were lost: 5 ms. */
const MAX_LOOKED_AT_AFTER_LOSS = 512;

/**
 * Deno before 2.9 queues 16 events and drops the others without a word (denoland/deno#11373). Where
 * so many are taken from it within this time, some may be missing: busy sessions make 5 in 100 ms.
 */
const QUEUED_EVENTS = 16;
const BURST_MS = 25;

/** A session that began yesterday goes on in yesterday's folder; a third one for other time zones. */
const FOLDERS_LOOKED_AT = 3;

/** Files that are met at the start; the others are met when they grow. */
const MAX_MET_FILES = 5000;

/** Files that are met before others may run: some 10 µs each. */
const MET_AT_ONCE = 100;

/** How far a file's time of change may be behind the clock: the kernel's tick, and a little more. */
const MTIME_LAG_MS = 20;

/** Where the day folders are, after links. */
interface Root {
  readonly path: string;
  readonly dev: number;
  readonly ino: number | null;
}

/**
 * Follows the files of all sessions below `HOME/sessions`, and tells each reading as it is written:
 * about a millisecond after the line is on the disk. What stood in the files before is not told.
 * Needs read permission.
 */
export class SessionFollower implements Follower {
  readonly #options: FollowOptions;
  readonly #files = new FollowedFiles();
  #mode: FollowMode = "off";
  #problem: string | undefined;
  /** Ends one round, in which one directory is followed in one mode; then another begins. */
  #round: AbortController | undefined;
  #root: Root | undefined;
  /** A directory whose files grow without events. */
  #silent: Root | undefined;
  /** Files that grew, of which no event has told yet. */
  readonly #untold = new Set<string>();
  /** How often since the last check an event, or a look, was the first to tell that a file grew. */
  #byEvent = 0;
  #byLook = 0;
  /** Files that were changed later than this are read when they are met. */
  #sinceMs = Infinity;
  /** When a file last grew, and when the latest events came, on the monotonic clock. */
  #grewAtMs = 0;
  #eventsAtMs: number[] = [];

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  get mode(): FollowMode {
    return this.#mode;
  }

  /** Follows until the signal fires. May be run once. */
  async run(signal: AbortSignal): Promise<void> {
    this.#sinceMs = this.#options.now().getTime() - MTIME_LAG_MS;
    while (!signal.aborted) {
      const round = new AbortController();
      const end = () => round.abort();
      signal.addEventListener("abort", end, { once: true });
      this.#round = round;
      try {
        await this.#follow(round);
      } catch (error) {
        this.#tell(`Codex's session files cannot be followed: ${messageOf(error)}`);
        await delay(FIND_EVERY_MS, signal);
      } finally {
        round.abort();
        signal.removeEventListener("abort", end);
      }
    }
    this.#round = undefined;
    this.#files[Symbol.dispose]();
    this.#switchTo("off");
  }

  /**
   * Looks once at what no event told of; to be called now and then. Where files grew without an event
   * they are looked at from then on; where they are looked at already, events are tried anew.
   */
  check(): void {
    // It has not begun, or is about to look at all files.
    if (!this.#round || (this.#mode === "off" && this.#root)) return;
    if (this.#byEvent > EVENTS_PER_LOOK * this.#byLook) this.#silent = undefined;
    this.#byEvent = this.#byLook = 0;
    if (this.#mode !== "events" || !isSame(this.#root, findRoot(this.#options.home))) {
      return this.#round.abort();
    }
    for (const path of this.#look()) this.#untold.add(path);
    if (this.#untold.size > 0) void this.#awaitEvents(this.#round);
  }

  async #follow(round: AbortController): Promise<void> {
    const root = findRoot(this.#options.home);
    this.#root = root;
    if (!root) {
      this.#switchTo("off");
      return await delay(FIND_EVERY_MS, round.signal);
    }
    this.#untold.clear();
    await this.#meetAll(root, round.signal);
    if (round.signal.aborted) return;
    const watcher = this.#watch(root);
    const close = () => watcher?.[Symbol.dispose]();
    round.signal.addEventListener("abort", close, { once: true });
    try {
      const isLooking = !watcher || isSame(root, this.#silent);
      this.#switchTo(isLooking ? "looking" : "events");
      // What was written since the files were met, before there was a watcher.
      this.#look();
      await Promise.all([
        watcher && this.#handleEvents(watcher, root, round),
        isLooking && this.#lookOnAndOn(root, round),
      ]);
    } finally {
      close();
    }
  }

  /** Learns where the files end now, and reads those that were changed since we follow. */
  async #meetAll(root: Root, signal: AbortSignal): Promise<void> {
    const files = await recentRollouts(root.path, { changedSinceMs: 0, maxFiles: MAX_MET_FILES });
    // Those that changed last are to be remembered longest.
    for (const [index, { path, changedAtMs }] of files.reverse().entries()) {
      if (index % MET_AT_ONCE === 0) await delay(0);
      if (signal.aborted) return;
      if (changedAtMs >= this.#sinceMs) this.#read(path);
      else if (!this.#files.has(path)) this.#files.meet(path);
    }
  }

  #watch(root: Root): Watcher | undefined {
    const watch = this.#options.watch ?? Deno.watchFs;
    try {
      const watcher = watch(root.path);
      if (!isSame(root, this.#silent)) this.#problem = undefined;
      return watcher;
    } catch (error) {
      const why = messageOf(error);
      this.#tell(`Codex's session files cannot be watched, but are looked at each second: ${why}`);
      return undefined;
    }
  }

  async #handleEvents(watcher: Watcher, root: Root, round: AbortController): Promise<void> {
    try {
      for await (const event of watcher) {
        if (round.signal.aborted) break;
        this.#handle(event, root, round);
        if (event.flag === "rescan" || this.#isBurst()) this.#lookTwice(round.signal, true);
      }
    } finally {
      round.abort();
    }
  }

  #handle({ kind, paths }: Deno.FsEvent, root: Root, round: AbortController): void {
    // The end of a write, of which an earlier event has told.
    if (kind === "access") return;
    for (const path of paths) {
      if (isRollout(path)) {
        this.#untold.delete(path);
        if (this.#read(path)) this.#byEvent++;
      } else if (path === root.path && (kind === "remove" || kind === "rename")) {
        round.abort();
      } else if (kind === "create" || kind === "rename") {
        this.#lookTwice(round.signal);
      }
    }
  }

  /** True when so many events came that some were probably lost. */
  #isBurst(): boolean {
    const latest = this.#eventsAtMs;
    latest.push(performance.now());
    if (latest.length < QUEUED_EVENTS) return false;
    if (latest.at(-1)! - latest.shift()! > BURST_MS) return false;
    latest.length = 0;
    return true;
  }

  /** Looks at once, and again when what is being made now is complete. */
  #lookTwice(signal: AbortSignal, isAfterLoss = false): void {
    const count = isAfterLoss ? MAX_LOOKED_AT_AFTER_LOSS : MAX_LOOKED_AT;
    this.#look(count);
    // What grew without an event is explained by this.
    this.#untold.clear();
    void delay(LOOK_AGAIN_MS, signal).then(() => signal.aborted || this.#look(count));
  }

  /** Turns to looking when files have grown of which no event tells. */
  async #awaitEvents(round: AbortController): Promise<void> {
    await delay(EVENT_WITHIN_MS, round.signal);
    if (round.signal.aborted || this.#untold.size === 0) return;
    this.#silent = this.#root;
    this.#tell("Codex's session files change without notice, and are looked at each second");
    round.abort();
  }

  async #lookOnAndOn(root: Root, round: AbortController): Promise<void> {
    while (!round.signal.aborted) {
      const isIdle = performance.now() - this.#grewAtMs > IDLE_AFTER_MS;
      await delay(isIdle ? LOOK_IDLY_EVERY_MS : LOOK_EVERY_MS, round.signal);
      if (round.signal.aborted) return;
      if (!isSame(root, findRoot(this.#options.home))) return round.abort();
      this.#look();
    }
  }

  /** Looks at the newest files; returns those that grew. */
  #look(count = MAX_LOOKED_AT): string[] {
    const root = this.#root;
    if (!root) return [];
    const unmet = [...rollouts(root.path, FOLDERS_LOOKED_AT)].filter((path) =>
      !this.#files.has(path)
    )
      .slice(0, MAX_NEW_LOOKED_AT);
    const met = this.#files.latest(count - unmet.length);
    const grown = [...met, ...unmet].filter((path) => this.#read(path));
    this.#byLook += grown.length;
    return grown;
  }

  /** Reads what was appended to a file, and tells the reading in it; true when it grew. */
  #read(path: string): boolean {
    const { growth, reading } = this.#files.read(path, this.#options.now());
    if (growth === "grew") this.#grewAtMs = performance.now();
    if (reading) {
      try {
        this.#options.onReading(reading);
      } catch (error) {
        this.#tell(`a reading of Codex's session files was not taken: ${messageOf(error)}`);
      }
    }
    return growth === "grew";
  }

  #switchTo(mode: FollowMode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#options.onMode?.(mode);
  }

  /** Tells a problem once, not at each try. */
  #tell(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onProblem?.(problem);
  }
}

/** The directory that is meant now; undefined when there is none. */
function findRoot(home: string): Root | undefined {
  try {
    const path = Deno.realPathSync(join(home, SESSIONS));
    const { isDirectory, dev, ino } = Deno.statSync(path);
    return isDirectory ? { path, dev, ino } : undefined;
  } catch {
    return undefined;
  }
}

function isSame(a: Root | undefined, b: Root | undefined): boolean {
  return a?.path === b?.path && a?.dev === b?.dev && a?.ino === b?.ino;
}
