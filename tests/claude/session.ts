import { join } from "@std/path";
import { assertEquals } from "@std/assert";
import { namesIn } from "../../lib/files/names_in.ts";
import {
  CODEXBAR,
  type Ended,
  finish,
  readText,
  Sandbox,
  until,
  usage,
} from "../support/sandbox.ts";

/** The real Claude Code; `scripts/test` installs it. Without it, tests with it are skipped. */
export const CLAUDE = Deno.env.get("QUOTA_SENTRY_TEST_CLAUDE");

/** Registers a test with the real Claude Code. */
export function claudeTest(
  name: string,
  test: (t: Deno.TestContext) => Promise<void>,
  ignore = false,
): void {
  if (CLAUDE === undefined) console.log(`skipped, for want of Claude Code: ${name}`);
  Deno.test({ name: `claude: ${name}`, ignore: ignore || CLAUDE === undefined, fn: test });
}

/** Readings, and the end of a block, within a second or so. */
export const QUICK: readonly string[] = ["--interval-seconds=1", "--reset-buffer-seconds=1"];

/** Codexbar's answer for Claude. */
export function claudeUsage(used: number, resetInSeconds = 3600): unknown {
  return JSON.parse(JSON.stringify(usage({ used, resetInSeconds })).replaceAll("codex", "claude"));
}

/** One that waits, as `holds --json` tells it. */
export interface Waiting {
  readonly before: string;
  readonly session: string;
}

/** How a sandbox's Claude Code is set up. */
export interface ClaudeOptions {
  /** A subscription, whose windows the model tells; else an API key. */
  readonly isSubscriber?: boolean;
  /** What is in `settings.json`; without it there is no such file. */
  readonly settings?: string;
}

/** Its last characters are those that a user has approved. */
const API_KEY = "sk-ant-dummy-key-000000000";

/** A sandbox with the real Claude Code on PATH, whose model is on loopback. */
export class ClaudeSandbox extends Sandbox {
  readonly #auth: Record<string, string>;
  readonly #modelPort: number;

