import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, toArguments } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { delay } from "../process/delay.ts";
import { spawnItself } from "../process/itself.ts";
import { briefLines } from "../report/brief.ts";
import { type Facts, type Report, reportOf } from "../report/report.ts";
import { screenOf } from "../report/screen.ts";
import { followDirectory } from "../state/follow_directory.ts";
import { FullScreen } from "../terminal/full_screen.ts";
import { outputOf } from "../terminal/output.ts";
import { laidOut } from "../terminal/wrap.ts";
import { forUser } from "../text/for_user.ts";
import { messageOf } from "../text/message_of.ts";
import { gather } from "./gather.ts";
import { allHomes, forEachHome } from "./target.ts";

/** Some things change without an event: a process that was killed, for one. In milliseconds. */
const LOOK_EVERY_MS = 60_000;

/** Times are told to the second. */
const TICK_MS = 1_000;

/** What a key was pressed for is said for so long, in milliseconds. */
const SAID_FOR_MS = 10_000;

/** Signals that end it, by their numbers. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** `watch`: what `status` tells, as it changes, until somebody has seen enough. */
export async function watch({ options }: Invocation): Promise<number> {
  if (!Deno.stdout.isTerminal() || !Deno.stdin.isTerminal()) {
    printError("watch is for a terminal; programs read quota-sentry status --json");
    return EXIT.failed;
  }
  using screen = new FullScreen({
    write: print,
    setRaw: (isRaw) => Deno.stdin.setRaw(isRaw),
    size: Deno.consoleSize,
  });
  // An error that nobody has caught ends the program at once, and must not leave the terminal so.
  globalThis.addEventListener("error", () => screen[Symbol.dispose]());
  globalThis.addEventListener("unhandledrejection", () => screen[Symbol.dispose]());
  return await new Watch(options, screen).run();
}

class Watch {
  readonly #options: Options;
  readonly #screen: FullScreen;
  readonly #end = new AbortController();
  #all: readonly Facts[] = [];
  #looking: Promise<void> | undefined;
  #isStale = false;
  #said: { readonly text: string; readonly untilMs: number } | undefined;

  constructor(options: Options, screen: FullScreen) {
    this.#options = options;
    this.#screen = screen;
  }

  /** Runs until a key or a signal ends it; gives the exit code. */
  async run(): Promise<number> {
    const { signal } = this.#end;
    let code: number = EXIT.ok;
    const listeners = Object.entries(SIGNALS).map(([name, number]) => {
      const listener = () => {
        if (name !== "SIGINT") code = EXIT.signalled + number;
        this.#end.abort();
      };
      Deno.addSignalListener(name as Deno.Signal, listener);
      return () => Deno.removeSignalListener(name as Deno.Signal, listener);
    });
    const resize = () => {
      this.#screen.resized();
      this.#draw();
    };
    Deno.addSignalListener("SIGWINCH", resize);
    try {
      await this.#look();
      const directories = new Set(this.#all.map(({ stateDirectory }) => stateDirectory));
      for (const path of directories) {
        void followDirectory(path, signal, () => void this.#look());
      }
      void this.#readKeys();
      for (let ticks = 1; !signal.aborted; ticks++) {
        await delay(TICK_MS, signal);
        if (ticks * TICK_MS % LOOK_EVERY_MS === 0) await this.#look();
        else this.#draw();
      }
      return code;
    } finally {
      this.#end.abort();
      Deno.removeSignalListener("SIGWINCH", resize);
      for (const remove of listeners) remove();
    }
  }

  /** Looks at all again, also at what changes meanwhile. */
  #look(): Promise<void> {
    this.#isStale = true;
    return this.#looking ??= this.#lookAtAll().finally(() => this.#looking = undefined);
  }

  async #lookAtAll(): Promise<void> {
    try {
      while (this.#isStale) {
        this.#isStale = false;
        const { live } = allHomes();
        const all: Facts[] = [];
        for (const each of forEachHome(this.#options)) {
          all.push(await gather(each, live, new Date()));
        }
        this.#all = all;
        this.#draw();
      }
    } catch (error) {
      this.#say(messageOf(error));
    }
  }

  #draw(): void {
    const now = new Date();
    const output = outputOf();
    const reports = this.#all.map((facts) => reportOf(facts, now));
    const [only] = reports;
    const lines = this.#options.all || !only
      ? reports.flatMap(briefLines).flatMap((line) => laidOut(line, output))
      : screenOf(only, output);
    this.#screen.draw(lines, this.#foot(reports, now), output);
  }

  #foot(reports: readonly Report[], now: Date): string {
    if (this.#said && now.getTime() < this.#said.untilMs) return this.#said.text;
    const waiting = reports.some((report) => report.waiting.length > 0);
    return [
      "q ends",
      isPaused(reports) ? "p resumes" : "p pauses for an hour",
      ...(waiting ? ["r releases all that are held"] : []),
    ].join("; ");
  }

  #say(text: string): void {
    this.#said = { text: forUser(text), untilMs: Date.now() + SAID_FOR_MS };
    this.#draw();
  }

  async #readKeys(): Promise<void> {
    const buffer = new Uint8Array(64);
    while (!this.#end.signal.aborted) {
      const length = await Deno.stdin.read(buffer).catch(() => null);
      // The terminal has gone.
      if (length === null) return this.#end.abort();
      for (const key of new TextDecoder().decode(buffer.subarray(0, length))) this.#press(key);
    }
  }

  #press(key: string): void {
    const reports = this.#all.map((facts) => reportOf(facts, new Date()));
    // Ctrl-C, as a terminal says it that hands on every key.
    if (key === "q" || key === "\x03") this.#end.abort();
    else if (key === "p") void this.#ask(isPaused(reports) ? ["resume"] : ["pause"]);
    else if (key === "r" && reports.some(({ waiting }) => waiting.length > 0)) {
      void this.#ask(["release", "--all"]);
    }
  }

  /** Has a command of ours do something in each home that is shown. */
  async #ask(words: readonly string[]): Promise<void> {
    try {
      for (const { home, provider, stateDirectory } of this.#all) {
        const where = { home, provider, stateDir: stateDirectory };
        const child = spawnItself({
          args: [...words, ...toArguments(where, ["home", "provider", "state-dir"])],
          stdout: "piped",
          stderr: "piped",
        });
        const { stdout, stderr } = await child.output();
        const [said, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
        // Whoever reads it may press the next key, which goes by what is known.
        await this.#look();
        this.#say(wrong || said!);
      }
    } catch (error) {
      this.#say(messageOf(error));
    }
  }
}

function isPaused(reports: readonly Report[]): boolean {
  return reports.length > 0 && reports.every(({ pausedUntil }) => pausedUntil !== undefined);
}
