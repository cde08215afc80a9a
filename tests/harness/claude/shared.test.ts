import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { digestOf } from "../../../lib/files/digest.ts";
import { CODEXBAR, readText, Sandbox, until, usage } from "../../support/sandbox.ts";

/** Two homes of Claude Code's whose settings are one file among the user's own. */
class TwoHomes extends Sandbox {
  readonly first = join(this.home, ".claude");
  readonly second = join(this.home, ".claude-work");
  readonly kept = join(this.home, "dot");

  constructor() {
    super("quota-sentry-claude");
    Deno.mkdirSync(this.kept);
    Deno.writeTextFileSync(join(this.kept, "settings.json"), "{}\n");
    for (const home of [this.first, this.second]) {
      Deno.mkdirSync(join(home, "projects"), { recursive: true });
      Deno.symlinkSync("../dot/settings.json", join(home, "settings.json"));
    }
  }

  async of(home: string, ...args: readonly string[]) {
    return await this.run(args, { env: { CLAUDE_CONFIG_DIR: home } });
  }

  get script(): string {
    return readText(join(this.kept, "quota-sentry-hook"))!;
  }
}

/** Signs in with a subscription. */
function signIn(home: string): void {
  const login = { claudeAiOauth: { accessToken: "nobody's", subscriptionType: "max" } };
  Deno.writeTextFileSync(join(home, ".credentials.json"), JSON.stringify(login));
}

Deno.test("two homes with one settings file share a state, and each command says so", async () => {
  await using box = new TwoHomes();
  const first = await box.of(box.first, "install-hook", "claude");
  assertEquals([first.code, first.stderr], [0, ""]);
  assertStringIncludes(first.stdout, `It is the settings of ${box.second} as well`);
  assertStringIncludes(box.script, `state='${box.stateDir}'`);
  await box.of(box.first, "start", "--provider=claude");
  const before = box.script;
  const second = await box.of(box.second, "install-hook", "claude");
  assertEquals([second.code, second.stderr], [0, ""]);
  assertStringIncludes(second.stdout, "nothing was changed");
  assertStringIncludes(second.stdout, `It is the settings of ${box.first} as well`);
  assertEquals(box.script, before);

  const doctor = await box.of(box.second, "doctor", "--provider=claude");
  assertMatch(doctor.stdout, /warn +home +its hooks look at the state of ~\/\.claude, and hold on/);
  assertMatch(doctor.stdout, /ok +daemon +pid/);
  const status = await box.of(box.second, "status", "--provider=claude", "--long");
  assertMatch(
    status.stdout,
    /^provider: claude, home: ~\/\.claude-work; its hooks look at the state of ~\/\.claude, and hold/,
  );

  const all = await box.run(["doctor", "--all"]);
  for (const home of ["~/.claude", "~/.claude-work"]) {
    assertMatch(all.stdout, new RegExp(`^Claude Code home ${home}$`, "m"));
  }

  const removed = await box.run(["uninstall-hook", "--all"]);
  assertStringIncludes(removed.stdout, `It was the settings of ${box.second} as well`);
  assertStringIncludes(removed.stdout, "~/.claude-work: There are no hooks of ours in");
  assertEquals([...Deno.readDirSync(box.kept)].map(({ name }) => name), ["settings.json"]);
  assertEquals(readText(join(box.kept, "settings.json")), "{}\n");
});

Deno.test("whoever names a home that shares another one's state reads that one's quota", async () => {
  await using box = new TwoHomes();
  box.codexbar(
    "case $CLAUDE_CONFIG_DIR in *work*) exit 1 ;; esac\n" + CODEXBAR.answers,
  );
  await box.run(["install-hook", "claude"]);
  signIn(box.first);
  box.answer([{ ...(usage({ used: 97 }) as object[])[0], provider: "claude" }]);
  const named = ["--provider=claude", `--home=${box.second}`];
  await box.run(["start", "--provider=claude"]);
  await box.run(["stop", "--provider=claude"]);
  await box.run(["start", ...named]);
  await until("it has read", () => box.state?.status === "blocked");
  const { stdout } = await box.run(["poll", ...named]);
  assertMatch(stdout, /^blocked: 97% /);

  // The one that is named counts where the directory is named as well, where nobody is signed in in the
  // other, and where that one's hooks look elsewhere.
  const own = async (...more: string[]) =>
    assertMatch((await box.run(["poll", ...named, ...more])).stdout, /codexbar printed nothing/);
  await own(`--state-dir=${box.stateDir}`);
  Deno.removeSync(join(box.first, ".credentials.json"));
  await own();
  signIn(box.first);
  await box.run(["uninstall-hook", "claude"]);
  await own(`--state-dir=${box.stateDir}`);
});

