import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { readText, Sandbox } from "../../support/sandbox.ts";

/** A home of Claude Code's, without Claude Code. */
class Home extends Sandbox {
  readonly claudeHome = join(this.home, ".claude");
  readonly settingsPath = join(this.claudeHome, "settings.json");

  constructor(settings?: string) {
    super("quota-sentry-claude");
    Deno.mkdirSync(this.claudeHome);
    if (settings !== undefined) Deno.writeTextFileSync(this.settingsPath, settings);
  }

  /** All files beside the settings, and these, by their names. */
  get files(): Record<string, string | undefined> {
    const directory = this.claudeHome;
    return Object.fromEntries(
      [...Deno.readDirSync(directory)].map(({ name }) => name).sort()
        .map((name) => [name, readText(join(directory, name))]),
    );
  }

  async ours(command: "install-hook" | "uninstall-hook") {
    return await this.run([command, "claude"]);
  }

  async done(command: "install-hook" | "uninstall-hook"): Promise<string> {
    const { code, stdout, stderr } = await this.ours(command);
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  }
}

const MINE = { type: "command", command: "mine.sh", timeout: 5 };

const GROUP = { matcher: "Bash", hooks: [MINE] };

/** As users have them; `ours` is in the middle of what they have in the same events. */
const SETTINGS = JSON.stringify(
  {
    model: "opus",
    hooks: {
      SessionStart: [{ hooks: [MINE] }],
      UserPromptSubmit: [{ hooks: [MINE, MINE] }],
      PreToolUse: [GROUP, { matcher: "Agent|Task", hooks: [MINE] }],
      PostToolBatch: [{ hooks: [MINE] }],
      PreCompact: [],
      Stop: [GROUP],
    },
    statusLine: MINE,
    permissions: { allow: ["Bash"] },
  },
  null,
  2,
);

const GIVEN_BACK: Record<string, string> = {
  "the user's hooks in the same events, and no line end at the end": SETTINGS,
  "a line end": `${SETTINGS}\n`,
  "CRLF": `${SETTINGS}\n`.replaceAll("\n", "\r\n"),
  "one line": JSON.stringify(JSON.parse(SETTINGS)),
  "a megabyte on one line": JSON.stringify({
    env: Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`VARIABLE_${index}`, "x".repeat(80)]),
    ),
    ...JSON.parse(SETTINGS),
  }),
};

for (const [name, text] of Object.entries(GIVEN_BACK)) {
  Deno.test(`Claude Code's settings with ${name} are given back to the byte`, async () => {
    await using box = new Home(text);
    await box.done("install-hook");
    assertStringIncludes(box.files["settings.json"]!, "--provider=claude");
    await box.done("uninstall-hook");
    assertEquals(box.files, { "settings.json": text });
  });
}

Deno.test("Claude Code's settings: no timeout of ours is too long for 2.1.197", async () => {
  await using box = new Home();
  await box.done("install-hook");
  const { hooks } = JSON.parse(box.files["settings.json"]!);
  for (const [{ hooks: [{ timeout }] }] of Object.values(hooks) as [{ hooks: [typeof MINE] }][]) {
    assertEquals(timeout > 0 && timeout * 1000 < 2 ** 31, true, String(timeout));
  }
});

Deno.test("Claude Code's settings that were ended half-way are whole, and are given back", async () => {
  await using model = new Home(SETTINGS);
  await model.done("install-hook");
  const installed = model.files;
  const copy = "settings.json.before-quota-sentry";
  const steps = [copy, "quota-sentry-hook", "quota-sentry-statusline", "settings.json"];
  assertEquals(Object.keys(installed).sort(), steps.toSorted());

  // Ended by SIGKILL behind each of its steps, in the order in which it takes them.
  for (let count = 0; count <= steps.length; count++) {
    for (const repaired of [false, true]) {
      await using box = new Home(SETTINGS);
      for (const name of steps.slice(0, count)) {
        Deno.writeTextFileSync(join(dirname(box.settingsPath), name), installed[name]!);
      }
      if (repaired) await box.done("install-hook");
      if (repaired || count === steps.length) await box.done("uninstall-hook");
      const left = box.files;
      assertEquals(left["settings.json"], SETTINGS);
      if (repaired) assertEquals(Object.keys(left), ["settings.json"], `ended behind ${count}`);
    }
  }
});

