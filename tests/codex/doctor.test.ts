import { assertEquals, assertMatch } from "@std/assert";
import {
  assertComesTo,
  BINARY,
  CODEXBAR,
  iso,
  readText,
  until,
  usage,
} from "../support/sandbox.ts";
import {
  CODEX,
  CodexSandbox,
  codexTest,
  hooksOf,
  OLD_CODEX,
  trust,
  upgradeTest,
} from "./session.ts";
import { copyProgram } from "../support/programs.ts";

interface Report {
  readonly schemaVersion: number;
  readonly protected: boolean;
  readonly repairs: string[];
  readonly checks: { name: string; result: string; text: string; todo: string }[];
}

async function doctor(box: CodexSandbox, ...args: string[]): Promise<Report & { code: number }> {
  const { code, stdout, stderr } = await box.run(["doctor", "--json", ...args]);
  assertEquals(stderr, "");
  return { ...JSON.parse(stdout), code };
}

/** What is not as it should be, but for hooks that a busy machine makes slow. */
const amiss = ({ checks }: Report) =>
  checks.filter(({ name, result }) => result !== "ok" && name !== "hook times");

const resultOf = ({ checks }: Report, name: string) =>
  checks.find((check) => check.name === name)?.result;

codexTest(
  "doctor: nothing installed is not protected; --fix repairs it; then all is well",
  async () => {
    await using box = new CodexSandbox(9);
    box.codexbar(
      'case "$1" in --version) echo "CodexBar 0.54.1" ;; *) ' + CODEXBAR.answers + " ;; esac",
      usage({ used: 28 }),
    );
    const before = await doctor(box);
    assertEquals([before.code, before.protected, before.schemaVersion], [1, false, 1]);
    for (const name of ["state", "daemon", "hooks", "trust"]) {
      assertEquals(resultOf(before, name), "fail", name);
    }
    for (const { result, todo } of before.checks) assertEquals(todo === "", result === "ok");

    const fixed = await doctor(box, "--fix");
    assertEquals(amiss(fixed), []);
    assertEquals([fixed.code, fixed.protected], [0, true]);
    assertEquals(fixed.repairs.length > 0, true);

    const text = await box.run(["doctor"]);
    assertEquals(text.code, 0);
    assertMatch(text.stdout, /Your Codex sessions are protected\.\n$/);
    assertMatch(text.stdout, /^ok +hook PreToolUse +runs in \d+ ms/m);
    assertMatch(
      text.stdout,
      /^ok +reading +codexbar answered in \d+ ms: 28% of the 5-hour window/m,
    );
  },
);

codexTest("doctor: tells each thing that is wrong", async () => {
  await using box = new CodexSandbox(9);
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  await doctor(box, "--fix");
  const wrong: [string, string, () => Promise<unknown> | unknown][] = [
    ["bypass", "fail", () => box.run(["pause"])],
    ["daemon", "fail", () => box.run(["stop"])],
    ["privacy", "warn", () => Deno.chmodSync(`${box.stateDir}/state.json`, 0o644)],
    ["reading", "fail", () => box.codexbar(CODEXBAR.crashes)],
    ["settings", "warn", () => {
      Deno.mkdirSync(`${box.home}/.config/quota-sentry`, { recursive: true });
      Deno.writeTextFileSync(`${box.home}/.config/quota-sentry/config.json`, "{");
    }],
    ["trust", "fail", () => {
      const text = readText(box.configPath)!.replaceAll(
        /trusted_hash = ".*"/g,
        'trusted_hash = "x"',
      );
      Deno.writeTextFileSync(box.configPath, text);
    }],
    ["hooks", "fail", () => {
      const text = readText(box.hooksPath)!.replaceAll("2764800", "10");
      Deno.writeTextFileSync(box.hooksPath, text);
    }],
  ];
  for (const [name, result, spoil] of wrong) {
    await spoil();
    assertEquals(resultOf(await doctor(box), name), result, name);
  }
  box.codexbar(CODEXBAR.answers);
  await box.run(["resume"]);
  await until("it is repaired", async () => (await doctor(box, "--fix")).protected);
});

const textOf = ({ checks }: Report, name: string) =>
  checks.find((check) => check.name === name)?.text ?? "";

