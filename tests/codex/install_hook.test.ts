import { assert, assertEquals, assertMatch } from "@std/assert";
import { BINARY, readText } from "../support/sandbox.ts";
import { CodexSandbox, codexTest } from "./session.ts";

/** A user's own hook, which the user has trusted. */
const OTHER = { hooks: [{ type: "command", command: "true # mine", timeout: 5 }] };

interface Listed {
  readonly key: string;
  readonly command: string;
  readonly trustStatus: string;
  readonly enabled: boolean;
  readonly currentHash: string;
}

/** Asks Codex, as a user's TUI would. */
async function ask(box: CodexSandbox, method: string, params: unknown): Promise<unknown> {
  const child = new Deno.Command(`${box.bin}/codex`, {
    args: ["app-server"],
    env: box.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const messages = [
    { id: 1, method: "initialize", params: { clientInfo: { name: "test", version: "0" } } },
    { method: "initialized" },
    { id: 2, method, params },
  ];
  const text = messages.map((message) => `${JSON.stringify(message)}\n`).join("");
  await writer.write(new TextEncoder().encode(text));
  let output = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream() as never)) {
    output += chunk;
    const line = output.split("\n").find((each) => each.includes('"id":2'));
    if (!line || !output.endsWith("\n")) continue;
    await writer.close();
    await child.status;
    return JSON.parse(line).result;
  }
  throw new Error(`codex did not answer ${method}`);
}

async function hooksOf(box: CodexSandbox): Promise<Listed[]> {
  const result = await ask(box, "hooks/list", { cwds: ["/"] }) as { data: { hooks: Listed[] }[] };
  return result.data.flatMap(({ hooks }) => hooks);
}

async function trust(box: CodexSandbox, hooks: Listed[]): Promise<void> {
  const value = Object.fromEntries(
    hooks.map(({ key, currentHash }) => [key, { trusted_hash: currentHash, enabled: true }]),
  );
  const edits = [{ keyPath: "hooks.state", value, mergeStrategy: "upsert" }];
  await ask(box, "config/batchWrite", { edits, reloadUserConfig: true });
}

codexTest(
  "install-hook: exactly ours are trusted; uninstall-hook leaves all files as they were",
  async () => {
    await using box = new CodexSandbox(9);
    const config = readText(box.configPath);
    const installed = await box.run(["install-hook"]);
    assertEquals([installed.code, installed.stderr], [0, ""]);
    assertMatch(installed.stdout, /Codex trusts them\.\nRestart Codex sessions/);
    const hooks = await hooksOf(box);
    assertEquals(
      hooks.map(({ trustStatus, enabled }) => [trustStatus, enabled]),
      Array(3).fill(["trusted", true]),
    );
    const script = `${box.codexHome}/quota-sentry-hook`;
    assert(hooks.every(({ command }) => command.startsWith(`'${script}' `)));
    assert(readText(script)?.includes(`\nprogram='${BINARY}'\n`));
    assertEquals(Deno.statSync(box.hooksPath).mode! & 0o777, 0o600);

    // Twice is once.
    const text = readText(box.hooksPath);
    assertEquals((await box.run(["install-hook"])).code, 0);
    assertEquals(readText(box.hooksPath), text);

    const removed = await box.run(["uninstall-hook"]);
    assertEquals([removed.code, removed.stderr], [0, ""]);
    assertEquals(readText(box.hooksPath), undefined);
    assertEquals(readText(`${box.hooksPath}.bak`), undefined);
    assertEquals(readText(box.configPath), config);
  },
);

codexTest("install-hook: without a config.toml, none is left behind", async () => {
  await using box = new CodexSandbox(9);
  Deno.removeSync(box.configPath);
  assertEquals((await box.run(["install-hook"])).code, 0);
  assert(readText(box.configPath)?.includes("trusted_hash"));
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals(readText(box.configPath), undefined);
});

codexTest("install-hook: somebody else's hooks stay trusted, wherever ours stand", async () => {
  await using box = new CodexSandbox(9);
  const original = JSON.stringify({ hooks: { PreToolUse: [OTHER] } }, null, 4);
  Deno.writeTextFileSync(box.hooksPath, original);
  await trust(box, await hooksOf(box));
  const config = readText(box.configPath);

  assertEquals((await box.run(["install-hook"])).code, 0);
  assertEquals(readText(`${box.hooksPath}.bak`), original);
  // Another tool puts one behind ours, and the user trusts it.
  const file = JSON.parse(readText(box.hooksPath)!);
  file.hooks.PreToolUse.push({ hooks: [{ type: "command", command: "true # later", timeout: 5 }] });
  Deno.writeTextFileSync(box.hooksPath, JSON.stringify(file));
  const isLater = ({ command }: Listed) => command === "true # later";
  await trust(box, (await hooksOf(box)).filter(isLater));

  // It moves when ours are installed anew, and again when they go.
  for (const command of [["install-hook", "--threshold-percent=90"], ["uninstall-hook"]]) {
    assertEquals((await box.run(command)).code, 0);
    const hooks = await hooksOf(box);
    assert(hooks.every(({ trustStatus }) => trustStatus === "trusted"), JSON.stringify(hooks));
    assertEquals(hooks.filter(isLater).length, 1);
  }
  assertEquals(JSON.parse(readText(box.hooksPath)!).hooks.PreToolUse.length, 2);
  assert(readText(box.configPath)!.startsWith(config!.split("[hooks")[0]!));
});

codexTest("install-hook: a file that Codex would not read is left alone", async () => {
  await using box = new CodexSandbox(9);
  const config = readText(box.configPath);
  for (const text of ["{", '{"hooks":{},"version":2}', '{"hooks":[]}']) {
    Deno.writeTextFileSync(box.hooksPath, text);
    const { code, stdout, stderr } = await box.run(["install-hook"]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /hooks\.json was left as it is: .*; mend it, then install again\n$/);
    assertEquals(readText(box.hooksPath), text);
    assertEquals(readText(`${box.hooksPath}.bak`), undefined);
  }
  assertEquals(readText(box.configPath), config);
});

codexTest("install-hook: when Codex fails, everything is put back", async () => {
  await using box = new CodexSandbox(9);
  const original = JSON.stringify({ hooks: { PreToolUse: [OTHER] } });
  Deno.writeTextFileSync(box.hooksPath, original);
  const config = readText(box.configPath);
  Deno.renameSync(`${box.bin}/codex`, `${box.bin}/real-codex`);
  // A Codex that ends when it is to write the trust down, after it has spoiled its configuration.
  box.executable(
    "codex",
    `#!/bin/sh
cd / && while read -r line; do
  case $line in *batchWrite*) echo spoilt > '${box.configPath}'; exit 0 ;; esac
  printf '%s\\n' "$line"
done | '${box.bin}/real-codex' "$@"
`,
  );
  const { code, stderr } = await box.run(["install-hook"]);
  assertEquals(code, 1);
  assertMatch(stderr, /the hooks were not installed, and everything is as it was: codex /);
  assertEquals(readText(box.hooksPath), original);
  assertEquals(readText(box.configPath), config);
});

codexTest(
  "install-hook: a file that Codex does not read is written, and that is said",
  async () => {
    await using box = new CodexSandbox(9);
    const path = `${box.root}/elsewhere/hooks.json`;
    const { code, stdout } = await box.run(["install-hook", "--hooks-path", path]);
    assertEquals(code, 0);
    assertMatch(stdout, /Codex does not read .*elsewhere\/hooks\.json/);
    assertEquals((await box.run(["uninstall-hook", "--hooks-path", path])).code, 0);
    assertEquals(readText(path), undefined);
  },
);