Deno.test("what an ended removal of Claude Code's hooks has left goes with the next one", async () => {
  await using box = new Home(SETTINGS);
  await box.done("install-hook");
  const { "settings.json": _, ...left } = box.files;
  assertEquals(Object.keys(left), [
    "quota-sentry-hook",
    "quota-sentry-statusline",
    "settings.json.before-quota-sentry",
  ]);
  // The settings are given back first; then it was killed.
  for (const names of [Object.keys(left), Object.keys(left).slice(1), Object.keys(left).slice(2)]) {
    for (const uninstall of [["uninstall-hook"], ["uninstall-hook", "claude"], ["uninstall"]]) {
      Deno.writeTextFileSync(box.settingsPath, SETTINGS);
      for (const name of names) Deno.writeTextFileSync(`${box.claudeHome}/${name}`, left[name]!);
      const { code, stdout } = await box.run([...uninstall]);
      assertEquals([code, box.files], [0, { "settings.json": SETTINGS }], uninstall.join(" "));
      for (const name of names) assertStringIncludes(stdout, name);
    }
  }
  // What is not ours stays, whatever it is called.
  const theirs = { "quota-sentry-hook": "mine", "settings.json.before-quota-sentry": "older" };
  for (const [name, text] of Object.entries(theirs)) {
    Deno.writeTextFileSync(`${box.claudeHome}/${name}`, text);
  }
  await box.done("uninstall-hook");
  assertEquals(box.files, { ...theirs, "settings.json": SETTINGS });
});

Deno.test("a home that was made for Claude Code's hooks is empty without them, and nobody's", async () => {
  await using box = new Home();
  Deno.removeSync(box.claudeHome);
  await box.done("install-hook");
  // As a writer leaves it that was killed.
  const stray = `.settings.json.4711-${crypto.randomUUID()}.tmp`;
  const theirs = ".settings.json.tmp";
  for (const name of [stray, theirs]) Deno.writeTextFileSync(`${box.claudeHome}/${name}`, "");
  await box.done("uninstall-hook");
  assertEquals(box.files, { [theirs]: "" });
  Deno.removeSync(`${box.claudeHome}/${theirs}`);
  await box.done("install-hook");
  assertStringIncludes(await box.done("uninstall-hook"), "our hooks from");
  assertEquals(box.files, {});
  // Nobody takes an empty one for a home of Claude Code's.
  assertStringIncludes((await box.run(["install-hook"])).stdout, "hooks.json");
});

Deno.test("the user's status line comes back, also where our script is gone and the settings were edited", async () => {
  for (const again of [false, true]) {
    await using box = new Home(SETTINGS);
    await box.done("install-hook");
    const edit = (text: string) => text.replace('"opus"', '"sonnet"');
    Deno.writeTextFileSync(box.settingsPath, edit(box.files["settings.json"]!));
    Deno.removeSync(`${box.claudeHome}/quota-sentry-statusline`);
    if (again) assertStringIncludes(await box.done("install-hook"), "shows what it has shown");
    const said = await box.done("uninstall-hook");
    const { model, statusLine } = JSON.parse(box.files["settings.json"]!);
    assertEquals([model, statusLine], ["sonnet", MINE]);
    // The file is another one now; what it was before stays for the user, and that is said.
    assertMatch(said, /settings\.json\.before-quota-sentry stays: it is the file as it was before/);
    assertEquals(box.files["settings.json.before-quota-sentry"], SETTINGS);
  }
});

Deno.test("settings that are broken since, and do not name us, are nobody's; what is beside them goes", async () => {
  await using box = new Home(SETTINGS);
  await box.done("install-hook");
  Deno.writeTextFileSync(box.settingsPath, "{ mine");
  const { code, stderr } = await box.run(["uninstall"]);
  assertEquals([code, stderr], [0, ""]);
  // The copy is what the settings were: it is the user's now.
  assertEquals(box.files, {
    "settings.json": "{ mine",
    "settings.json.before-quota-sentry": SETTINGS,
  });
});

