import { assertEquals, assertThrows } from "@std/assert";
import { applyEdits, modify } from "jsonc-parser";
import { HOOKS_FILE, OUR_PART } from "../../../../lib/harness/codex/hooks/hooks_file.ts";
import { eventsMissingIn, ourHooks } from "../../../../lib/harness/codex/hooks/our_hooks.ts";
import { HooksFileError } from "../../../../lib/harness/hooks/hooks_file.ts";
import { originalOf } from "../../../../lib/harness/hooks/original.ts";
import { isOurs } from "../../../../lib/harness/hooks/ours.ts";

const HOOKS = ourHooks({
  path: "/opt/quota sentry/bin/quota-sentry",
  startArguments: [],
  guardArguments: [],
  stateOnlyArguments: [],
});

const ofTool = HOOKS.find(({ event }) => event === "PreToolUse")!.group;

const OTHER = { matcher: "Bash", hooks: [{ type: "command", command: "mine.sh", timeout: 5 }] };

/** Files of users, each written in a way of its own. */
const FILES: Record<string, string> = {
  "nothing in it": "",
  "an empty object": "{}",
  "empty hooks": '{ "hooks": {} }\n',
  "two spaces": JSON.stringify({ hooks: { PreToolUse: [OTHER] } }, null, 2) + "\n",
  "tabs, no newline at the end": JSON.stringify({ hooks: { PreToolUse: [OTHER] } }, null, "\t"),
  "four spaces, a description": JSON.stringify(
    { description: "ünïcode – “mine”", hooks: { Stop: [OTHER], PreToolUse: [OTHER, OTHER] } },
    null,
    4,
  ),
  "one line": JSON.stringify({ hooks: { SessionStart: [OTHER], UserPromptSubmit: [OTHER] } }),
  "odd spacing":
    '{"hooks" :\n\n {"PreToolUse":[ {"hooks":[{"type":"command",\n"command":"x"}]} ] }}\n\n',
  "CRLF": JSON.stringify({ hooks: { PreToolUse: [OTHER] } }, null, 2).replaceAll("\n", "\r\n"),
  "a description behind the hooks": JSON.stringify({
    hooks: { Stop: [OTHER] },
    description: "mine",
  }),
  "an empty event": '{\n  "hooks": {\n    "PreToolUse": []\n  }\n}\n',
  "events of a later Codex": JSON.stringify({ hooks: { PostDream: [OTHER] } }, null, 2),
};

for (const [name, text] of Object.entries(FILES)) {
  Deno.test(`hooks.json with ${name}: install and uninstall leave it byte for byte`, () => {
    const installed = HOOKS_FILE.add(text, HOOKS);
    assertEquals(HOOKS_FILE.find(installed).length, 5);
    assertEquals(originalOf(OUR_PART, installed, text), text);
  });

  Deno.test(`hooks.json with ${name}: everybody else's hooks stay, ours come behind them`, () => {
    const before = text.trim() === "" ? {} : JSON.parse(text).hooks ?? {};
    const after = JSON.parse(HOOKS_FILE.add(text, HOOKS)).hooks;
    for (const [event, groups] of Object.entries(before) as [string, unknown[]][]) {
      assertEquals(after[event].slice(0, groups.length), groups);
    }
    assertEquals(
      JSON.parse(HOOKS_FILE.add(text, HOOKS)).description,
      text && JSON.parse(text).description || undefined,
    );
  });

  Deno.test(`hooks.json with ${name}: without a backup only ours go`, () => {
    const left = JSON.parse(HOOKS_FILE.remove(HOOKS_FILE.add(text, HOOKS)));
    const before = text.trim() === "" ? {} : JSON.parse(text).hooks ?? {};
    const full = Object.entries(before).filter(([, groups]) => (groups as unknown[]).length > 0);
    assertEquals(left.hooks ?? {}, Object.fromEntries(full));
  });
}

for (
  const name of ["two spaces", "tabs, no newline at the end", "one line", "odd spacing", "CRLF"]
) {
  Deno.test(`hooks.json with ${name}: what somebody adds later stays, and all else comes back`, () => {
    const [text, later] = [FILES[name]!, " \n\n"];
    assertEquals(originalOf(OUR_PART, HOOKS_FILE.add(text, HOOKS) + later, text), text + later);
  });
}

