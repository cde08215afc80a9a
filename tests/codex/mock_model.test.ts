import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { isRunning, readText, until } from "../support/sandbox.ts";
import { type MockModel, type MockModelOptions, startMockModel } from "./mock_model.ts";
import {
  CODEX,
  type CodexRun,
  type CodexRunOptions,
  codexTest,
  nativeCodex,
  prepareCodexHome,
  runCodex,
} from "./session.ts";

/** The harness without Quota Sentry: a home, its CODEX_HOME, and a model. */
interface Bench {
  readonly home: string;
  readonly codexHome: string;
  readonly model: MockModel;
  start(options?: Partial<CodexRunOptions>): CodexRun;
}

async function withBench(
  options: MockModelOptions,
  test: (bench: Bench) => Promise<void>,
): Promise<void> {
  const root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "qs-test-" }));
  const [home, codexHome] = [`${root}/home`, `${root}/codex-home`];
  Deno.mkdirSync(home);
  try {
    await using model = startMockModel(options);
    prepareCodexHome({ modelPort: model.port, directory: codexHome });
    await test({
      home,
      codexHome,
      model,
      start: (overrides) =>
        runCodex({
          codex: nativeCodex(CODEX!),
          codexHome,
          cwd: home,
          prompt: "do it",
          env: { HOME: home, PATH: "/usr/bin:/bin" },
          timeoutMs: 60_000,
          ...overrides,
        }),
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const TOOL = 'echo tool-ran > "$HOME/tool"';

/** A handler that writes down when it ran, in milliseconds since 1970, and then does more. */
function hook(home: string, name: string, more = "true"): unknown {
  const command = `cat > /dev/null; date +%s%3N >> '${home}/${name}'; ${more}`;
  return { hooks: [{ type: "command", command, timeout: 60 }] };
}

/** Calls one method of `codex app-server`. */
async function ask({ codexHome, home }: Bench, method: string, params: unknown): Promise<unknown> {
  await using server = new Deno.Command(nativeCodex(CODEX!), {
    args: ["app-server"],
    env: { HOME: home, PATH: "/usr/bin:/bin", CODEX_HOME: codexHome },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const messages = [
    { id: 1, method: "initialize", params: { clientInfo: { name: "test", version: "0" } } },
    { method: "initialized" },
    { id: 2, method, params },
  ];
  const writer = server.stdin.getWriter();
  const text = messages.map((message) => `${JSON.stringify(message)}\n`).join("");
  await writer.write(new TextEncoder().encode(text));
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of server.stdout) {
    output += decoder.decode(chunk, { stream: true });
    const lines = output.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    const answer = lines.find(({ id }) => id === 2);
    if (!answer) continue;
    await writer.close();
    if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }
  throw new Error(`no answer to ${method}`);
}

interface Listed {
  readonly key: string;
  readonly currentHash: string;
  readonly trustStatus: string;
}

async function listed(bench: Bench): Promise<Listed[]> {
  const params = { cwds: [bench.home] };
  const { data } = await ask(bench, "hooks/list", params) as { data: { hooks: Listed[] }[] };
  return data.flatMap(({ hooks }) => hooks);
}

/** Writes hooks.json, and trusts all that is in it. */
async function install(bench: Bench, hooks: Record<string, unknown[]>): Promise<void> {
  Deno.writeTextFileSync(`${bench.codexHome}/hooks.json`, JSON.stringify({ hooks }));
  const value = Object.fromEntries(
    (await listed(bench)).map((
      { key, currentHash },
    ) => [key, { trusted_hash: currentHash, enabled: true }]),
  );
  const edits = [{ keyPath: "hooks.state", value, mergeStrategy: "upsert" }];
  await ask(bench, "config/batchWrite", { edits, reloadUserConfig: true });
  const states = (await listed(bench)).map(({ trustStatus }) => trustStatus);
  assertEquals(states, Object.values(hooks).flat().map(() => "trusted"));
}

codexTest("harness: a plain turn is one request", () =>
  withBench({}, async ({ model, start }) => {
    await using run = start();
    const { code, signal, stdout, timedOut } = await run.finished;
    assertEquals([code, signal, stdout, timedOut], [0, null, "Done.\n", false]);
    assertEquals(model.requests.length, 1);
    assertEquals(run.processes(), []);
  }));

codexTest(
  "harness: a tool call really runs the tool, and is a second request",
  () =>
    withBench({ commands: [TOOL] }, async ({ home, model, start }) => {
      await using run = start();
      assertEquals((await run.finished).code, 0);
      assertEquals(readText(`${home}/tool`), "tool-ran\n");
      assertEquals(model.requests.length, 2);
    }),
);

codexTest(
  "harness: sessions at one server do not mix",
  () =>
    withBench({ commands: [TOOL, "true"] }, async ({ model, start }) => {
      await using first = start();
      await using second = start();
      const ended = await Promise.all([first.finished, second.finished]);
      assertEquals(ended.map(({ code }) => code), [0, 0]);
      assertEquals(model.requests.length, 6);
    }),
);

codexTest(
  "harness: trusted hooks run before the request and before the tool",
  () =>
    withBench({ commands: [TOOL] }, async (bench) => {
      const { home, model } = bench;
      await install(bench, {
        UserPromptSubmit: [hook(home, "prompt", "sleep 1; echo text-of-a-hook")],
        PreToolUse: [{ matcher: ".*", ...hook(home, "tool-use") as object }],
      });
      await using run = bench.start();
      assertEquals((await run.finished).code, 0);
      const [prompt, toolUse] = ["prompt", "tool-use"].map((name) => readText(`${home}/${name}`));
      assertEquals([prompt, toolUse].map((text) => text?.trim().split("\n").length), [1, 1]);
      const [first, second] = model.requests;
      assertGreaterOrEqual(first!.atMs - Number(prompt), 1000);
      assertGreaterOrEqual(Number(toolUse), first!.atMs);
      assertGreaterOrEqual(second!.atMs, Number(toolUse));
      // What a hook says is found in what reached the model.
      assert(JSON.stringify(first!.body).includes("text-of-a-hook"));
      assertEquals(model.requests.length, 2);
    }),
);

codexTest("harness: a hook that is not trusted does not run", () =>
  withBench({}, async (bench) => {
    const hooks = { UserPromptSubmit: [hook(bench.home, "prompt")] };
    Deno.writeTextFileSync(`${bench.codexHome}/hooks.json`, JSON.stringify({ hooks }));
    await using run = bench.start();
    assertEquals((await run.finished).code, 0);
    assertEquals(readText(`${bench.home}/prompt`), undefined);
  }));

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  codexTest(
    `harness: ${signal} hits the native Codex; disposal takes the hook that it orphans`,
    () =>
      withBench({}, async (bench) => {
        await install(bench, { UserPromptSubmit: [hook(bench.home, "prompt", "sleep 50")] });
        let orphans: number[];
        {
          await using run = bench.start();
          await until("the hook runs", () => readText(`${bench.home}/prompt`) !== undefined);
          run.kill(signal);
          const ended = await run.finished;
          assertEquals([ended.signal, ended.timedOut], [signal, false]);
          assertEquals(isRunning(run.pid), false);
          orphans = run.processes();
          assert(orphans.length > 0);
        }
        assertEquals(orphans.filter(isRunning), []);
        assertEquals(bench.model.requests.length, 0);
      }),
  );
}

codexTest(
  "harness: a turn that takes too long is killed with all that it started",
  () =>
    withBench({ commands: ["sleep 50"] }, async ({ start }) => {
      await using run = start({ timeoutMs: 2_000 });
      const { signal, timedOut, startedAt, endedAt } = await run.finished;
      assertEquals([signal, timedOut], ["SIGKILL", true]);
      assertLess(endedAt - startedAt, 10_000);
      await until("nothing is left", () => run.processes().length === 0);
    }),
);