Deno.test("scripts that another file's hooks call stay", async () => {
  await using box = new Home(SETTINGS);
  const local = `${box.claudeHome}/settings.local.json`;
  const { code } = await box.run(["install-hook", "claude", `--hooks-path=${local}`]);
  assertEquals(code, 0);
  const before = box.files;
  assertStringIncludes(await box.done("uninstall-hook"), "There are no hooks of ours");
  assertEquals(box.files, before);
  await box.run(["uninstall-hook", "claude", `--hooks-path=${local}`]);
  assertEquals(box.files, { "settings.json": SETTINGS });
});

Deno.test("settings that the user moves elsewhere and links get all back, and leave no link to nothing", async () => {
  for (const settings of [SETTINGS, undefined]) {
    await using box = new Home(settings);
    await box.done("install-hook");
    const real = join(box.home, "dotfiles", "claude.json");
    Deno.mkdirSync(dirname(real));
    Deno.renameSync(box.settingsPath, real);
    Deno.symlinkSync(real, box.settingsPath);
    const given = settings === undefined ? "our status line" : "gave the status line back";
    assertStringIncludes(await box.done("uninstall-hook"), given);
    const { hooks, ...others } = JSON.parse(readText(real) ?? "{}");
    const { hooks: theirs, ...before } = JSON.parse(settings ?? "{}");
    assertEquals([others, hooks?.Stop], [before, theirs?.Stop]);
    const left = settings === undefined
      ? {}
      : { "settings.json": readText(real), "settings.json.before-quota-sentry": SETTINGS };
    assertEquals(box.files, left);
    await box.done("install-hook");
  }
});

Deno.test("Claude Code's settings that are a link stay one; what it leads to is given back", async () => {
  await using box = new Home();
  const real = join(box.root, "dotfiles.json");
  Deno.writeTextFileSync(real, SETTINGS, { mode: 0o444 });
  Deno.chmodSync(real, 0o444);
  Deno.symlinkSync(real, box.settingsPath);
  await box.done("install-hook");
  assertEquals(Deno.lstatSync(box.settingsPath).isSymlink, true);
  assertStringIncludes(readText(real)!, "--provider=claude");
  await box.done("uninstall-hook");
  assertEquals([readText(real), Deno.statSync(real).mode! & 0o777], [SETTINGS, 0o444]);
  assertEquals(Deno.lstatSync(box.settingsPath).isSymlink, true);
});

for (
  const [name, text, why] of [
    [
      "a comment",
      '{\n  // mine\n  "model": "opus"\n}\n',
      /not valid JSON.*Claude Code passes over/,
    ],
    ["a byte order mark", `\uFEFF${SETTINGS}`, /byte order mark/],
    ["disableAllHooks", '{"disableAllHooks": true}', /switched off.*disableAllHooks/],
    [
      "one key twice",
      '{"hooks": {"Stop": []}, "hooks": {"Stop": []}}',
      /cannot be changed safely, such as with one key twice; mend it/,
    ],
  ] as const
) {
  Deno.test(`Claude Code's settings with ${name} are refused, and left as they are`, async () => {
    await using box = new Home(text);
    const { code, stderr } = await box.ours("install-hook");
    assertEquals([code, box.files], [1, { "settings.json": text }]);
    assertMatch(stderr, why);
  });
}

for (const line of ["null", '"none"', '{"type": "other"}']) {
  Deno.test(`Claude Code's settings with ${line} for a status line get the hooks, and it stays`, async () => {
    const text = `{"statusLine": ${line}}`;
    await using box = new Home(text);
    assertStringIncludes(await box.done("install-hook"), "The status line was left as it is");
    assertEquals(JSON.parse(box.files["settings.json"]!).statusLine, JSON.parse(line));
    await box.done("uninstall-hook");
    assertEquals(box.files, { "settings.json": text });
  });
}

Deno.test("Claude Code's settings that are a directory are refused, and left as they are", async () => {
  await using box = new Home();
  Deno.mkdirSync(box.settingsPath);
  const { code, stderr } = await box.ours("install-hook");
  assertEquals(code, 1);
  assertMatch(stderr, /not installed.*everything is as it was/s);
  assertEquals(Object.keys(box.files), ["settings.json"]);
});