codexTest("doctor: looks at what the hooks call, and changes nothing while it looks", async () => {
  await using box = new CodexSandbox(9);
  box.codexbar(CODEXBAR.answers, usage({ used: 60 }));
  const state = `${box.home}/other state`;
  const options = [`--state-dir=${state}`, "--threshold-percent=50"];
  const program = `${box.root}/program`;
  copyProgram(BINARY, program);
  await box.run(["install-hook", ...options, `--script-path=${program}`]);
  const before = await doctor(box);
  assertEquals([before.code, resultOf(before, "daemon")], [1, "fail"]);
  assertEquals(box.processes(), [], "nothing was started");
  for (const directory of [state, box.stateDir]) {
    assertEquals(readText(`${directory}/state.json`), undefined);
  }
  assertEquals([...Deno.readDirSync(box.root)].filter(({ name }) => /trial/.test(name)), []);

  // The state and the threshold are those of the hooks.
  await box.run(["start", ...options]);
  await until("it is read", () => readText(`${state}/state.json`) !== undefined);
  const sees = await doctor(box);
  assertEquals(resultOf(sees, "daemon"), "ok");
  assertMatch(textOf(sees, "state"), /^blocked, .*60% .*the threshold is 50%$/);
  assertMatch(textOf(sees, "reading"), /60% .*the threshold is 50%$/);
  // Unless another one is asked for.
  assertEquals(resultOf(await doctor(box, `--state-dir=${box.stateDir}`), "state"), "fail");
  await box.run(["stop", ...options]);

  // A profile may switch hooks off; Codex tells nothing of it.
  assertEquals(resultOf(before, "profiles"), undefined);
  Deno.writeTextFileSync(`${box.codexHome}/day.config.toml`, 'model = "m"\n');
  const day = await doctor(box);
  assertEquals(resultOf(day, "profiles"), "ok");
  assertMatch(textOf(day, "profiles"), /base configuration only, not about: day$/);
  Deno.writeTextFileSync(`${box.codexHome}/night.config.toml`, "[features]\nhooks = false\n");

  // The program moves: every hook is then silence and 0.
  Deno.removeSync(program);
  const moved = await doctor(box);
  assertEquals([moved.code, moved.protected, resultOf(moved, "hooks")], [1, false, "fail"]);
  assertMatch(textOf(moved, "hooks"), /program that they call is not there.*\/program$/);
  assertEquals(resultOf(moved, "profiles"), "warn");
  assertMatch(textOf(moved, "profiles"), /switched off in: night$/);
  const mended = await doctor(box, "--fix");
  assertEquals(mended.repairs.includes("the hooks were installed"), true);
  assertEquals(resultOf(mended, "hooks"), "ok");
  await box.run(["stop", ...options]);
});

codexTest("doctor: judges what the daemon sees, not what it sees itself", async () => {
  await using box = new CodexSandbox(9);
  await box.run(["install-hook"]);
  // A desktop app starts it, without codexbar and codex on its PATH.
  await box.run(["start"], { env: { PATH: "/usr/bin:/bin" } });
  await until("it knows nothing", () => box.state?.status === "unknown");
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const blind = await doctor(box);
  assertEquals([blind.code, blind.protected, resultOf(blind, "reading")], [1, false, "ok"]);
  assertEquals(resultOf(blind, "state"), "fail");
  assertMatch(textOf(blind, "state"), /the daemon does not see codexbar/);
  const fixed = await doctor(box, "--fix");
  assertEquals([fixed.repairs, resultOf(fixed, "state")], [["the daemon was started"], "ok"]);

  // Who sees less than the daemon does not say that nothing is read.
  await box.run(["start", "--quiet"], { stdin: "{}" });
  const asked = () => JSON.parse(readText(`${box.stateDir}/quota-sentry.hooks.json`) ?? "{}").seen;
  await until("Codex was asked", () => asked() !== undefined);
  const { stdout, code } = await box.run(["doctor", "--json"], { env: { PATH: "/usr/bin:/bin" } });
  const bare: Report = JSON.parse(stdout);
  assertEquals([code, bare.protected], [0, true], stdout);
  assertEquals(resultOf(bare, "reading"), "warn");
  assertMatch(textOf(bare, "codexbar"), /not on PATH here; the daemon has it/);
  assertMatch(textOf(bare, "trust"), /^Codex \S+ trusted them when it was last asked/);

  // A state that says otherwise than the reading: nothing is held on it.
  box.answer(usage({ used: 97 }));
  box.writeState({ status: "open", reason: "28% is used", usedPercent: 28 });
  const contradiction = await doctor(box);
  assertEquals([contradiction.protected, resultOf(contradiction, "state")], [false, "fail"]);
  assertMatch(textOf(contradiction, "state"), /the reading now says otherwise/);
});

