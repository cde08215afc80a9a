import { existsSync } from "@std/fs/exists";
import { dirname, join } from "@std/path";
import { type Ended, finish, Sandbox } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";
import { AppServerClient } from "./app_server_client.ts";
import { fakeLogin } from "./fake_login.ts";

/** The real Codex CLI; `scripts/test` installs it. Without it, tests with it are skipped. */
export const CODEX = Deno.env.get("QUOTA_SENTRY_TEST_CODEX");

/** An older one, which has no hook before model requests. */
export const OLD_CODEX = Deno.env.get("QUOTA_SENTRY_TEST_OLD_CODEX");

/** Registers a test with the real Codex CLI. */
export function codexTest(name: string, test: (t: Deno.TestContext) => Promise<void>): void {
  register(name, CODEX === undefined, test);
}

/** Registers a test with two versions of it. */
export function upgradeTest(name: string, test: () => Promise<void>): void {
  register(name, CODEX === undefined || OLD_CODEX === undefined, test);
}

function register(
  name: string,
  ignore: boolean,
  test: (t: Deno.TestContext) => Promise<void>,
): void {
  if (ignore) console.log(`skipped, for want of the Codex CLI: ${name}`);
  Deno.test({ name: `codex: ${name}`, ignore, fn: test });
}

/** How a sandbox's Codex is set up. */
export interface CodexOptions {
  /** The program; the current one when it is left out. */
  readonly codex?: string;
  /** Through npm's wrapper in Node, as most users have it; it costs a start more than Codex does. */
  readonly isWrapped?: boolean;
  /** One that Codex does not know, unless it is said here. */
  readonly model?: string;
  /** A login; its backend is the model's. */
  readonly login?: boolean;
  /** More lines of `config.toml`. */
  readonly settings?: string;
}

/** A sandbox with the real Codex on PATH, whose model is on loopback. */
export class CodexSandbox extends Sandbox {
  constructor(modelPort: number, options: CodexOptions = {}) {
    super();
    const codex = options.codex ?? CODEX!;
    this.use(options.isWrapped ? codex : withoutWrapper(codex));
    Deno.symlinkSync(Deno.realPathSync(findTool("node")!), `${this.bin}/node`);
    // Codex asks these two about the machine and its plugins at each start.
    for (const name of ["lsb_release", "git"]) {
      Deno.symlinkSync("/bin/false", `${this.bin}/${name}`);
    }
    Deno.mkdirSync(this.codexHome);
    Deno.writeTextFileSync(this.configPath, configFor(modelPort, options));
    if (!options.login) return;
    Deno.writeTextFileSync(`${this.codexHome}/auth.json`, fakeLogin(), { mode: 0o600 });
  }

  /** Puts a version of Codex on PATH, in the place of another. */
  use(codex: string): void {
    Deno.symlinkSync(codex, `${this.bin}/codex.new`);
    Deno.renameSync(`${this.bin}/codex.new`, `${this.bin}/codex`);
  }

  get configPath(): string {
    return `${this.codexHome}/config.toml`;
  }

  get hooksPath(): string {
    return `${this.codexHome}/hooks.json`;
  }

  /** Starts a turn of a new session, as an unattended run would. */
  startTurn(env: Record<string, string> = {}): Deno.ChildProcess {
    return this.startCodex(["exec", "--skip-git-repo-check", "do it"], env);
  }

  /** Starts Codex. */
  startCodex(args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
    return new Deno.Command(`${this.bin}/codex`, {
      args: [...args],
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

  /** Runs Codex to its end. */
  async codex(args: readonly string[]): Promise<Ended> {
    return await finish(this.startCodex(args));
  }
}

/** The program that npm's wrapper starts, which is in a package beside it. */
function withoutWrapper(codex: string): string {
  const packages = join(dirname(Deno.realPathSync(codex)), "../..");
  for (const { name } of Deno.readDirSync(packages)) {
    const vendor = join(packages, name, "vendor");
    if (!existsSync(vendor)) continue;
    for (const platform of Deno.readDirSync(vendor)) {
      const program = join(vendor, platform.name, "bin/codex");
      if (existsSync(program, { isFile: true })) return program;
    }
  }
  return codex;
}

/** A hook as Codex lists it. */
export interface Listed {
  readonly key: string;
  readonly eventName: string;
  readonly command: string;
  readonly trustStatus: string;
  readonly enabled: boolean;
  readonly currentHash: string;
}

/** Asks Codex, as a user's TUI would. */
async function ask(box: CodexSandbox, method: string, params: unknown): Promise<unknown> {
  await using client = await AppServerClient.start(box);
  return await client.call(method, params);
}

/** The hooks that Codex lists. */
export async function hooksOf(box: CodexSandbox): Promise<Listed[]> {
  const result = await ask(box, "hooks/list", { cwds: ["/"] }) as { data: { hooks: Listed[] }[] };
  return result.data.flatMap(({ hooks }) => hooks);
}

/** Trusts hooks, as a user does. */
export async function trust(box: CodexSandbox, hooks: Listed[]): Promise<void> {
  const value = Object.fromEntries(
    hooks.map(({ key, currentHash }) => [key, { trusted_hash: currentHash, enabled: true }]),
  );
  const edits = [{ keyPath: "hooks.state", value, mergeStrategy: "upsert" }];
  await ask(box, "config/batchWrite", { edits, reloadUserConfig: true });
}

/** A model in code mode, which Codex knows. */
export const CODE_MODE_MODEL = "gpt-6.1-sol";

function configFor(
  modelPort: number,
  { model = "mock", login, settings = "" }: CodexOptions,
): string {
  const origin = `http://127.0.0.1:${modelPort}`;
  return `# The user's own words stay.
model = "${model}"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "danger-full-access"
${login ? `chatgpt_base_url = "${origin}/backend-api"\n` : ""}${settings}
[model_providers.mock]
name = "${login ? "OpenAI" : "mock"}" # and so do these
base_url = "${origin}/v1"
wire_api = "responses"
requires_openai_auth = ${login === true}
request_max_retries = 0
stream_max_retries = 0

[features]
enable_request_compression = false
`;
}
