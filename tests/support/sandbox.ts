import { assertEquals } from "@std/assert";
import { exists, existsSync } from "@std/fs/exists";
import { dirname, fromFileUrl, join } from "@std/path";
import { SYSTEM } from "../../lib/process/system.ts";
import { homeText } from "../../lib/state/homes.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { type Waiting, waitingIn } from "../../lib/state/waiting.ts";
import { processesIn, type RunningProcess } from "./processes.ts";
import { writeProgram } from "./programs.ts";

/** The compiled binary; `scripts/build` makes it. */
export const BINARY = fromFileUrl(new URL("../../dist/quota-sentry", import.meta.url));

/** How a run of a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** How to run the binary. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What stdin holds; without it stdin is /dev/null. */
  readonly stdin?: string;
}

/** What the fake codexbar does when it is called, in sh; `$here` is the sandbox's `bin`. */
export const CODEXBAR = {
  answers: 'cat "$here/answer.json"',
  hangs: "sleep 600",
  ignoresTerm: "trap '' TERM INT HUP; while :; do sleep 1; done",
  crashes: "kill -SEGV $$",
  diesHalfWay: 'head -c 200 "$here/answer.json"; kill -KILL $$',
  printsGarbage: "head -c 5000 /dev/urandom",
  floodsStdout: "yes '[[[[[[[[[[[[[[[[[[[[[[[['",
  floodsStderr: 'head -c 3000000 /dev/zero >&2; cat "$here/answer.json"',
  leavesChildOnPipe: 'sleep 600 & echo $! > "$here/left"; cat "$here/answer.json"',
} as const;

/** A home of its own for one test: state, Codex's directory, a fake codexbar; removed with all that runs in it. */
export class Sandbox implements AsyncDisposable {
  readonly root: string;
  readonly home: string;
  readonly stateDir: string;
  readonly codexHome: string;
  readonly bin: string;
  readonly #children: Deno.ChildProcess[] = [];

