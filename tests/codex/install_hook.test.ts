import { assert, assertEquals, assertMatch } from "@std/assert";
import { HOOKS_FILE } from "../../lib/harness/codex/hooks/hooks_file.ts";
import { trustHash } from "../../lib/harness/codex/hooks/trust_ahead.ts";
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

    // Twice is once, and says so.
    const files = [readText(box.hooksPath), readText(box.configPath)];
    const again = await box.run(["install-hook"]);
    assertMatch(
      again.stdout,
      /are in .*hooks\.json already; nothing was changed\.\nCodex trusts them/,
    );
    assertEquals(again.code, 0);
    assertEquals([readText(box.hooksPath), readText(box.configPath)], files);

    const removed = await box.run(["uninstall-hook"]);
    assertEquals([removed.code, removed.stderr], [0, ""]);
    assertEquals(readText(box.hooksPath), undefined);
    assertEquals(filesOfOurs(box), []);
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
  assertEquals(readText(`${box.hooksPath}.before-quota-sentry`), original);
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
    assertEquals(filesOfOurs(box), []);
  }
  assertEquals(readText(box.configPath), config);
});

/** What is ours beside the hooks file and in it. */
function filesOfOurs(box: CodexSandbox, directory = box.codexHome): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => /quota-sentry/.test(name) || name.endsWith(".bak")).sort();
}

/** A Codex that is killed when it is to list hooks; the third time, all has been written. */
function failWhenListing(box: CodexSandbox, { at = 3, before = "true" } = {}): void {
  Deno.renameSync(`${box.bin}/codex`, `${box.bin}/real-codex`);
  box.executable(
    "codex",
    `#!/bin/sh
n=0
cd / && while read -r line; do
  case $line in *hooks/list*) n=$((n + 1)) ;; esac
  if [ $n = ${at} ]; then ${before}; kill -KILL 0; fi
  printf '%s\\n' "$line"
done | '${box.bin}/real-codex' "$@"
`,
  );
}

codexTest("install-hook: when Codex fails, everything is put back", async () => {
  await using box = new CodexSandbox(9);
  const original = JSON.stringify({ hooks: { PreToolUse: [OTHER] } });
  Deno.writeTextFileSync(box.hooksPath, original);
  const config = readText(box.configPath);
  failWhenListing(box, { before: `cp '${box.configPath}' '${box.root}/config-then'` });
  const { code, stderr } = await box.run(["install-hook"]);
  assertEquals(code, 1);
  assertMatch(stderr, /the hooks were not installed, and everything is as it was: codex /);
  assert(readText(`${box.root}/config-then`)!.includes("trusted_hash"), "it had been written");
  assertEquals([readText(box.hooksPath), readText(box.configPath)], [original, config]);
  assertEquals(filesOfOurs(box), []);
});

codexTest("install-hook: when it fails, what others have written meanwhile stays", async () => {
  await using box = new CodexSandbox(9);
  const original = JSON.stringify({ hooks: { PreToolUse: [OTHER] } });
  Deno.writeTextFileSync(box.hooksPath, original);
  const config = readText(box.configPath);
  const edits = `echo ' ' >> '${box.hooksPath}'; echo '# mine' >> '${box.configPath}'`;
  failWhenListing(box, { before: edits });
  const { code, stderr } = await box.run(["install-hook"]);
  assertEquals(code, 1);
  assert(!stderr.includes("everything is as it was"), stderr);
  assert(
    readText(box.hooksPath)!.endsWith("} \n") && readText(box.configPath)!.endsWith("# mine\n"),
  );
  for (const [path, before] of [[box.hooksPath, original], [box.configPath, config]]) {
    const said = `${path} was not put back (${path}: somebody else has changed it meanwhile); `;
    const [, rest = ""] = stderr.split(`${said}what was in it before is in `);
    assertEquals(readText(rest.split(". ")[0]!), before);
  }
  Deno.renameSync(`${box.bin}/real-codex`, `${box.bin}/codex`);
  await box.run(["uninstall-hook"]);
  assertEquals([readText(box.hooksPath), readText(box.configPath)], [
    `${original} \n`,
    `${config}# mine\n`,
  ]);
});

/** Configurations that Codex's own writer would change beyond its tables. */
const CONFIGS: Record<string, string> = {
  "a byte order mark and CRLF": '\uFEFFmodel = "mock"\r\n[tui]\r\ntheme = "x"\r\n',
  "no end of its last line": 'model = "mock"\r\n[tui]\ntheme = "x"',
  "dotted keys": 'model = "mock"\nhooks.state."/o:stop:0:0".enabled = false\ntui.theme = "x"\n',
  "nothing in it, behind a link": "",
};

