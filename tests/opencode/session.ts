import { dirname, join } from "@std/path";
import { readText, Sandbox, until } from "../support/sandbox.ts";

/** The real OpenCode; `scripts/test` installs it. Without it, tests with it are skipped. */
export const OPENCODE = Deno.env.get("QUOTA_SENTRY_TEST_OPENCODE");

/** On a machine that is busy to its limit a start takes a minute. */
const START_TIMEOUT_MS = 300_000;

/** Registers a test with the real OpenCode. */
export function openCodeTest(name: string, test: () => Promise<void>, ignore = false): void {
  if (OPENCODE === undefined) console.log(`skipped, for want of OpenCode: ${name}`);
  Deno.test({
    name: `opencode: ${name}`,
    ignore: ignore || OPENCODE === undefined,
    fn: test,
    // Several use one server, since each start takes seconds.
    sanitizeOps: false,
    sanitizeResources: false,
  });
}

/** By which of OpenCode's providers the model is asked. */
export type Provider = "openai" | "anthropic";

/** A sandbox with the real OpenCode on PATH, whose model is on loopback. */
export class OpenCodeSandbox extends Sandbox {
  #url = "";

  constructor(modelPort: number) {
    super();
    Deno.symlinkSync(OPENCODE!, join(this.bin, "opencode"));
    const atModel = {
      npm: "@ai-sdk/openai-compatible",
      options: { baseURL: `http://127.0.0.1:${modelPort}/v1`, apiKey: "dummy" },
      models: { m1: { name: "m1", tool_call: true, limit: { context: 100000, output: 4000 } } },
    };
    this.#write("opencode.json", {
      autoupdate: false,
      share: "disabled",
      model: "openai/m1",
      small_model: "openai/m1",
      permission: { bash: "allow" },
      provider: { openai: atModel, anthropic: atModel },
    });
    // OpenCode gets a package for plugins into its home, and waits for it where there are plugins: here it
    // has it already.
    Deno.mkdirSync(join(this.openCodeHome, "node_modules"));
    const dependencies = { "@opencode-ai/plugin": "*" };
    this.#write("package-lock.json", { packages: { "": { dependencies } } });
    this.signIn("oauth");
  }

  get openCodeHome(): string {
    return join(this.home, ".config", "opencode");
  }

  get pluginPath(): string {
    return join(this.openCodeHome, "plugin", "quota-sentry.js");
  }

  get plugin(): string | undefined {
    return readText(this.pluginPath);
  }

  /** Signs in to these of the model's providers alone, by a subscription or with a key. */
  signIn(type: "oauth" | "api", ...providers: readonly Provider[]): void {
    const login = type === "oauth"
      ? { type, access: "dummy", refresh: "dummy", expires: Date.now() + 86_400_000 }
      : { type, key: "dummy" };
    const names = providers.length === 0 ? ["openai"] : providers;
    const logins = Object.fromEntries(names.map((name) => [name, login]));
    this.#write(join("..", "..", ".local", "share", "opencode", "auth.json"), logins);
  }

  /** OpenCode's own as well; without its plugins, which would ask the real backend. */
  override get env(): Record<string, string> {
    return {
      ...super.env,
      LANG: "C.UTF-8",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
    };
  }

  /** Starts a server; what is asked of it is asked of sessions like any other. */
  async serve(): Promise<Deno.ChildProcess> {
    const log = join(this.root, "serve.log");
    const command = `exec opencode serve --hostname 127.0.0.1 --port 0 >'${log}' 2>&1`;
    const child = this.startProgram("/bin/sh", ["-c", command]);
    await until("the server listens", () => {
      this.#url = /listening on (http:\S+)/.exec(readText(log) ?? "")?.[1] ?? "";
      return this.#url !== "";
    }, START_TIMEOUT_MS);
    return child;
  }

  /** A new session; one with a title makes none by itself. */
  async session(): Promise<string> {
    return (await this.#post("/session", { title: "a test" }) as { id: string }).id;
  }

  /** Sends a prompt, and waits for the end of its turn. */
  async prompt(session: string, text = "do it", provider: Provider = "openai"): Promise<Turn> {
    const model = { providerID: provider, modelID: "m1" };
    const message = { model, parts: [{ type: "text", text }] };
    return await this.#post(`/session/${session}/message`, message) as Turn;
  }

  /** Ends a turn, as Esc does. */
  async abort(session: string): Promise<void> {
    await this.#post(`/session/${session}/abort`, {});
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return await response.json();
  }

  #write(name: string, content: unknown): void {
    const path = join(this.openCodeHome, name);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, JSON.stringify(content));
  }
}

/** What came of a turn. */
export interface Turn {
  readonly info: { readonly error?: { readonly name: string; readonly data: unknown } };
  readonly parts: readonly { readonly type: string; readonly text?: string }[];
}
