import { type Ended, finish, isRunning, readText, Sandbox } from "../support/sandbox.ts";

/** The real Codex CLI; `scripts/test` installs it. Without it, tests with it are skipped. */
export const CODEX = Deno.env.get("QUOTA_SENTRY_TEST_CODEX");

/** Registers a test with the real Codex CLI. */
export function codexTest(name: string, test: () => Promise<void>): void {
  const ignore = CODEX === undefined;
  if (ignore) console.log(`skipped, for want of the Codex CLI: ${name}`);
  Deno.test({ name: `codex: ${name}`, ignore, fn: test });
}

/** A sandbox with the real Codex on PATH, whose model is on loopback. */
export class CodexSandbox extends Sandbox {
  constructor(modelPort: number) {
    super();
    const node = new TextDecoder().decode(
      new Deno.Command("sh", { args: ["-c", "command -v node"] }).outputSync().stdout,
    ).trim();
    Deno.symlinkSync(CODEX!, `${this.bin}/codex`);
    Deno.symlinkSync(Deno.realPathSync(node), `${this.bin}/node`);
    Deno.mkdirSync(this.codexHome);
    Deno.writeTextFileSync(this.configPath, configFor(modelPort));
  }

  get configPath(): string {
    return `${this.codexHome}/config.toml`;
  }

  get hooksPath(): string {
    return `${this.codexHome}/hooks.json`;
  }

  /** Starts a turn of a new session, as an unattended run would. */
  startTurn(env: Record<string, string> = {}): Deno.ChildProcess {
    return new Deno.Command(`${this.bin}/codex`, {
      args: ["exec", "--skip-git-repo-check", "do it"],
      cwd: this.home,
      env: { ...this.env, ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs a turn to its end. */
  async turn(env: Record<string, string> = {}): Promise<Ended> {
    return await finish(this.startTurn(env));
  }

  /** All processes that were started in this sandbox and run still. */
  processes(): { pid: number; command: string }[] {
    return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) =>
      pid > 0 && (readText(`/proc/${pid}/environ`) ?? "").includes(`HOME=${this.home}`) &&
      isRunning(pid)
    ).map((pid) => ({
      pid,
      command: (readText(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " "),
    }));
  }
}

function configFor(modelPort: number): string {
  return `# The user's own words stay.
model = "mock"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "danger-full-access"

[model_providers.mock]
name = "mock" # and so do these
base_url = "http://127.0.0.1:${modelPort}/v1"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`;
}
