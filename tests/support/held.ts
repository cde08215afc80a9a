import { assertEquals } from "@std/assert";
import { hookScript } from "../../lib/harness/hook_script.ts";
import { processesWith, runningProcesses } from "./processes.ts";
import {
  BINARY,
  CODEXBAR,
  type Ended,
  finish,
  kill,
  readText,
  Sandbox,
  until,
  usage,
} from "./sandbox.ts";
import { writeProgram } from "./programs.ts";

/** More than a pipe takes. */
export const INPUT = "x".repeat(200_000);

/** What a harness writes to a hook that is called in a session. */
export function inputOf(session: string): string {
  return JSON.stringify({ session_id: session, turn_id: `turn-of-${session}`, prompt: INPUT });
}

/** A sandbox with a hook script, a daemon that reads every second, and a quota that is spent. */
export class Held extends Sandbox {
  hook = "";
  readonly #calls: Call[] = [];

  static async begin(options: { stagger?: number; stateDir?: string } = {}): Promise<Held> {
    const box = new Held();
    if (options.stateDir) {
      // A link that leads there is followed.
      Deno.mkdirSync(`${box.home}/.cache`);
      Deno.symlinkSync(options.stateDir, box.stateDir);
    }
    box.hook = `${box.root}/it's a hook`;
    writeProgram(box.hook, hookScript(BINARY, box.stateDir), 0o700);
    if (!options.stateDir) box.makeStateDirectory();
    box.configure({ staggerSeconds: options.stagger ?? 0, resetBufferSeconds: 0 });
    box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
    await box.run(["start", "--interval-seconds=1"]);
    await until("it is blocked", () => box.state?.status === "blocked");
    return box;
  }

  /** The script's stretches of time pass in a moment. */
  hurry(): void {
    this.executable(
      "sleep",
      '#!/bin/sh\n[ "$1" != 60 ] || set -- 0.2\nexec /bin/sleep "$@"\n',
    );
  }

  /** Calls the hook as a harness does, in a process group of its own. */
  call(
    {
      args = "guard --state-only",
      shell = "",
      before = "",
      behind = "",
      input = INPUT,
      cwd = "/",
    } = {},
  ): Call {
    const hook = this.hook.replaceAll("'", "'\\''");
    const child = new Deno.Command("bash", {
      args: ["-c", `${before} ${shell} '${hook}' ${args} ${behind}`],
      cwd,
      env: this.env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    const call: Call = { pid: child.pid, hasEnded: false, ended: finish(child, input) };
    call.ended.finally(() => call.hasEnded = true);
    this.#calls.push(call);
    return call;
  }

  /** What the queue holds. */
  get queue(): string[] {
    try {
      return [...Deno.readDirSync(`${this.stateDir}/queue`)].map(({ name }) => name).sort();
    } catch {
      return [];
    }
  }

  /** Waits until so many hooks listen and nothing else of theirs runs. */
  async listening(count: number): Promise<void> {
    // As the daemon names it.
    const directory = Deno.realPathSync(this.stateDir);
    await until(
      `${count} listen`,
      () =>
        this.queue.filter((name) => name.endsWith(".wake")).length === count &&
        processesWith(`--state-dir=${directory}`).length === 1 &&
        this.programs.length === 0 && this.sleeping.length >= count,
    );
  }

  /** The guards that are programs, not scripts. */
  get programs(): number[] {
    return this.#own((command) => command.startsWith(BINARY) && command.includes("guard --s"));
  }

  /** Those of them that wait by themselves. */
  get waiting(): number[] {
    return this.#own((command) => command.includes("--hold-on="));
  }

  get sleeping(): number[] {
    return this.#own((command) => command.includes("sleep "));
  }

  get log(): string {
    return readText(`${this.stateDir}/quota-sentry.log`) ?? "";
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid, hasEnded } of this.#calls) if (!hasEnded) kill(-pid);
    await Promise.all(this.#calls.map(({ ended }) => ended));
    await super[Symbol.asyncDispose]();
  }

  /** What runs here, or in the groups of the hooks: not each system shows whose a process is. */
  #own(isOne: (command: string) => boolean): number[] {
    const here = new Set(this.processes().map(({ pid }) => pid));
    const groups = new Set(this.#calls.map(({ pid }) => pid));
    return runningProcesses().filter(({ pid, group, command }) =>
      isOne(command) && (here.has(pid) || groups.has(group))
    ).map(({ pid }) => pid);
  }
}

/** A hook that was called. */
export interface Call {
  readonly pid: number;
  hasEnded: boolean;
  readonly ended: Promise<Ended>;
}

/** Waits. */
export const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Fails unless the hook ends, with code 0 and in silence. */
export async function assertGoesOn(call: Call): Promise<void> {
  await until("it goes on", () => call.hasEnded);
  const { code, stdout, stderr } = await call.ended;
  assertEquals([code, stdout, stderr], [0, "", ""]);
}