  constructor(modelPort: number, { isSubscriber = true, settings }: ClaudeOptions = {}) {
    super("quota-sentry-claude");
    this.#modelPort = modelPort;
    this.#auth = isSubscriber
      ? { CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-dummy" }
      : { ANTHROPIC_API_KEY: API_KEY };
    Deno.symlinkSync(CLAUDE!, join(this.bin, "claude"));
    Deno.mkdirSync(this.claudeHome);
    // All that it would ask somebody who starts it for the first time.
    const known = {
      hasCompletedOnboarding: true,
      theme: "dark",
      customApiKeyResponses: { approved: [API_KEY.slice(-20)], rejected: [] },
      projects: { [this.home]: { hasTrustDialogAccepted: true } },
    };
    Deno.writeTextFileSync(join(this.home, ".claude.json"), JSON.stringify(known));
    if (settings !== undefined) Deno.writeTextFileSync(this.settingsPath, settings);
  }

  get claudeHome(): string {
    return join(this.home, ".claude");
  }

  get settingsPath(): string {
    return join(this.claudeHome, "settings.json");
  }

  get settings(): string | undefined {
    return readText(this.settingsPath);
  }

  /** Claude Code's own as well. */
  override get env(): Record<string, string> {
    return {
      ...super.env,
      ...this.#auth,
      LANG: "C.UTF-8",
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${this.#modelPort}`,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    };
  }

  /** Installs our hooks as a user would have them. */
  async install(args: readonly string[] = QUICK): Promise<void> {
    const { code, stderr } = await this.run(["install-hook", "claude", ...args]);
    assertEquals([code, stderr], [0, ""]);
  }

  /** Runs a command for Claude Code's quota, which is to succeed. */
  async ours(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run([...args, "--provider=claude"]);
    assertEquals([code, stderr], [0, ""], args.join(" "));
    return stdout;
  }

  /** The quota is spent for some seconds; the daemon has seen it when this returns. */
  async spend(resetInSeconds = 3600): Promise<void> {
    await this.#read("blocked", claudeUsage(97, resetInSeconds));
  }

  /** The quota is open again; the daemon has seen it when this returns. */
  async open(used = 1): Promise<void> {
    await this.#read("open", claudeUsage(used));
  }

  async #read(status: string, answer: unknown): Promise<void> {
    this.codexbar(CODEXBAR.answers, answer);
    if (this.state === undefined) await this.ours("start", ...QUICK);
    await until(`the quota is ${status}`, () => this.state?.status === status);
  }

  /** Those that are held, by the places that they have taken: a program that is asked takes long. */
  waiting(): Waiting[] {
    const queue = join(this.stateDir, "queue");
    return namesIn(queue).filter((name) => name.endsWith(".place")).flatMap((name) => {
      const [, , , session, before] = (readText(join(queue, name)) ?? "").split(" ");
      return before === undefined ? [] : [{ session: session!, before: before.trim() }];
    });
  }

  /** Waits until one is held before something. */
  async untilHeld(before: string): Promise<Waiting> {
    let held: Waiting | undefined;
    await until(`it is held before ${before}`, () => {
      held = this.waiting().find((each) => each.before === before);
      return held !== undefined;
    });
    return held!;
  }

  /** Waits until nobody is held. */
  async untilNoneWaits(): Promise<void> {
    await until("nobody is held", () => this.waiting().length === 0);
  }

  /** Starts a turn without a terminal, as an unattended run would. */
  startTurn(args: readonly string[] = [], env: Record<string, string> = {}): Deno.ChildProcess {
    return this.adopt(
      new Deno.Command(join(this.bin, "claude"), {
        args: ["-p", "do it", "--allowedTools", "Bash,Agent,Task", ...args],
        cwd: this.home,
        env: { ...this.env, ...env },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    );
  }

  /** Runs such a turn to its end. */
  async turn(args: readonly string[] = [], env: Record<string, string> = {}): Promise<Ended> {
    return await finish(this.startTurn(args, env));
  }
}

/** What Claude Code prints of itself, one JSON value a line. */
interface Printed {
  readonly type: string;
  readonly subtype?: string;
  readonly result?: string;
}

/**
 * A session without a terminal that takes one prompt after the other, as programs drive Claude Code: it
 * takes two seconds to start, and a turn a tenth of that.
 */
export class ClaudeSession implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #errors: Promise<string>;
  readonly #results: string[] = [];
  #asked = 0;

  constructor(box: ClaudeSandbox) {
    const format = ["--input-format", "stream-json", "--output-format", "stream-json"];
    this.#child = box.adopt(
      new Deno.Command(join(box.bin, "claude"), {
        args: ["-p", ...format, "--verbose", "--allowedTools", "Bash,Agent,Task"],
        cwd: box.home,
        env: box.env,
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }),
    );
    this.#writer = this.#child.stdin.getWriter();
    this.#reading = this.#read();
    this.#errors = new Response(this.#child.stderr).text();
  }

  /** Gives it a prompt; what its turn came to is there when that has ended. */
  async prompt(content: string): Promise<string> {
    const number = ++this.#asked;
    const message = { type: "user", message: { role: "user", content } };
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
    await until(`the turn of "${content}" has ended`, () => this.#results.length >= number);
    return this.#results[number - 1]!;
  }

  /** Ends it as the end of its input does. */
  async end(): Promise<void> {
    await this.#writer.close();
    const [{ code }, errors] = await Promise.all([this.#child.status, this.#errors]);
    assertEquals([code, errors], [0, ""]);
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const { type, subtype, result }: Printed = JSON.parse(line);
        if (type === "result") this.#results.push(result ?? subtype ?? "");
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await Promise.all([this.#child.status, this.#reading, this.#errors]);
    await this.#writer.close().catch(() => {});
  }
}