Deno.test("hooks.json: what an earlier version has made of one line is recognised", () => {
  const text = FILES["one line"]!;
  const options = { formattingOptions: { insertSpaces: true, tabSize: 2 }, isArrayInsertion: true };
  const sorted = HOOKS.toSorted((a, b) => a.event < b.event ? -1 : 1);
  const earlier = sorted.reduce(
    (before, { event, group }) =>
      applyEdits(before, modify(before, ["hooks", event, -1], group, options)),
    text,
  );
  assertEquals(originalOf(OUR_PART, earlier, text), text);
});

Deno.test("hooks.json: none before is none afterwards", () => {
  assertEquals(originalOf(OUR_PART, HOOKS_FILE.add(undefined, HOOKS), undefined), undefined);
  assertEquals(
    originalOf(OUR_PART, HOOKS_FILE.add(undefined, HOOKS), '{"hooks":{"Stop":[]}}'),
    undefined,
  );
});

Deno.test("hooks.json: what the user changed after the install is kept", () => {
  const installed = JSON.parse(HOOKS_FILE.add('{"hooks":{}}', HOOKS));
  installed.hooks.Stop = [OTHER];
  const original = originalOf(OUR_PART, JSON.stringify(installed, null, 2), '{"hooks":{}}');
  assertEquals(JSON.parse(original!), { hooks: { Stop: [OTHER] } });
});

Deno.test("hooks.json: a group that holds others' handlers keeps them", () => {
  const ours = ofTool.hooks[0];
  const text = JSON.stringify({ hooks: { PreToolUse: [{ hooks: [ours, OTHER.hooks[0], ours] }] } });
  assertEquals(JSON.parse(HOOKS_FILE.remove(text)), {
    hooks: { PreToolUse: [{ hooks: [OTHER.hooks[0]] }] },
  });
});

Deno.test("hooks.json: an older install, the Python tool's too, is replaced and not doubled", () => {
  const older = {
    hooks: {
      PreToolUse: [
        { hooks: [{ type: "command", command: "'/usr/local/bin/quota-sentry' guard" }] },
        { hooks: [{ type: "command", command: "python3 /x/quota_sentry.py guard --state-only" }] },
        OTHER,
      ],
    },
  };
  const original = originalOf(OUR_PART, JSON.stringify(older), undefined);
  const after = JSON.parse(HOOKS_FILE.add(original, HOOKS));
  assertEquals(after.hooks.PreToolUse, [OTHER, ofTool]);
});

/** As the version before wrote it: three hooks, without `exec`. */
const EARLIER = {
  hooks: {
    PreToolUse: [earlier("guard --state-only", ".*")],
    SessionStart: [earlier("start --quiet", "startup|resume|clear|compact")],
    UserPromptSubmit: [earlier("guard --start-daemon")],
  },
};

function earlier(call: string, matcher?: string): unknown {
  const command = `'/home/me/.codex/quota-sentry-hook' ${call}`;
  const handler = { type: "command", command, timeout: 2_764_800, statusMessage: "any" };
  return { ...(matcher === undefined ? {} : { matcher }), hooks: [handler] };
}

Deno.test("hooks.json: the three hooks of before are known, and taken over", () => {
  const text = `${JSON.stringify(EARLIER, null, 2)}\n`;
  assertEquals(eventsMissingIn(HOOKS_FILE.find(text)), ["PreModelRequest", "PreCompact"]);
  assertEquals(originalOf(OUR_PART, text, undefined), undefined);
  const after = HOOKS_FILE.add(originalOf(OUR_PART, text, undefined), HOOKS);
  assertEquals(eventsMissingIn(HOOKS_FILE.find(after)), []);
  assertEquals(HOOKS_FILE.find(after).length, 5);
});

Deno.test("hooks.json: hooks are found with their place, which Codex's trust goes by", () => {
  const text = HOOKS_FILE.add(JSON.stringify({ hooks: { PreToolUse: [OTHER, OTHER] } }), HOOKS);
  const places = HOOKS_FILE.find(text).map(({ event, index }) => [event, index]);
  assertEquals(Object.fromEntries(places), {
    PreToolUse: 2,
    PreCompact: 0,
    PreModelRequest: 0,
    SessionStart: 0,
    UserPromptSubmit: 0,
  });
});

