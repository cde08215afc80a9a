import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { CLAUDE } from "../../../lib/harness/claude/claude.ts";
import { CODEX } from "../../../lib/harness/codex/codex.ts";
import { OPENCODE } from "../../../lib/harness/opencode/opencode.ts";
import { hookCommand } from "../../../lib/harness/hooks/hook_command.ts";
import { temporaryDirectory } from "../../support/directory.ts";

const KINDS = { CLAUDE, CODEX, OPENCODE };

const hooks = (...commands: string[]) => ({
  Stop: [{ hooks: commands.map((command) => ({ type: "command", command })) }],
});
const script = hookCommand("/h/quota-sentry-hook", ["guard", "--on=tool"], []);

const CASES: [string, keyof typeof KINDS, unknown, boolean][] = [
  ["nothing", "CODEX", {}, false],
  ["a hook of ours", "CODEX", { hooks: hooks(script) }, true],
  ["of the tool before", "CODEX", { hooks: hooks("quota_sentry prompt-guard --x") }, true],
  ["among the user's", "CODEX", { hooks: hooks("true", script) }, true],
  ["the user's, with our program", "CODEX", { hooks: hooks("quota-sentry status") }, false],
  ["broken, with a hook of ours", "CODEX", `{ "hooks": ${JSON.stringify(script)}`, true],
  ["broken", "CODEX", "{", false],
  ["a hook of ours", "CLAUDE", { hooks: hooks(script) }, true],
  ["a permission", "CLAUDE", { permissions: { allow: ["Bash(quota-sentry start:*)"] } }, false],
  ["an enabled plugin", "CLAUDE", { enabledPlugins: { "quota-sentry@quota-sentry": true } }, false],
  ["our status line", "CLAUDE", {
    statusLine: { type: "command", command: "/h/quota-sentry-statusline" },
  }, true],
  ["the user's status line", "CLAUDE", {
    statusLine: { type: "command", command: "quota-sentry prompt" },
  }, false],
  ["somebody's plugin", "OPENCODE", "// It calls quota-sentry-hook.\n", false],
  [
    "our plugin, changed since",
    "OPENCODE",
    `// eslint-disable\n// Written by quota-sentry install-hook; SHA-256 ${
      "0".repeat(64)
    }\n// changed\n`,
    true,
  ],
];

for (const [name, kind, content, expected] of CASES) {
  Deno.test(`what may be ours: ${kind.toLowerCase()}: ${name}: ${expected}`, async () => {
    await using directory = temporaryDirectory();
    const path = join(directory.path, "hooks");
    const text = typeof content === "string" ? content : JSON.stringify(content);
    Deno.writeTextFileSync(path, text);
    const { mayHaveOurs } = KINDS[kind].with(directory.path);
    assertEquals(mayHaveOurs(path), expected);
    assertEquals(mayHaveOurs(`${path}-not-there`), false);
  });
}