  /** @param stateName What the state directory is called. */
  constructor(stateName = "quota-sentry") {
    this.root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "qs-test-" }));
    this.home = join(this.root, "home");
    this.bin = join(this.root, "bin");
    this.codexHome = join(this.home, ".codex");
    this.stateDir = join(this.home, ".cache", stateName);
    for (const directory of [this.home, this.bin]) Deno.mkdirSync(directory);
    // Where it is found again by its name alone.
    if (SYSTEM.proc === undefined) {
      Deno.mkdirSync(join(this.root, "itself"));
      Deno.symlinkSync(BINARY, join(this.root, "itself", "quota-sentry"));
    }
  }

  /** The environment of all that runs here; nothing of the machine's gets in. */
  get env(): Record<string, string> {
    const itself = SYSTEM.proc === undefined ? `:${this.root}/itself` : "";
    return { HOME: this.home, PATH: `${this.bin}${itself}:/usr/bin:/bin`, TMPDIR: this.root };
  }

  /** Puts a fake codexbar on PATH. */
  codexbar(behaviour: string, answer?: unknown): void {
    if (answer !== undefined) this.answer(answer);
    this.executable(
      "codexbar",
      `#!/bin/sh\nhere='${this.bin}'\necho "$$ $*" >> "$here/calls"\n${behaviour}\n`,
    );
  }

  /** Changes what the fake codexbar answers, as a whole. */
  answer(answer: unknown): void {
    const text = typeof answer === "string" ? answer : JSON.stringify(answer);
    const path = join(this.bin, "answer.json");
    Deno.writeTextFileSync(`${path}.new`, text);
    Deno.renameSync(`${path}.new`, path);
  }

  /** One line for each call of the fake codexbar: its pid and arguments. */
  get calls(): string[] {
    return (readText(join(this.bin, "calls")) ?? "").split("\n").filter((line) => line !== "");
  }

  /** Puts a program on PATH. */
  executable(name: string, text: string): string {
    const path = join(this.bin, name);
    writeProgram(path, text);
    return path;
  }

  /** The state as it is on disk. */
  get state(): Record<string, unknown> | undefined {
    const text = readText(join(this.stateDir, "state.json"));
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Writes a state as the binary would. */
  writeState(fields: Record<string, unknown>): void {
    Deno.mkdirSync(this.stateDir, { recursive: true, mode: 0o700 });
    const path = join(this.stateDir, "state.json");
    Deno.writeTextFileSync(`${path}.new`, JSON.stringify({ updatedAt: iso(-1), ...fields }));
    Deno.renameSync(`${path}.new`, path);
  }

  /** Writes a state that blocks for some seconds from now. */
  writeBlock(seconds: number, fields: Record<string, unknown> = {}): Date {
    const blockedUntil = iso(seconds);
    this.writeState({
      status: "blocked",
      reason: "test",
      windowMinutes: 300,
      blockedUntil,
      ...fields,
    });
    return new Date(blockedUntil);
  }

  /** Writes settings into the user's file, as `config set` would; `windows.weekly.mode` is a key. */
  configure(settings: Readonly<Record<string, unknown>>): void {
    const path = join(this.home, ".config", "quota-sentry", "config.json");
    const file = JSON.parse(readText(path) ?? "{}");
    for (const [key, value] of Object.entries(settings)) {
      const names = key.split(".");
      const last = names.pop()!;
      names.reduce((inner, name) => inner[name] ??= {}, file)[last] = value;
    }
    Deno.mkdirSync(dirname(path), { recursive: true });
    // As a whole: a daemon may be reading it.
    Deno.writeTextFileSync(`${path}.new`, JSON.stringify(file), { mode: 0o600 });
    Deno.renameSync(`${path}.new`, path);
  }

  /** Makes the state directory, as the first command does that writes there, with a start of its own. */
  makeStateDirectory(): void {
    Deno.mkdirSync(this.stateDir, { recursive: true, mode: 0o700 });
    if (!existsSync(this.codexHome)) return;
    const path = join(this.stateDir, "quota-sentry.home");
    Deno.writeTextFileSync(path, homeText(this.codexHome), { mode: 0o600 });
  }

  /** Who is held here, as the commands see it; for waiting, without a start of the binary at each look. */
  held(): Promise<Waiting[]> {
    return waitingIn(new StateDirectory(this.stateDir));
  }

  /** Starts the binary. */
  spawn(args: readonly string[], options: RunOptions = {}): Deno.ChildProcess {
    return this.adopt(
      new Deno.Command(BINARY, {
        args: [...args],
        cwd: options.cwd ?? this.home,
        env: { ...this.env, ...options.env },
        clearEnv: true,
        stdin: options.stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
      }),
    );
  }

  /** Starts another program here, with nothing on stdin. */
  startProgram(program: string, args: readonly string[]): Deno.ChildProcess {
    return this.adopt(
      new Deno.Command(program, {
        args: [...args],
        cwd: this.home,
        env: this.env,
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    );
  }

  /** Starts a program that is to have ended with the sandbox. */
  adopt(command: Deno.Command): Deno.ChildProcess {
    const child = command.spawn();
    this.#children.push(child);
    return child;
  }

  /** Runs the binary to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return await finish(this.spawn(args, options), options.stdin);
  }

  /** All that runs here. */
  processes(): RunningProcess[] {
    return processesIn(this.root, this.#children.map(({ pid }) => pid));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A hook may have started a daemon that is only now coming up: it writes while we remove, and makes
    // anew what we have removed. So it is looked for again afterwards.
    await until("the sandbox is removed", async () => {
      for (const { pid } of this.processes()) kill(pid);
      await Deno.remove(this.root, { recursive: true }).catch(() => {});
      return this.processes().length === 0 && !await exists(this.root);
    });
    await Promise.all(this.#children.map(({ status }) => status));
  }
}

/** Removes a directory into which others may be writing meanwhile: then it is not empty at its end. */
export async function removeWhole(path: string, timeoutMs?: number): Promise<void> {
  await until(`${path} is removed`, async () => {
    await Deno.remove(path, { recursive: true }).catch(() => {});
    return !existsSync(path);
  }, timeoutMs);
}

/** Ends a process, if it has not ended meanwhile. */
export function kill(pid: number, signal: Deno.Signal = "SIGKILL"): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Waits for a child that was started with pipes. */
export async function finish(child: Deno.ChildProcess, stdin?: string): Promise<Ended> {
  const before = performance.now();
  if (stdin !== undefined) {
    await feed(child, stdin);
  }
  const [stdout, stderr, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
  ]);
  return { code, stdout, stderr, ms: performance.now() - before };
}

/** Writes to a child; one that ends meanwhile takes no more. */
async function feed(child: Deno.ChildProcess, text: string): Promise<void> {
  try {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // Whether it should have taken it, its code and what it printed tell.
  }
}

/** Codexbar's answer for one account with a 5-hour and a weekly window. */
export function usage(
  { used, resetInSeconds = 3600 }: { used: number; resetInSeconds?: number },
): unknown {
  return [{
    provider: "codex",
    source: "codex-cli",
    usage: {
      primary: { usedPercent: used, windowMinutes: 300, resetsAt: iso(resetInSeconds) },
      secondary: { usedPercent: 40, windowMinutes: 10080, resetsAt: iso(200_000) },
      tertiary: null,
      updatedAt: iso(0),
    },
  }];
}

/** An instant some seconds from now, in UTC with whole seconds. */
export function iso(secondsFromNow: number): string {
  const ms = Math.ceil(Date.now() / 1000 + secondsFromNow) * 1000;
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** The text of a file; undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Waits until something is so, for a test that has caused it; fails after `timeoutMs`. A machine that
 * has other things to do takes many times as long.
 */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * Fails unless it comes to this within ten seconds: what was told to end takes a moment, and a `sleep 60`
 * that nobody has told is still there.
 */
export async function assertComesTo(look: () => unknown, expected: unknown): Promise<void> {
  const isSo = () => JSON.stringify(look()) === JSON.stringify(expected);
  await until("nothing is left", isSo, 10_000).catch(() => assertEquals(look(), expected));
}