codexTest(
  "doctor: a hold that a reading does not end stands, one that is over does not",
  async () => {
    await using box = new CodexSandbox(9);
    box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
    const reason = "the account is stopped by its backend";
    const stateIn = async (what: string, seconds: number) => {
      const hold = {
        what,
        windowId: null,
        windowMinutes: 300,
        resetsAt: null,
        blockedUntil: iso(seconds),
        source: "codex",
        since: iso(-60),
        reason,
      };
      box.writeBlock(seconds, { reason, blockMinutes: 300, hold });
      const { checks } = await doctor(box);
      const { result, text } = checks.find(({ name }) => name === "state")!;
      return [result, text.replace(/ \d+ s old/, "")];
    };
    // Of the account codexbar tells nothing: guards hold.
    assertEquals(await stateIn("account", 600), [
      "ok",
      `blocked,: ${reason}; the reading alone would hold nobody, and does not end that hold`,
    ]);
    assertMatch((await box.run(["status", "--long"])).stdout, /^agents wait until/m);
    // The window it does show, and otherwise.
    assertEquals(await stateIn("fiveHour", 600), [
      "warn",
      `blocked,: ${reason}; the reading now says otherwise, and agents are held`,
    ]);
    assertEquals(await stateIn("account", -1), ["ok", `open,: ${reason} (its block is over)`]);
  },
);

interface CoverageReport {
  readonly code: number;
  readonly harness: { name: string; version: string | null };
  readonly covered: boolean;
  readonly requests: {
    request: string;
    result: string;
    by: string[];
    text: string;
    todo: string;
  }[];
}

async function coverage(box: CodexSandbox): Promise<CoverageReport> {
  const { code, stdout, stderr } = await box.run(["doctor", "--coverage", "--json"]);
  assertEquals(stderr, "");
  return { ...JSON.parse(stdout), code };
}

const holesIn = ({ requests }: CoverageReport) =>
  requests.filter(({ result }) => result === "hole").map(({ request }) => request);

codexTest("doctor --coverage: each hook is tried on a spent quota; holes are named", async () => {
  await using box = new CodexSandbox(9);
  const none = await coverage(box);
  assertEquals([none.code, none.covered, holesIn(none).length], [
    1,
    false,
    none.requests.length - 1,
  ]);
  for (const { result, todo } of none.requests) {
    assertEquals(todo, result === "hole" ? "run: quota-sentry install-hook" : "");
  }

  await box.run(["install-hook"]);
  const whole = await coverage(box);
  assertEquals([whole.code, whole.covered, holesIn(whole)], [0, true, []]);
  assertMatch(whole.harness.version!, /^0\.\d+\.\d+$/);
  const open = whole.requests.filter(({ result }) => result === "none");
  assertEquals(open.map(({ request }) => request), ["the title of a task"]);
  const text = await box.run(["doctor", "--coverage"]);
  assertEquals(text.code, 0);
  assertMatch(text.stdout, /^held +a compaction +by PreCompact/m);
  assertMatch(text.stdout, /\nCodex 0\.\d+\.\d+: every request that can be held is\.\n$/);
  // It has left nothing behind, and has not touched the user's own state.
  assertEquals(readText(`${box.stateDir}/state.json`), undefined);
  assertEquals([...Deno.readDirSync(box.root)].filter(({ name }) => /trial/.test(name)), []);
  await assertComesTo(() => box.processes(), []);

  // A hook that lets go, trusted or not.
  const hooks = readText(box.hooksPath)!;
  Deno.writeTextFileSync(box.hooksPath, hooks.replaceAll("--on=compact", "--on=compact '--help'"));
  const untrusted = await coverage(box);
  assertEquals([untrusted.code, holesIn(untrusted)], [1, ["a compaction"]]);
  assertMatch(untrusted.requests[3]!.text, /^Codex skips PreCompact: not trusted/);
  await trust(box, await hooksOf(box));
  const lets = await coverage(box);
  assertEquals([lets.code, holesIn(lets)], [1, ["a compaction"]]);
  assertMatch(lets.requests[3]!.text, /^PreCompact let a call go with a spent quota/);
});

