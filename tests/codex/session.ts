import { type Ended, finish, isRunning, readText, Sandbox, until } from "../support/sandbox.ts";

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
    prepareCodexHome({ modelPort, directory: this.codexHome });
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

/** Where a fresh private CODEX_HOME is to be, and the model that it knows. */
export interface CodexHomeOptions {
  /** Port of the model on loopback. */
  readonly modelPort: number;
  /** Created when it is not there; a `config.toml` in it is replaced. */
  readonly directory: string;
}

/**
 * Makes a CODEX_HOME in which Codex asks nobody, sandboxes nothing (a tool runs as the user that runs
 * the test) and reaches no host but loopback.
 */
export function prepareCodexHome({ modelPort, directory }: CodexHomeOptions): void {
  Deno.mkdirSync(directory, { recursive: true });
  Deno.writeTextFileSync(`${directory}/config.toml`, configFor(modelPort));
}

/** One turn of a new session. */
export interface CodexRunOptions {
  /** The npm launcher, or the native program (`nativeCodex`). */
  readonly codex: string;
  readonly codexHome: string;
  readonly cwd: string;
  readonly prompt: string;
  /** All of the environment but CODEX_HOME; the launcher needs `node` on PATH. */
  readonly env: Readonly<Record<string, string>> & { readonly PATH: string; readonly HOME: string };
  /** After this many milliseconds Codex and all that it started are killed. */
  readonly timeoutMs: number;
}

/** How a turn ended. */
export interface CodexRunEnded {
  /** 128 and the signal's number when a signal ended it. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
  /** At most `MAX_OUTPUT_BYTES` each; what comes after that is read and dropped. */
  readonly stdout: string;
  readonly stderr: string;
  /** Wall clock, milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly timedOut: boolean;
}

/** A turn that runs. Disposing of it kills all that it started and left behind. */
export interface CodexRun extends AsyncDisposable {
  /** Of the program given: the launcher or the native one. */
  readonly pid: number;
  /** Settles once that program has ended; what it orphaned runs on until disposal. */
  readonly finished: Promise<CodexRunEnded>;
  /** Signals that program alone; nothing happens when it has ended. */
  kill(signal: Deno.Signal): void;
  /** Pids of all that the run started and that runs still: hooks, tools, and what they left. */
  processes(): number[];
}

/** How much of stdout and of stderr is kept. */
export const MAX_OUTPUT_BYTES = 1_000_000;
/** How long output may arrive after Codex has ended: an orphan may hold the pipe. */
const DRAIN_MS = 500;
/** Set in all that a run starts, so that it is found whatever session it is in. */
const RUN_VARIABLE = "QUOTA_SENTRY_TEST_RUN";

/** Starts `codex exec` with a prompt; stdin is /dev/null, since Codex adds what a pipe holds. */
export function runCodex(
  { codex, codexHome, cwd, prompt, env, timeoutMs }: CodexRunOptions,
): CodexRun {
  const mark = `${RUN_VARIABLE}=${crypto.randomUUID()}`;
  const startedAt = Date.now();
  const child = new Deno.Command(codex, {
    args: ["exec", "--skip-git-repo-check", prompt],
    cwd,
    env: { ...env, CODEX_HOME: codexHome, [RUN_VARIABLE]: mark.slice(RUN_VARIABLE.length + 1) },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    killMarked(mark);
  }, timeoutMs);
  const stdout = keepStart(child.stdout);
  const stderr = keepStart(child.stderr);

  async function finish(): Promise<CodexRunEnded> {
    const { code, signal } = await child.status;
    const endedAt = Date.now();
    clearTimeout(deadline);
    const [out, err] = await Promise.all([stdout.end(DRAIN_MS), stderr.end(DRAIN_MS)]);
    return { code, signal, stdout: out, stderr: err, startedAt, endedAt, timedOut };
  }
  const finished = finish();
  return {
    pid: child.pid,
    finished,
    kill: (signal) => killOne(child.pid, signal),
    processes: () => marked(mark),
    async [Symbol.asyncDispose]() {
      await until("all that Codex started is gone", () => killMarked(mark) === 0);
      await finished;
    },
  };
}

/**
 * The native program behind npm's launcher. The launcher becomes it (execve) on Node 22.15 and later;
 * an older Node stays its parent, and a SIGKILL then hits the launcher alone.
 */
export function nativeCodex(codex: string): string {
  const packages = `${Deno.realPathSync(codex)}/../../..`;
  for (const { name } of Deno.readDirSync(packages)) {
    const vendor = `${packages}/${name}/vendor`;
    if (!name.startsWith("codex-") || !isDirectory(vendor)) continue;
    for (const target of Deno.readDirSync(vendor)) {
      return Deno.realPathSync(`${vendor}/${target.name}/bin/codex`);
    }
  }
  throw new Error(`no native Codex beside ${codex}`);
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Reads a stream to its end, keeping its first `MAX_OUTPUT_BYTES`. */
function keepStart(stream: ReadableStream<Uint8Array>): { end(drainMs: number): Promise<string> } {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let left = MAX_OUTPUT_BYTES;
  const read = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= Math.min(left, value.length);
    }
  })();
  return {
    async end(drainMs) {
      const timer = setTimeout(() => reader.cancel(), drainMs);
      await read;
      clearTimeout(timer);
      return text + decoder.decode();
    },
  };
}

function marked(mark: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) =>
    pid > 0 && `\0${readText(`/proc/${pid}/environ`) ?? ""}`.includes(`\0${mark}\0`) &&
    isRunning(pid)
  );
}

function killMarked(mark: string): number {
  const pids = marked(mark);
  for (const pid of pids) killOne(pid, "SIGKILL");
  return pids.length;
}

function killOne(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function configFor(modelPort: number): string {
  return `# The user's own words stay.
model = "mock"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[features]
plugins = false # or Codex asks a git host for its list of them

[model_providers.mock]
name = "mock" # and so do these
base_url = "http://127.0.0.1:${modelPort}/v1"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`;
}
