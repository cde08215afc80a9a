import { assert, assertEquals, assertMatch } from "@std/assert";
import { findOurHooks } from "../../lib/hooks/codex/hooks_file.ts";
import { trustHash } from "../../lib/hooks/codex/trust_ahead.ts";
import { BINARY, readText } from "../support/sandbox.ts";
import {
  CODEX,
  CodexSandbox,
  codexTest,
  hooksOf,
  type Listed,
  OLD_CODEX,
  trust,
  upgradeTest,
} from "./session.ts";

/** A user's own hook, which the user has trusted. */
const OTHER = { hooks: [{ type: "command", command: "true # mine", timeout: 5 }] };

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
      Array(5).fill(["trusted", true]),
    );
    const script = `${box.codexHome}/quota-sentry-hook`;
    assert(
      hooks.every(({ command }) => command.startsWith(`[ -x '${script}' ] && exec '${script}' `)),
    );
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

/** What Codex says of each hook of ours. */
async function standingOf(box: CodexSandbox): Promise<Record<string, string>> {
  return Object.fromEntries(
    (await hooksOf(box)).map(({ eventName, trustStatus }) => [eventName, trustStatus]),
  );
}

const ALL_TRUSTED = {
  sessionStart: "trusted",
  userPromptSubmit: "trusted",
  preModelRequest: "trusted",
  preCompact: "trusted",
  preToolUse: "trusted",
};
const { preModelRequest: _, ...OLD_TRUSTED } = ALL_TRUSTED;

const LIMIT = /^Codex 0\.163: holds prompts and tools only; from 0\.164 on every request\.$/m;

codexTest("install-hook: the hash that we compute of each hook is Codex's own", async () => {
  await using box = new CodexSandbox(9);
  Deno.writeTextFileSync(box.hooksPath, JSON.stringify({ hooks: { PreModelRequest: [OTHER] } }));
  await box.run([
    ...["install-hook", "--direct", "--script-path", '/opt/it\'s "ünïcode" \\ & <b>/\u007f\t'],
    "--threshold-percent=90",
  ]);
  const listed = await hooksOf(box);
  const ours = findOurHooks(readText(box.hooksPath)!);
  assertEquals(ours.length, 5);
  for (const hook of ours) {
    const key = `:${hook.index}:0`;
    const same = listed.find(({ eventName, key: other }) =>
      eventName.toLowerCase() === hook.event.toLowerCase() && other.endsWith(key)
    );
    assertEquals(await trustHash(hook), same?.currentHash, hook.event);
  }
});

upgradeTest("install-hook: what a later Codex lists is trusted ahead of the upgrade", async () => {
  await using box = new CodexSandbox(9, { codex: OLD_CODEX });
  const config = readText(box.configPath);
  // Ours is the second of its event, as the later Codex counts.
  const others = JSON.stringify({ hooks: { PreModelRequest: [OTHER] } }, null, 2);
  Deno.writeTextFileSync(box.hooksPath, others);
  const { code, stdout, stderr } = await box.run(["install-hook"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^Codex trusts them\.$/m);
  assertMatch(stdout, LIMIT);
  assertEquals(await standingOf(box), OLD_TRUSTED);

  box.use(CODEX!);
  const ours = (await hooksOf(box)).filter(({ command }) => command !== OTHER.hooks[0]!.command);
  assertEquals(
    Object.fromEntries(ours.map(({ eventName, trustStatus }) => [eventName, trustStatus])),
    ALL_TRUSTED,
  );

  // An older one forgets it as well, wherever it had been written from.
  for (const codex of [OLD_CODEX!, CODEX!]) {
    box.use(codex);
    assertEquals((await box.run(["uninstall-hook"])).code, 0);
    assertEquals([readText(box.configPath), readText(box.hooksPath)], [config, others]);
    await box.run(["install-hook"]);
  }
});

upgradeTest("install-hook: trust that was written ahead moves with its hook", async () => {
  await using box = new CodexSandbox(9, { codex: OLD_CODEX });
  const config = readText(box.configPath);
  assertEquals((await box.run(["install-hook"])).code, 0);
  const file = JSON.parse(readText(box.hooksPath)!);
  file.hooks.PreModelRequest.unshift(OTHER);
  Deno.writeTextFileSync(box.hooksPath, JSON.stringify(file));
  assertEquals((await box.run(["install-hook", "--threshold-percent=90"])).code, 0);
  const keys = readText(box.configPath)!.match(/pre_model_request:\d+:0/g);
  assertEquals(keys, ["pre_model_request:1:0"]);
  box.use(CODEX!);
  assertEquals(
    (await hooksOf(box)).filter(({ trustStatus }) => trustStatus === "trusted").length,
    5,
  );
  box.use(OLD_CODEX!);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals(readText(box.configPath), config);
});

codexTest("install-hook: the three hooks of an earlier version are taken over", async () => {
  await using box = new CodexSandbox(9);
  const script = `${box.codexHome}/quota-sentry-hook`;
  const group = (call: string, matcher?: string) => [{
    ...(matcher === undefined ? {} : { matcher }),
    hooks: [{
      type: "command",
      command: `'${script}' ${call}`,
      timeout: 2_764_800,
      statusMessage: "Quota Sentry: checking the quota; waits for the reset if it is spent",
    }],
  }];
  const hooks = {
    PreToolUse: group("guard --state-only", ".*"),
    SessionStart: group("start --quiet", "startup|resume|clear|compact"),
    UserPromptSubmit: group("guard --start-daemon"),
  };
  const config = readText(box.configPath);
  Deno.writeTextFileSync(box.hooksPath, `${JSON.stringify({ hooks }, null, 2)}\n`);
  await trust(box, await hooksOf(box));
  const earlier =
    "the hooks are of an earlier version (missing: PreModelRequest, PreCompact); run: quota-sentry install-hook\n";
  assert((await box.run(["status"])).stdout.includes(earlier));

  assertEquals((await box.run(["install-hook"])).code, 0);
  assertEquals(await standingOf(box), ALL_TRUSTED);
  assertEquals((await hooksOf(box)).length, 5);
  assert(!(await box.run(["status"])).stdout.includes("earlier version"));
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals([readText(box.hooksPath), readText(box.configPath)], [undefined, config]);
});
