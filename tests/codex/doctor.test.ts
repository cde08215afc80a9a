import { assertEquals, assertMatch } from "@std/assert";
import { CODEXBAR, readText, until, usage } from "../support/sandbox.ts";
import {
  CODEX,
  CodexSandbox,
  codexTest,
  hooksOf,
  OLD_CODEX,
  trust,
  upgradeTest,
} from "./session.ts";

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
  checks.filter(({ result, text }) => result !== "ok" && !/^takes \d+ ms/.test(text));

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
    assertMatch(text.stdout, /^(ok|warn) +hook PreToolUse +(runs in|takes) \d+ ms/m);
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
  assertEquals(box.processes(), []);

  // A hook that lets go, trusted or not.
  const hooks = readText(box.hooksPath)!;
  Deno.writeTextFileSync(box.hooksPath, hooks.replaceAll("--on=compact", "--on=compact '--what'"));
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
  await until("the old one was asked", () => seen().length === 1, 30_000);
  assertEquals(Deno.statSync(seenPath).mode! & 0o777, 0o600);
  const skips = async () => /^Codex .* skips .*$/m.exec((await box.run(["status"])).stdout)?.[0];
  assertEquals(await skips(), undefined);

  // As it would be without trust ahead.
  const config = readText(box.configPath)!
    .replace(/(pre_model_request:0:0"\]\n.*\ntrusted_hash = )".*"/, '$1"sha256:0"');
  Deno.writeTextFileSync(box.configPath, config);
  box.use(counting(box, CODEX!));
  await Promise.all([startSession(), startSession(), startSession()]);
  await until("the new one was asked", () => seen().length === 2, 30_000);
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
  await until("nothing of ours runs but the daemon", () => box.processes().length === 1, 30_000);
  assertEquals(asked(), before);
  assertEquals((await box.run(["install-hook"])).code, 0);
  assertEquals(await skips(), undefined);
  await startSession();
  await until("it was asked anew", () => asked() === before + 2, 30_000);
  assertEquals(await skips(), undefined);
});

/** A Codex that writes down that it was started. */
function counting(box: CodexSandbox, codex: string): string {
  return box.executable(
    "counting-codex",
    `#!/bin/sh\nprintf x >> '${box.root}/asked'\nexec '${codex}' "$@"\n`,
  );
}