Deno.test("doctor tells what has been done to Claude Code's settings since", async () => {
  await using box = new Home(SETTINGS);
  await box.done("install-hook");
  const installed = JSON.parse(box.files["settings.json"]!);
  const said = async (settings: string): Promise<string> => {
    Deno.writeTextFileSync(box.settingsPath, settings);
    return (await box.run(["doctor", "--provider=claude"])).stdout;
  };
  assertMatch(
    await said(JSON.stringify({ ...installed, disableAllHooks: true })),
    /switched off in Claude Code: disableAllHooks/,
  );
  assertMatch(
    await said(JSON.stringify({ ...installed, statusLine: MINE })),
    /statusline.*ours does not stand in its place/,
  );
  for (const settings of ["", "{}"]) {
    assertMatch(await said(settings), /fail {2}hooks +no hooks of ours are installed/);
  }
});

/** A Claude Code that tells its version, and nothing else. */
function claudeOf(box: Home, version: string): void {
  box.executable("claude", `#!/bin/sh\necho '${version} (Claude Code)'\n`);
}

async function doctor(box: Home, ...args: string[]): Promise<string> {
  return (await box.run(["doctor", "--provider=claude", ...args])).stdout;
}

Deno.test("doctor tells which requests a Claude Code without PostToolBatch does not hold", async () => {
  await using box = new Home();
  claudeOf(box, "2.1.117");
  const limit = /Claude Code 2\.1\.117 has no hook between the requests .*; from 2\.1\.118 on/;
  assertMatch(await box.done("install-hook"), limit);
  assertMatch(await doctor(box), limit);
  assertMatch(
    await doctor(box, "--coverage"),
    /hole {2}each later request of a turn +this Claude Code does not know PostToolBatch\n +→ update Claude Code to 2\.1\.118/,
  );
  claudeOf(box, "2.1.118");
  assert(!(await doctor(box)).includes("2.1.118 on"));
});

Deno.test("a Claude Code that would pass over all settings for one hook does not get that hook", async () => {
  await using box = new Home(SETTINGS);
  const events = () => Object.keys(JSON.parse(box.files["settings.json"]!).hooks);
  const ours = () => box.files["settings.json"]!.match(/guard --on=\w+/g)?.sort();
  claudeOf(box, "2.1.100");
  await box.done("install-hook");
  assertEquals(ours(), ["guard --on=compact", "guard --on=tool"]);
  assert(events().includes("PostToolBatch"), "what the user has there is the user's");
  const old = await doctor(box);
  assertMatch(
    old,
    /ok {4}hooks +installed: SessionStart, UserPromptSubmit, PreToolUse, PreCompact$/m,
  );
  assertMatch(old, /warn {2}requests +Claude Code 2\.1\.100 has no hook between/);
  assertMatch(
    await doctor(box, "--coverage"),
    /hole {2}each later request of a turn +this Claude Code does not know PostToolBatch/,
  );
  assert(!(await box.run(["status", "--provider=claude"])).stdout.includes("PostToolBatch"));

  // Where it cannot be asked, nobody is led to install what was left out for it.
  Deno.removeSync(`${box.bin}/claude`);
  assert(!(await box.run(["status", "--provider=claude"])).stdout.includes("PostToolBatch"));
  assertMatch(await doctor(box), /ok {4}hooks +installed: SessionStart/);
  await box.done("install-hook");
  assertEquals(ours(), ["guard --on=compact", "guard --on=tool"]);

  // Once it is updated, all of them are wanted.
  claudeOf(box, "2.1.118");
  assertMatch(await doctor(box), /fail {2}hooks .*PostToolBatch/);
  assertMatch((await box.run(["status", "--provider=claude"])).stdout, /PostToolBatch/);
  await box.done("install-hook");
  assertEquals(ours(), ["guard --on=compact", "guard --on=request", "guard --on=tool"]);

  // One that is older again, as where the settings are shared between machines.
  claudeOf(box, "2.1.100");
  assertMatch(
    await doctor(box),
    /fail {2}trust +Claude Code 2\.1\.100 passes over its whole settings file.*PostToolBatch/,
  );
  await box.done("install-hook");
  assertEquals(ours(), ["guard --on=compact", "guard --on=tool"]);
  await box.done("uninstall-hook");
  assertEquals(box.files, { "settings.json": SETTINGS });
});
