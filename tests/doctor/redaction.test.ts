import { assertEquals } from "@std/assert";
import { ownWords, Redaction } from "../../lib/doctor/redaction.ts";

const WORDS = new Set(
  "a at codex codexbar did file fivehour hook is it not of percent pid quota read sentry state dir the used window windows"
    .split(" "),
);

const redaction = () => new Redaction("/home/ann", WORDS);

const TEXTS: [string, string][] = [
  ["the state is not read: 97% of the 5-hour window", "the state is not read: 97% of the … window"],
  ["codexbar did not read it (pid 12, 1h30m, 2026-01-31T18:30:00Z)", ""],
  ["windows.fiveHour.percent = 95", "windows.fiveHour.percent = 95"],
  ["the file ~/.config/quota-sentry/config.json is not read", ""],
  ["read /home/ann/shop, not it", "read ~/(1), not it"],
  ["read /home/ann/my big read, not it", "read ~/(1) …, not it"],
  ["read /srv/a/b and /srv/a/c", "read /(1)/(2)/(3) … /(1)/(2)/(4)"],
  ['it is "secret"', 'it is "…"'],
  ["it is ann@shop.test at 10.1.2.3", "it is … at …"],
  ["it is 0171-5551234 not 123456789", "it is … not …"],
  ["--state-dir=/srv/x --secret=1", "--state-dir=/(1)/(2) …"],
  ["", ""],
];

for (const [text, expected] of TEXTS) {
  Deno.test(`redaction: ${text || "nothing"}`, () => {
    assertEquals(redaction().text(text), expected || text);
  });
}

Deno.test("redaction: of a path what is known stays, and a name has one number", () => {
  const one = redaction();
  assertEquals(one.path("/home/ann"), "~");
  assertEquals(one.path("/home/ann/.codex/hooks.json"), "~/.codex/hooks.json");
  assertEquals(one.path("/home/annabel/.codex"), "/(1)/(2)/.codex");
  assertEquals(one.path("/opt/homebrew/bin/quota-sentry"), "/opt/homebrew/bin/quota-sentry");
  assertEquals(one.path("/home/ann/shop/shop"), "~/(3)/(3)");
  assertEquals([one.name("shop"), one.name("other")], ["(3)", "(4)"]);
});

Deno.test("redaction: the words are those of the program's files", () => {
  assertEquals(ownWords().has("redaction"), true);
  assertEquals(ownWords().has(["zanzi", "bar"].join("")), false);
});