Deno.test("a settings file that is kept elsewhere for one home alone is that home's", async () => {
  await using box = new TwoHomes();
  Deno.removeSync(join(box.second, "settings.json"));
  const { stdout } = await box.of(box.first, "install-hook", "claude");
  assert(!stdout.includes("as well"), stdout);
  const other = await box.of(box.second, "install-hook", "claude");
  assertEquals([other.code, other.stdout.includes("as well")], [0, false]);
  assertStringIncludes(box.script, `state='${box.stateDir}'`);
  assertMatch(
    readText(join(box.second, "quota-sentry-hook"))!,
    /^state='.*quota-sentry-claude@claude-work-/m,
  );
});

Deno.test("doctor looks at the directory that Claude Code's hooks were given", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(join(box.home, ".claude"));
  const mine = join(box.home, "mine");
  await box.run(["install-hook", "claude", `--state-dir=${mine}`]);
  await box.run(["start", "--provider=claude", `--state-dir=${mine}`]);
  for (const args of [["doctor"], ["doctor", "--provider=claude"]]) {
    assertMatch((await box.run(args)).stdout, /ok +daemon +pid/);
  }
  const elsewhere = await box.run(["doctor", "--provider=claude", `--state-dir=${mine}-other`]);
  assertMatch(elsewhere.stdout, /fail +daemon +it does not run/);
});

Deno.test("doctor says to install with another option what was installed with one", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(join(box.home, ".claude"));
  const doctor = async (...given: string[]) => {
    await box.run(["install-hook", "claude", "--interval-seconds=600", ...given]);
    return (await box.run(["doctor", "--provider=claude"])).stdout;
  };
  assertMatch(await doctor(), /run: quota-sentry config set maxStateAgeSeconds 660\n/);
  assertMatch(
    await doctor("--max-state-age-seconds=120"),
    /run: quota-sentry install-hook --max-state-age-seconds 660, with the other options\n/,
  );
});

Deno.test("--all, and a renewal, are for every home with hooks of ours", async () => {
  await using box = new Sandbox();
  const claude = join(box.home, ".claude");
  Deno.mkdirSync(claude);
  Deno.mkdirSync(box.codexHome);
  const mine = join(box.home, "mine");
  const plugin = join(box.home, ".config/opencode/plugin/quota-sentry.js");
  await box.run(["install-hook", "claude", `--state-dir=${mine}`]);
  await box.run(["install-hook", "opencode"]);
  // A plugin of that name is no hook of ours.
  const other = join(box.home, ".claude-other");
  Deno.mkdirSync(other);
  Deno.writeTextFileSync(
    join(other, "settings.json"),
    '{ "enabledPlugins": { "quota-sentry@quota-sentry": true } }\n',
  );
  const there = await box.run(["status", "--all"], { env: { CLAUDE_CONFIG_DIR: other } });
  assert(!there.stdout.includes("claude-other"), there.stdout);
  const doctor = await box.run(["doctor", "--all"]);
  for (const name of ["Codex", "Claude Code", "OpenCode"]) {
    assertMatch(doctor.stdout, new RegExp(`^${name} home ~`, "m"));
  }
  const started = await box.run(["start", "--all"]);
  assertMatch(started.stdout, /^~\/\.claude: daemon started/m);
  assert(!started.stdout.includes("opencode"), started.stdout);

  const script = join(claude, "quota-sentry-hook");
  const [hook, text] = [readText(script)!, readText(plugin)!];
  Deno.writeTextFileSync(script, `${hook}# of another version\n`);
  Deno.writeTextFileSync(plugin, await ofAnotherVersion(text));
  const renewed = await box.run(["renew"]);
  assertEquals([renewed.code, renewed.stderr], [0, ""]);
  assertEquals([readText(script), readText(plugin)], [hook, text]);

  assertMatch((await box.run(["stop", "--all"])).stdout, /^~\/\.claude: daemon stopped/m);
  const removed = await box.run(["uninstall-hook", "--all"]);
  assertEquals([removed.code, removed.stderr], [0, ""]);
  assertEquals([readText(plugin), readText(script)], [undefined, undefined]);
});

/** The plugin with another line in it, as another version would have written it. */
async function ofAnotherVersion(text: string): Promise<string> {
  const [head = "", ...rest] = text.split("\n");
  const body = ["// of another version", ...rest].join("\n");
  const digest = await digestOf(new TextEncoder().encode(body));
  return `${head.replace(/[0-9a-f]{64}/, digest)}\n${body}`;
}
