import { join } from "@std/path";
import { type Ended, finish, readText, Sandbox } from "../support/sandbox.ts";

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
