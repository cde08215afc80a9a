import { assertEquals } from "@std/assert";
import { hookCommand, hookWords } from "../../../lib/harness/hooks/hook_command.ts";

const WORDS = ["guard", "--on=model"];

for (const program of ["/opt/quota-sentry", "/it's/a b", "/x' ] && exec 'y", "/; true"]) {
  Deno.test(`hook command: ${program} and its arguments come back`, () => {
    const args = ["--state-dir=/a 'b'; true", "--source=codex"];
    assertEquals(hookWords(hookCommand(program, WORDS, args)), [program, ...WORDS, ...args]);
  });
}

Deno.test("hook command: the form of earlier versions is understood", () => {
  assertEquals(hookWords("'/a b/quota-sentry' guard --state-only"), [
    "/a b/quota-sentry",
    "guard",
    "--state-only",
  ]);
});

for (
  const command of [
    "quota-sentry guard | tee x",
    "[ -x '/a' ] && exec '/b' guard; true",
    "[ -x '/a' ] && exec '/a' guard; echo",
    "[ -x '/a' '/a' ] && exec '/a' guard; true",
    "[ -x '/a' ] && exec '/a' $(guard); true",
  ]
) {
  Deno.test(`hook command: ${command} needs a shell`, () => {
    assertEquals(hookWords(command), undefined);
  });
}
