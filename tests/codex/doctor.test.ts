import { assertEquals, assertMatch } from "@std/assert";
import { CODEXBAR, readText, until, usage } from "../support/sandbox.ts";
import { CodexSandbox, codexTest } from "./session.ts";

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
    assertEquals(fixed.checks.filter(({ result }) => result !== "ok"), []);
    assertEquals([fixed.code, fixed.protected], [0, true]);
    assertEquals(fixed.repairs.length > 0, true);

    const text = await box.run(["doctor"]);
    assertEquals(text.code, 0);
    assertMatch(text.stdout, /Your Codex sessions are protected\.\n$/);
    assertMatch(text.stdout, /^ok +hook PreToolUse +runs in \d+ ms, silently$/m);
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
