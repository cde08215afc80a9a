import { assert, assertEquals, assertThrows } from "@std/assert";
import { ourHooks } from "../../../lib/harness/claude/settings/our_hooks.ts";
import {
  brokenEntries,
  ourPart,
  SETTINGS_FILE,
  statusLineIn,
  switchedOffIn,
} from "../../../lib/harness/claude/settings/settings_file.ts";
import { statusLineCommand } from "../../../lib/harness/claude/status_line.ts";
import { ANY_PROGRAM } from "../../../lib/harness/hooks/hook.ts";
import { HooksFileError } from "../../../lib/harness/hooks/hooks_file.ts";
import { originalOf } from "../../../lib/harness/hooks/original.ts";

const OURS = {
  hooks: ourHooks(ANY_PROGRAM).map((hook) => ({ ...hook, index: 0 })),
  statusLine: statusLineCommand("/home/ann/.claude/quota-sentry-statusline"),
};

const OTHER = { matcher: "Bash", hooks: [{ type: "command", command: "mine.sh" }] };

const LINE = { type: "command", command: 'git status "é"', padding: 2 };

/** Settings of users, each written in a way of its own. */
const FILES: Record<string, string> = {
  "an empty object": "{}",
  "permissions alone": JSON.stringify({ permissions: { allow: ["Bash"] } }, null, 2) + "\n",
  "a status line behind hooks": JSON.stringify({ hooks: { Stop: [OTHER] }, statusLine: LINE }),
  "a status line before hooks": JSON.stringify(
    { statusLine: LINE, model: "opus", hooks: { PreToolUse: [OTHER] } },
    null,
    "\t",
  ),
  "a status line written oddly":
    '{"statusLine" : {"command":"a\\u0062c \\/x","type": "command" },\n"x":1e3}\n',
  "CRLF": JSON.stringify({ statusLine: LINE, hooks: { Stop: [OTHER] } }, null, 4)
    .replaceAll("\n", "\r\n"),
};

/** The status line's command, parsed by itself. */
const lineOf = (text: string): unknown => JSON.parse(text).statusLine;

for (const [name, text] of Object.entries(FILES)) {
  const own = statusLineIn(text);
  const part = ourPart(own);
  const installed = part.ways[0]!(text, OURS);

  Deno.test(`settings.json with ${name}: install and uninstall leave it byte for byte`, () => {
    assertEquals(SETTINGS_FILE.find(installed).length, 5);
    assertEquals(statusLineIn(installed), OURS.statusLine);
    assertEquals(originalOf(part, installed, text), text);
  });

  Deno.test(`settings.json with ${name}: without a copy only ours goes`, () => {
    const left = originalOf(part, installed, undefined);
    assert(left !== undefined);
    assertEquals(SETTINGS_FILE.find(left), []);
    assertEquals(lineOf(left), lineOf(text));
    assertEquals("hooks" in JSON.parse(left), "hooks" in JSON.parse(text));
    const { hooks: _, ...before } = JSON.parse(text);
    const { hooks: __, ...after } = JSON.parse(left);
    assertEquals(after, before);
  });

  Deno.test(`settings.json with ${name}: what else is said of the status line stays`, () => {
    const expected = { ...lineOf(text) as object, type: "command", command: OURS.statusLine };
    assertEquals(lineOf(installed), expected);
  });
}

Deno.test("settings.json that is not there is made, and goes again", () => {
  const part = ourPart(undefined);
  const installed = part.ways[0]!(undefined, OURS);
  assertEquals(Object.keys(JSON.parse(installed)), ["hooks", "statusLine"]);
  assertEquals(originalOf(part, installed, undefined), undefined);
});

Deno.test("settings.json: a status line that the user has put in the place of ours is his", () => {
  const part = ourPart("old.sh");
  const installed = part.ways[0]!('{"statusLine":{"type":"command","command":"old.sh"}}', OURS);
  const file = JSON.parse(installed);
  const changed = JSON.stringify({ ...file, statusLine: { type: "command", command: "new.sh" } });
  assertEquals(lineOf(part.remove(changed)), { type: "command", command: "new.sh" });
});

for (
  const [name, text] of Object.entries({
    "a comment": '{ // mine\n "hooks": {} }',
    "a comma too many": '{"hooks": {},}',
    "a list": "[]",
    "hooks that are a list": '{"hooks": []}',
    "an event that is none": '{"hooks": {"Stop": {}}}',
    "two status lines": '{"statusLine":{"type":"command","command":"a"},' +
      '"statusLine":{"type":"command","command":"b"}}',
    "a status line of another kind": '{"statusLine":{"type":"text","text":"a"}}',
  })
) {
  Deno.test(`settings.json with ${name} is refused`, () => {
    assertThrows(() => ourPart(undefined).ways[0]!(text, OURS), HooksFileError);
  });
}

Deno.test("settings.json: what switches hooks off is seen, and entries that nobody understands", () => {
  assert(switchedOffIn('{"disableAllHooks":true}')?.includes("disableAllHooks"));
  assertEquals(switchedOffIn('{"disableAllHooks":false}'), undefined);
  const text = JSON.stringify({
    hooks: {
      Stop: [OTHER, { hooks: [{ type: "command" }, { type: "prompt", prompt: "x" }] }],
      PreToolUse: [{ matcher: "*" }],
    },
  });
  assertEquals(brokenEntries(SETTINGS_FILE.parse(text)), ["Stop[1].hooks[0]", "PreToolUse[0]"]);
  assertEquals(brokenEntries(SETTINGS_FILE.parse(ourPart(undefined).ways[0]!("{}", OURS))), []);
});