upgradeTest("doctor: an older Codex is no failure, and its holes are named", async () => {
  await using box = new CodexSandbox(9, { codex: OLD_CODEX });
  box.codexbar(
    'case "$1" in --version) echo "CodexBar 0.54.1" ;; *) ' + CODEXBAR.answers + " ;; esac",
    usage({ used: 28 }),
  );
  const fixed = await doctor(box, "--fix");
  assertEquals([fixed.code, fixed.protected], [0, true]);
  const trusts = fixed.checks.find(({ name }) => name === "trust")!;
  assertMatch(trusts.text, /has .*PreToolUse.* enabled and trusts them; it does not know PreModel/);
  assertEquals(amiss(fixed).map(({ result, text }) => [result, text]), [
    ["warn", "Codex 0.163: holds prompts and tools only; from 0.164 on every request."],
  ]);
  const report = await coverage(box);
  assertEquals([report.code, holesIn(report)], [1, [
    "each later request of a turn",
    "sub-agents",
    "a goal that goes on",
    "a review",
  ]]);
  for (const { result, todo } of report.requests) {
    assertEquals(todo, result === "hole" ? "update Codex to 0.164 or later" : "");
  }
});

upgradeTest("an upgraded Codex that skips a hook is noticed when a session starts", async () => {
  await using box = new CodexSandbox(9, { codex: OLD_CODEX });
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  await box.run(["install-hook"]);
  const seenPath = `${box.stateDir}/quota-sentry.hooks.json`;
  const seen = () => JSON.parse(readText(seenPath) ?? '{"seen":[]}').seen as { version: string }[];
  const startSession = async () => {
    const { code, stdout, stderr } = await box.run(["start", "--quiet"], { stdin: "{}" });
    assertEquals([code, stdout, stderr], [0, "", ""]);
  };
  await startSession();
  await until("the old one was asked", () => seen().length === 1);
  assertEquals(Deno.statSync(seenPath).mode! & 0o777, 0o600);
  const skips = async () =>
    /^not protected: (Codex .* skips .*)$/m.exec((await box.run(["status", "--long"])).stdout)?.[1];
  assertEquals(await skips(), undefined);

  // As it would be without trust ahead.
  const config = readText(box.configPath)!
    .replace(/(pre_model_request:0:0"\]\n.*\ntrusted_hash = )".*"/, '$1"sha256:0"');
  Deno.writeTextFileSync(box.configPath, config);
  box.use(counting(box, CODEX!));
  await Promise.all([startSession(), startSession(), startSession()]);
  await until("the new one was asked", () => seen().length === 2);
  const line =
    "Codex 0.169.0 skips the hook PreModelRequest (not trusted); run: quota-sentry install-hook";
  assertEquals((await skips())?.replace(/0\.\d+\.\d+/, "0.169.0"), line);
  assertEquals(readText(box.configPath), config, "it is not trusted by itself");
  const trustCheck = (await doctor(box)).checks.find(({ name }) => name === "trust")!;
  assertMatch(trustCheck.text, /skips the hook PreModelRequest \(not trusted\)$/);

  // Asked once; and again when the trust has changed.
  const asked = () => (readText(`${box.root}/asked`) ?? "").length;
  const before = asked();
  for (let n = 0; n < 3; n++) await startSession();
  await until("nothing of ours runs but the daemon", () => box.processes().length === 1);
  assertEquals(asked(), before);
  assertEquals((await box.run(["install-hook"])).code, 0);
  assertEquals(await skips(), undefined);
  await startSession();
  await until("it was asked anew", () => asked() === before + 2);
  assertEquals(await skips(), undefined);
});

codexTest(
  "a Codex that runs no hooks is noticed when a session starts, with its reason",
  async () => {
    await using box = new CodexSandbox(9);
    await box.run(["install-hook"]);
    const config = readText(box.configPath)!;
    const off = config.replace("[features]\n", "[features]\nhooks = false\n");
    Deno.writeTextFileSync(box.configPath, off);
    assertEquals((await box.run(["notice-hooks"])).code, 0);
    const { stdout } = await box.run(["status", "--long"]);
    assertMatch(
      stdout,
      /^not protected: hooks are switched off in Codex: .* \(Codex 0\S+, when it was last asked\); mend that, then run/m,
    );
    assertEquals(/ skips the /.test(stdout), false);
  },
);

/** A Codex that writes down that it was started. */
function counting(box: CodexSandbox, codex: string): string {
  return box.executable(
    "counting-codex",
    `#!/bin/sh\nprintf x >> '${box.root}/asked'\nexec '${codex}' "$@"\n`,
  );
}
