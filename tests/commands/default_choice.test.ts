import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { finish, Sandbox, until } from "../support/sandbox.ts";

/** The harnesses, by their ids. */
const ALL = ["codex", "claude"] as const;
type Id = typeof ALL[number];

const NAMES = { codex: "Codex", claude: "Claude Code" };
const HOMES = { codex: ".codex", claude: ".claude" };
const HOOKS = { codex: ".codex/hooks.json", claude: ".claude/settings.json" };
const STATES = { codex: "quota-sentry", claude: "quota-sentry-claude" };

/** What a user has, and who is meant where he names nobody. */
interface Situation {
  readonly homes: readonly Id[];
  /** What he names to `install-hook`. */
  readonly named?: Id;
  readonly meant: readonly Id[];
}

const SITUATIONS: Readonly<Record<string, Situation>> = {
  "Codex alone": { homes: ["codex"], meant: ["codex"] },
  "Claude Code alone": { homes: ["claude"], meant: ["claude"] },
  "both": { homes: ALL, meant: ALL },
  "neither": { homes: [], meant: ["codex"] },
  "both, hooks in Codex": { homes: ALL, named: "codex", meant: ["codex"] },
  "both, hooks in Claude Code": { homes: ALL, named: "claude", meant: ["claude"] },
};

/** A sandbox with these homes, in which their harness has been. */
class Homes extends Sandbox {
  constructor(homes: readonly Id[]) {
    super();
    for (const id of homes) {
      Deno.mkdirSync(`${this.home}/${HOMES[id]}/log`, { recursive: true });
    }
  }

  /** Runs a command that does what it is to do; gives what it prints. */
  async said(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    assertEquals([code, stderr], [0, ""], args.join(" "));
    return stdout;
  }

  async json(...args: string[]): Promise<Json> {
    return JSON.parse((await this.run([...args, "--json"])).stdout);
  }

  /** Those in whose state directory there is such a file. */
  withFile(name: string): Id[] {
    return ALL.filter((id) => existsSync(`${this.home}/.cache/${STATES[id]}/${name}`));
  }

  /** Those that have hooks. */
  get hooked(): Id[] {
    return ALL.filter((id) => existsSync(`${this.home}/${HOOKS[id]}`));
  }
}

interface Json {
  readonly home: string;
  readonly homes?: readonly Json[];
  readonly providers?: readonly Json[];
}

/** Those of whom JSON tells, and whom it tells of where one alone is expected. */
function toldOf(json: Json): readonly (Id | undefined)[] {
  const idOf = ({ home }: Json) => ALL.find((id) => home.endsWith(`/${HOMES[id]}`));
  const each = json.homes?.length ? [...json.homes, ...json.providers ?? []] : [json];
  assertEquals(idOf(json), idOf(each[0]!));
  return each.map(idOf);
}

/** What is printed of each, where a name is said before what is of one that nobody has named. */
function ofEach({ meant }: Situation, text: string): string {
  return meant.join() === "codex" ? text : meant.map((id) => `${NAMES[id]}: ${text}`).join("");
}

async function chooses(situation: Situation): Promise<void> {
  const { homes, named, meant } = situation;
  await using box = new Homes(homes);
  // Before there are hooks it is the one that is here, and the usual one of two.
  const first = homes.includes("codex") || homes.length === 0 ? "codex" : "claude";
  assertEquals(toldOf(await box.json("status")), [first]);

  const installed = await box.said("install-hook", ...named ? [named] : []);
  assertEquals(box.hooked, meant);
  for (const id of meant) assert(installed.includes(HOOKS[id]), installed);

  const started = await box.said("start");
  assertMatch(started, new RegExp(`^${ofEach(situation, "daemon started: pid \\d+\n")}$`));
  assertEquals(box.withFile("quota-sentry.pid"), meant);
  assertEquals(
    (await box.said("pause", "1h")).replaceAll(/paused .*/g, "paused"),
    ofEach(situation, "paused\n"),
  );
  assertEquals(box.withFile("quota-sentry.pause"), meant);
  for (const command of ["status", "doctor", "holds"]) {
    assertEquals(toldOf(await box.json(command)), [...meant], command);
  }

  // A daemon that runs on is one to be stopped.
  await box.said("uninstall-hook");
  assertEquals(box.hooked, []);
  assertEquals(await box.said("stop"), ofEach(situation, "daemon stopped\n"));
}

Deno.test("who is meant where nobody is named: those with hooks, else the one that is here; and it is said", async () => {
  await Promise.all(
    Object.entries(SITUATIONS).map(async ([name, situation]) => {
      await chooses(situation).catch((cause) => {
        throw new Error(name, { cause });
      });
    }),
  );
});

