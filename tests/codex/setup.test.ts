import { assertEquals, assertMatch } from "@std/assert";
import { CODEXBAR, readText, usage } from "../support/sandbox.ts";
import { CodexSandbox, codexTest } from "./session.ts";

codexTest("setup: from nothing to protected; then there is nothing to do", async () => {
  await using box = new CodexSandbox(9);
  box.codexbar('case "$1" in --version) echo "CodexBar 0.54.1" ;; *) exit 1 ;; esac');
  const config = readText(box.configPath);
  const dry = await box.run(["setup", "--dry-run"]);
  assertMatch(dry.stdout, /Would install the hooks in .*, and have Codex trust them\./);
  assertEquals([dry.code, readText(box.configPath)], [0, config]);

  const first = await box.run(["setup", "--yes"]);
  assertEquals([first.code, first.stderr], [1, ""], first.stdout);
  assertMatch(first.stdout, /Codex trusts them\.\n/);
  assertMatch(first.stdout, /Tried on a spent quota: 9 of 9 kinds of requests/);
  assertMatch(
    first.stdout,
    /missing:\n {2}nobody is signed in to Codex, so[^\n]*\n +-> run: codex login, then run: quota-sentry setup\n$/,
  );

  assertMatch(
    (await box.run(["doctor"])).stdout,
    /^fail +reading [^\n]*\n +-> run: codex login; or choose another source/m,
  );

  box.codexbar(
    'case "$1" in --version) echo "CodexBar 0.54.1" ;; *) ' + CODEXBAR.answers + " ;; esac",
    usage({ used: 28 }),
  );
  await box.run(["poll"]);
  const second = await box.run(["setup", "--yes"]);
  assertEquals([second.code, second.stderr], [0, ""], second.stdout);
  assertMatch(
    second.stdout,
    /28% of the 5-hour window[^\n]*\n\nNothing to do: all of it is in place\.\nYou are protected\.\n$/,
  );
});

/** What keeps a home from being protected, and what is said of it. */
const TROUBLES: Readonly<Record<string, [(box: CodexSandbox) => void, RegExp]>> = {
  "a hooks.json that Codex does not read": [
    (box) => Deno.writeTextFileSync(box.hooksPath, '{"hooks": {}, "mine": 1}'),
    /hooks\.json was left as it is/,
  ],
  "a hooks.json that is a link to nowhere": [
    (box) => Deno.symlinkSync("/proc/hooks.json", box.hooksPath),
    /the hooks were not installed, and everything is as it was: /,
  ],
  "a config.toml that cannot be read": [
    (box) => Deno.writeTextFileSync(box.configPath, "model = "),
    /the hooks were not installed, and everything is as it was: .*config\.toml/,
  ],
};

codexTest("setup: what is in the way is said, with what to do", async (t) => {
  for (const [name, [make, text]] of Object.entries(TROUBLES)) {
    await t.step(name, async () => {
      await using box = new CodexSandbox(9);
      make(box);
      const { code, stdout, stderr } = await box.run(["setup"]);
      assertEquals([code, stderr], [1, ""], stdout);
      assertMatch(stdout, /You are NOT protected yet\. What is missing:\n/);
      assertMatch(stdout, text);
      assertMatch(stdout, /-> mend that, then run: quota-sentry setup\n$/);
    });
  }
});