const NOT_OURS = [
  "quota-sentry-report",
  "echo quota-sentry",
  "my-guard guard",
  "quota-sentry status",
  "quota-sentry config set start guard",
  "make -C ~/src/quota-sentry start",
  "make -C /src/quota-sentry guard",
  "git -C ~/quota_sentry start",
  "cat /opt/quota-sentry guard",
  "env -C ~/src/quota-sentry make start",
  "env -C /src/quota-sentry guard",
  "env --chdir /src/quota-sentry -i make guard",
  "env --chdir=/src/quota-sentry make guard",
  "env -u quota-sentry start",
  "uv run --project ~/src/quota-sentry pytest start",
  "uv run --with-editable ~/src/quota-sentry start",
  "python3 -X quota_sentry tool.py guard",
  "bash -c quota-sentry guard",
  "quota-sentry guard | tee log",
  "cd /opt && quota-sentry guard",
];
for (const command of NOT_OURS) {
  Deno.test(`isOurs: ${command} is not`, () => assertEquals(isOurs({ command }), false));
}

const OURS = [
  "quota-sentry guard",
  "/opt/qs/scripts/quota-sentry prompt-guard --require-fresh-state --fail-closed-after-seconds 60",
  "python3 -m quota_sentry guard --state-only",
  "/usr/bin/env python3.12 -u -m quota_sentry --state-dir /x prompt-guard",
  '"/opt/a b/quota-sentry" --state-dir "$HOME/x" guard',
  "QS=1 ~/.local/bin/quota_sentry.py start --quiet",
  "exec '/a/quota-sentry-hook' guard --on=tool",
  "env -C /src/quota-sentry python3 -m quota_sentry guard",
  "env -i -u A PATH=/bin quota-sentry guard",
  "uv run --project ~/src/quota-sentry quota-sentry guard",
];
for (const command of OURS) {
  Deno.test(`isOurs: ${command} is`, () => assertEquals(isOurs({ command }), true));
}

Deno.test("isOurs: a program of any name is, if we wrote the hook, and not if the user did", () => {
  const statusMessage = "Quota Sentry: checking the quota";
  assertEquals(isOurs({ command: "'/opt/mine' guard --on=tool", statusMessage }), true);
  assertEquals(isOurs({ command: "'/opt/mine' guard --on=tool" }), false);
  assertEquals(isOurs({ command: "notify-send held", statusMessage }), false);
});

const INVALID: [string, string][] = [
  ["text", "hooks"],
  ["half", '{"hooks":'],
  ["a comment", '{"hooks":{}} // mine'],
  ["a byte order mark", '\uFEFF{"hooks":{}}'],
  ["an array", "[]"],
  ["hooks that are a list", '{"hooks":[]}'],
  ["an event that is no list", '{"hooks":{"PreToolUse":{}}}'],
  ["another key", '{"hooks":{},"version":1}'],
];
for (const [name, text] of INVALID) {
  Deno.test(`hooks.json with ${name} is refused`, () => {
    assertThrows(() => HOOKS_FILE.add(text, HOOKS), HooksFileError);
    assertThrows(() => HOOKS_FILE.remove(text), HooksFileError);
  });
}

Deno.test("our hooks: single commands with absolute, quoted paths, and timeouts beyond any hold", () => {
  const hooks = ourHooks({
    path: "/it's/quota-sentry",
    startArguments: ["--state-dir=/a b"],
    guardArguments: [],
    stateOnlyArguments: [],
  });
  const commands = hooks.map(({ group }) => group.hooks[0].command);
  const program = "'/it'\\''s/quota-sentry'";
  assertEquals(
    commands,
    [
      "start --quiet '--state-dir=/a b'",
      "guard --start-daemon",
      "guard --on=model",
      "guard --on=compact",
      "guard --on=tool",
    ].map((call) => `[ -x ${program} ] && exec ${program} ${call}; true`),
  );
  const guards = hooks.filter(({ event }) => event !== "SessionStart");
  for (const { group } of guards) assertEquals(group.hooks[0].timeout > 31 * 86_400, true);
  for (const { group } of hooks) assertEquals(isOurs(group.hooks[0]), true);
});