Deno.test("who is meant where nobody is named: what is for one home or file is for one harness", async () => {
  await using box = new Homes(ALL);
  Deno.writeTextFileSync(`${box.home}/.claude/settings.json`, "{}");
  const settings = () => Deno.readTextFileSync(`${box.home}/.claude/settings.json`);
  await box.said("install-hook", "--state-dir", `${box.root}/state`);
  assertEquals([box.hooked.includes("codex"), settings()], [true, "{}"]);
  await box.said("uninstall-hook");
  // A home that is named is that of whose files are in it.
  await box.said("install-hook", "--home", `${box.home}/.claude`);
  assertEquals(existsSync(`${box.home}/.claude/hooks.json`), false);
  assert(settings().includes("--provider=claude"));
  await box.said("uninstall-hook", "--home", `${box.home}/.claude`);
  assertEquals(settings(), "{}");
  const both = await box.run(["install-hook", "all", "--state-dir", `${box.root}/state`]);
  assertEquals([both.code, both.stdout, settings()], [1, "", "{}"]);
  assertMatch(both.stderr, /is for one agent; nothing was done/);
});

Deno.test("uninstall-hook NAME --all is refused, and takes nobody's hooks away", async () => {
  await using box = new Homes(ALL);
  await box.said("install-hook");
  const { code, stdout, stderr } = await box.run(["uninstall-hook", "claude", "--all"]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /--all is for every home; leave out whose; nothing was done/);
  for (const id of ALL) {
    assert(Deno.readTextFileSync(`${box.home}/${HOOKS[id]}`).includes("quota-sentry"), id);
  }
});

Deno.test("uninstall-hook says which file it cannot understand, and takes away the hooks in the other", async () => {
  for (const broken of ALL) {
    await using box = new Homes(ALL);
    await box.said("install-hook");
    const path = `${box.home}/${HOOKS[broken]}`;
    const text = `${Deno.readTextFileSync(path)},`;
    Deno.writeTextFileSync(path, text);
    const { code, stderr } = await box.run(["uninstall-hook"]);
    assertEquals([code, Deno.readTextFileSync(path)], [1, text]);
    assert(stderr.includes(HOOKS[broken]) && stderr.includes("not valid JSON"), stderr);
    assertEquals(box.hooked, [broken]);
  }
});

Deno.test("who is meant where nobody is named: a session that is held is found in whichever state it is", async () => {
  await using box = new Homes(ALL);
  await box.said("install-hook");
  const sessions = { codex: "019aaaaa-1111", claude: "b2bbbbbb-2222" };
  const blocked = JSON.stringify({
    status: "blocked",
    reason: "test",
    windowMinutes: 300,
    updatedAt: new Date().toISOString(),
    blockedUntil: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const held = ALL.map((id) => {
    const directory = `${box.home}/.cache/${STATES[id]}`;
    Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(`${directory}/state.json`, blocked);
    const args = ["guard", "--on=tool", `--provider=${id}`, "--no-notify"];
    const input = JSON.stringify({ session_id: sessions[id] });
    return finish(box.spawn(args, { stdin: input }), input);
  });
  type Waiting = { readonly waiting: readonly { readonly session: string }[] };
  const waiting = async () =>
    (await box.json("holds") as unknown as { homes: Waiting[] }).homes
      .flatMap((each) => each.waiting.map(({ session }) => session));
  await until("both wait", async () => (await waiting()).length === 2);

  const unclear = await box.run(["release"]);
  assertEquals([unclear.code, unclear.stdout], [1, ""]);
  assertMatch(unclear.stderr, /sessions of Codex and of Claude Code wait; name one, or --all;/);
  assertMatch(await box.said("explain"), /^Codex:\n(.|\n)*^Claude Code:\n/m);
  assertMatch(await box.said("explain", "b2bb"), /^session b2bbbbbb-2222 .* is held since /);
  assertMatch(await box.said("release", "b2bb"), /^released: b2bbbbbb in /);
  await held[1];
  assertEquals(await waiting(), [sessions.codex]);
  assertMatch(await box.said("release", "--all"), /^released: 019aaaaa in /);
  await held[0];
});

Deno.test("who is named: one that only codexbar knows has no hooks, and that is what is wrong", async () => {
  await using box = new Homes(["codex"]);
  const { code, stdout, stderr } = await box.run(["doctor", "--provider", "zai"]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /nothing is known of the hooks of zai; .* status --provider zai\n$/);
});