for (const [name, config] of Object.entries(CONFIGS)) {
  codexTest(`install-hook: a config.toml with ${name} is added to, and comes back`, async () => {
    await using box = new CodexSandbox(9);
    const real = `${box.root}/dotfile`;
    Deno.writeTextFileSync(real, config);
    Deno.removeSync(box.configPath);
    Deno.symlinkSync(real, box.configPath);
    const installed = await box.run(["install-hook"]);
    assertEquals([installed.code, installed.stderr], [0, ""]);
    assert(readText(real)!.startsWith(config), "only added to");
    assertEquals(await standingOf(box), ALL_TRUSTED);
    assertEquals((await box.run(["uninstall-hook"])).code, 0);
    assertEquals(
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(Deno.readFileSync(real)),
      config,
    );
    assertEquals(Deno.readLinkSync(box.configPath), real);
  });
}

/** What Codex would not run hooks with, and what is said of it. */
const REFUSED: Record<string, [config: string, hooks: string | undefined, said: RegExp]> = {
  "an inline table": [
    "hooks = { }\n",
    undefined,
    /config\.toml: "hooks" is written in one line.*write it as a table, \[hooks\]/,
  ],
  "hooks that are off": [
    "[features]\nhooks = false\n",
    undefined,
    /switched off in Codex \(hooks = false,/,
  ],
  "hooks that are off by the old name": [
    "[features]\ncodex_hooks = false\n",
    undefined,
    /switched off in Codex \(codex_hooks = false,/,
  ],
  "a key that is there twice": [
    "model = 'a'\nmodel = 'b'\n",
    '{ "hooks": {} }\n',
    /codex says: .*config\.toml:2:1: duplicate key/,
  ],
  "a fraction in a hook's timeout": [
    "",
    '{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"true","timeout":1.5}]}]}}',
    /codex says: .*hooks\.json: .* at line 1 column \d+/,
  ],
};

for (const [name, [config, hooks, said]] of Object.entries(REFUSED)) {
  codexTest(
    `install-hook: with ${name} nothing changes, and Codex's reason is passed on`,
    async () => {
      await using box = new CodexSandbox(9);
      Deno.writeTextFileSync(box.configPath, config);
      if (hooks !== undefined) Deno.writeTextFileSync(box.hooksPath, hooks);
      const { code, stdout, stderr } = await box.run(["install-hook"]);
      assertEquals([code, stdout], [1, ""]);
      assertMatch(stderr, said);
      assertEquals([readText(box.configPath), readText(box.hooksPath)], [config, hooks]);
      assertEquals(filesOfOurs(box), []);
    },
  );
}

codexTest("uninstall-hook: a Codex that ends meanwhile keeps nothing of ours", async () => {
  await using box = new CodexSandbox(9);
  const config = readText(box.configPath);
  const original = JSON.stringify({ hooks: { PreToolUse: [OTHER] } });
  Deno.writeTextFileSync(box.hooksPath, original);
  assertEquals((await box.run(["install-hook"])).code, 0);
  failWhenListing(box, { at: 2 });
  const { code, stdout, stderr } = await box.run(["uninstall-hook"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /Removed our hooks .*\nCodex has forgotten/);
  assertEquals([readText(box.hooksPath), readText(box.configPath)], [original, config]);
  assertEquals(filesOfOurs(box), []);
});

codexTest("uninstall-hook: also with hooks off, or without Codex, their trust goes", async () => {
  await using box = new CodexSandbox(9);
  const config = readText(box.configPath)!;
  for (const off of [config.replace("[features]\n", "[features]\nhooks = false\n"), config]) {
    assertEquals((await box.run(["install-hook"])).code, 0);
    const records = readText(box.configPath)!.slice(config.length);
    Deno.writeTextFileSync(box.configPath, off + records);
    if (off === config) Deno.removeSync(`${box.bin}/codex`);
    const { code, stdout } = await box.run(["uninstall-hook"]);
    assertEquals(code, 0);
    assertMatch(stdout, /Codex has forgotten that they were trusted\./);
    assertEquals([readText(box.configPath), readText(box.hooksPath)], [off, undefined]);
    Deno.writeTextFileSync(box.configPath, config);
  }
});

codexTest(
  "install-hook: a home whose hooks file is a link to another's changes nothing there",
  async () => {
    await using box = new CodexSandbox(9);
    const config = readText(box.configPath)!;
    assertEquals((await box.run(["install-hook"])).code, 0);
    const first = () =>
      [box.hooksPath, box.configPath, `${box.codexHome}/quota-sentry-hook`].map(readText);
    const before = first();
    const home = `${box.root}/private`;
    Deno.mkdirSync(home);
    Deno.writeTextFileSync(`${home}/config.toml`, config);
    Deno.symlinkSync(box.hooksPath, `${home}/hooks.json`);
    const env = { CODEX_HOME: home };

    const installed = await box.run(["install-hook"], { env });
    assertEquals([installed.code, installed.stderr], [0, ""]);
    assertMatch(installed.stdout, /The hooks are in place: .*\nCodex trusts them\.\n/);
    assertEquals(first(), before);
    assertEquals(filesOfOurs(box, home), []);
    const records = readText(`${home}/config.toml`)!.match(/private\/hooks\.json:/g);
    assertEquals(records?.length, 5);

    // Other hooks would be trusted in neither.
    const refused = await box.run(["install-hook", "--threshold-percent=80"], { env });
    assertEquals(refused.code, 1);
    assert(
      refused.stderr.includes(`run first: CODEX_HOME=${box.codexHome} quota-sentry install-hook`),
    );
    assertEquals(first(), before);

    const removed = await box.run(["uninstall-hook"], { env });
    assertEquals([removed.code, removed.stderr], [0, ""]);
    assertMatch(
      removed.stdout,
      /they stay\.\nTo remove them there as well: CODEX_HOME=.* uninstall-hook/,
    );
    assertEquals(readText(`${home}/config.toml`), config);
    assertEquals(first(), before);
    assertEquals(await standingOf(box), ALL_TRUSTED);
  },
);

codexTest(
  "install-hook: two homes whose hooks files link to a third place change nothing of each other's",
  async () => {
    await using box = new CodexSandbox(9);
    const [config, dotfiles] = [readText(box.configPath)!, `${box.home}/dotfiles`];
    const original = '{"hooks":{}}\n';
    Deno.mkdirSync(dotfiles);
    Deno.writeTextFileSync(`${dotfiles}/hooks.json`, original);
    const second = `${box.root}/second`;
    Deno.mkdirSync(second);
    Deno.writeTextFileSync(`${second}/config.toml`, config);
    for (const home of [box.codexHome, second]) {
      Deno.symlinkSync(`${dotfiles}/hooks.json`, `${home}/hooks.json`);
    }
    const env = { CODEX_HOME: second };
    assertEquals((await box.run(["install-hook"])).code, 0);
    const first = () =>
      [`${dotfiles}/hooks.json`, `${dotfiles}/quota-sentry-hook`, box.configPath].map(readText);
    const before = first();

    // Other hooks, or a script that looks elsewhere, would be another's too.
    for (const option of ["--threshold-percent=80", `--state-dir=${box.root}/other`]) {
      const { code, stderr } = await box.run(["install-hook", option], { env });
      assertEquals([code, first()], [1, before], option);
      const todo = `run first: CODEX_HOME=${box.codexHome} quota-sentry uninstall-hook`;
      assert(stderr.includes(todo), stderr);
    }
    // The same are both homes'.
    const same = await box.run(["install-hook"], { env });
    assertEquals([same.code, same.stderr, first()], [0, "", before]);
    assertEquals(readText(`${second}/config.toml`)!.match(/second\/hooks\.json:/g)?.length, 5);

    // Each gives up its own trust alone, and the last one the hooks.
    const left = await box.run(["uninstall-hook"], { env });
    assertEquals([left.code, left.stderr], [0, ""]);
    assertMatch(left.stdout, /they stay\.\nTo remove them there as well: CODEX_HOME=\S+\.codex /);
    assertEquals([readText(`${second}/config.toml`), first()], [config, before]);
    assertEquals(await standingOf(box), ALL_TRUSTED);
    assertEquals((await box.run(["uninstall-hook"])).code, 0);
    assertEquals(first(), [original, undefined, config]);
  },
);

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
  Deno.mkdirSync(`${box.bin}/it's "ünïcode" \\ & <b>`);
  const program = box.executable('it\'s "ünïcode" \\ & <b>/\u007f\t', "");
  const options = ["--direct", "--script-path", program, "--threshold-percent=90"];
  assertEquals((await box.run(["install-hook", ...options])).code, 0);
  const listed = await hooksOf(box);
  const ours = HOOKS_FILE.find(readText(box.hooksPath)!);
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
  assert((await box.run(["status", "--long"])).stdout.includes(earlier));

  assertEquals((await box.run(["install-hook"])).code, 0);
  assertEquals(await standingOf(box), ALL_TRUSTED);
  assertEquals((await hooksOf(box)).length, 5);
  assert(!(await box.run(["status", "--long"])).stdout.includes("earlier version"));
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals([readText(box.hooksPath), readText(box.configPath)], [undefined, config]);
});
