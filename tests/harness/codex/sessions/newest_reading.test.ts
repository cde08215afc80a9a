import { assertEquals } from "@std/assert";
import { newestReading } from "../../../../lib/harness/codex/sessions/newest_reading.ts";
import { sessions } from "../../../../lib/harness/codex/sessions/sessions.ts";
import { ago, CodexHome, otherLine, readingLine, tokenCount } from "./rollouts.ts";

/** Percent of the 5-hour window in the newest reading. */
async function newest(home: CodexHome, bounds?: Parameters<typeof newestReading>[3]) {
  const reading = await newestReading(home.path, new Date(), undefined, bounds);
  return reading?.windows[0]?.usedPercent;
}

const DAY = 24 * 3600;
const dayOf = (date: Date) => date.toISOString().slice(0, 10).replaceAll("-", "/");

Deno.test("newest reading: in an old day's folder, behind eight newer ones", async () => {
  using home = new CodexHome();
  for (let days = 1; days <= 8; days++) {
    const path = home.rollout("idle", dayOf(ago(days * DAY)));
    home.write(path, readingLine({ used: 12, at: ago(DAY) }), ago(DAY - 60));
  }
  const begun = `${JSON.stringify({ timestamp: ago(20 * DAY), type: "session_meta" })}\n`;
  const path = home.rollout("resumed", dayOf(ago(20 * DAY)));
  home.write(path, begun + readingLine({ used: 97, at: ago(30) }));
  assertEquals(await newest(home), 97);
});

Deno.test("newest reading: behind ten newer files that say nothing of the account", async () => {
  using home = new CodexHome();
  home.write(home.rollout("main"), readingLine({ used: 99, at: ago(60) }), ago(60));
  for (let count = 0; count < 5; count++) {
    home.write(home.rollout(`exec-${count}`), tokenCount(ago(20), null));
    const spark = readingLine({ used: 0, at: ago(15), limits: { limit_id: "codex_spark" } });
    home.write(home.rollout(`sub-${count}`), spark);
  }
  assertEquals(await newest(home), 99);
});

Deno.test("newest reading: before a line of 4.6 MB, whose history quotes another", async () => {
  using home = new CodexHome();
  const text = readingLine({ used: 88, at: ago(400) }) + readingLine({ used: 97.5, at: ago(120) });
  const compacted = {
    timestamp: ago(90).toISOString(),
    type: "compacted",
    payload: { replacement_history: Array(100).fill(`${readingLine()}${"x".repeat(46_000)}`) },
  };
  home.write(home.rollout("big"), `${text}${JSON.stringify(compacted)}\n`);
  assertEquals(await newest(home), 97.5);
});

Deno.test("newest reading: wherever the chunks end", async () => {
  using home = new CodexHome();
  const path = home.rollout("1");
  // A chunk of the search is 128 KiB, and this line has some 300 bytes.
  for (let bytes = 130_500; bytes < 131_100; bytes += 7) {
    home.write(path, otherLine() + readingLine({ used: 61.5 }) + otherLine(bytes / 2).repeat(2));
    assertEquals(await newest(home), 61.5, `${bytes} bytes behind it`);
  }
});

Deno.test("newest reading: the last whole line, also without its end", async () => {
  using home = new CodexHome();
  const path = home.rollout("1");
  const [earlier, later] = [readingLine({ used: 50, at: ago(9) }), readingLine({ used: 60 })];
  home.write(path, earlier + later.slice(0, -20));
  assertEquals(await newest(home), 50);
  home.write(path, earlier + later.trimEnd());
  assertEquals(await newest(home), 60);
});

Deno.test("newest reading: by its stamp, not by the file that was changed last", async () => {
  using home = new CodexHome();
  home.write(home.rollout("a"), readingLine({ used: 70, at: ago(10) }), ago(10));
  home.write(home.rollout("b"), readingLine({ used: 30, at: ago(1000) }) + otherLine());
  assertEquals(await newest(home), 70);
});

Deno.test("newest reading: of two accounts, the one that wrote last", async () => {
  using home = new CodexHome();
  const [plus, pro] = [{ plan_type: "plus" }, { plan_type: "pro" }];
  home.write(home.rollout("a"), readingLine({ used: 100, at: ago(50), limits: plus }));
  home.write(home.rollout("b"), readingLine({ used: 5, at: ago(2), limits: pro }));
  const reading = await newestReading(home.path, new Date());
  assertEquals([reading?.windows[0]?.usedPercent, reading?.plan], [5, "pro"]);
});

Deno.test("newest reading: versions of 2025 wrote no limit and seconds until the reset", async () => {
  using home = new CodexHome();
  const primary = { used_percent: 98, window_minutes: 299, resets_in_seconds: 5400 };
  home.write(home.rollout("1"), tokenCount(ago(40), { primary }));
  assertEquals(await newest(home), 98);
});

Deno.test("newest reading: other files are none", async () => {
  using home = new CodexHome();
  const path = home.rollout("1");
  const text = readingLine();
  home.write(path.replace(".jsonl", ".jsonl.zst"), text);
  home.write(path.replace("rollout-", ""), text);
  home.write(path.replace("/sessions/2026/09/01/", "/archived_sessions/"), text);
  home.write(path.replace("/01/", "/"), text);
  Deno.mkdirSync(home.rollout("directory"));
  Deno.symlinkSync("/nowhere", home.rollout("link"));
  home.write(home.rollout("old"), text, ago(9 * DAY));
  assertEquals(await newest(home), undefined);
});

Deno.test("newest reading: bounds of what is looked at and read", async () => {
  using home = new CodexHome();
  const bounds = { maxFiles: 10, maxBytesPerFile: 10_000, maxBytes: 10_000 };
  home.write(home.rollout("new", "2026/09/02"), otherLine(9000));
  const text = readingLine({ used: 50, at: ago(60) }) + otherLine(100);
  home.write(home.rollout("old"), text, ago(30));
  assertEquals(await newest(home), 50);
  assertEquals(await newest(home, { ...bounds, maxFiles: 1 }), undefined);
  assertEquals(await newest(home, { ...bounds, maxBytes: 9000 }), undefined);
  assertEquals(await newest(home, { ...bounds, maxBytes: 9900 }), 50);
  assertEquals(await newest(home, { ...bounds, maxBytesPerFile: 90 }), undefined);
});

Deno.test("sessions: a failed reading where there is nothing to read", async () => {
  using home = new CodexHome();
  const reading = await sessions(`${home.path}/none`).read();
  assertEquals([reading.kind, reading.source], ["failed", "sessions"]);
  home.write(home.rollout("1"), readingLine({ used: 42 }));
  assertEquals((await sessions(home.path).read()).kind, "windows");
  // A login takes the place of a key that is kept beside it.
  for (
    const [login, kind] of [
      [{ auth_mode: "apikey", OPENAI_API_KEY: "sk" }, "failed"],
      [{ OPENAI_API_KEY: "sk", tokens: { account_id: "a" } }, "windows"],
      [{ OPENAI_API_KEY: null, tokens: { account_id: "a" } }, "windows"],
    ] as const
  ) {
    Deno.writeTextFileSync(`${home.path}/auth.json`, JSON.stringify(login));
    assertEquals((await sessions(home.path).read()).kind, kind, JSON.stringify(login));
  }
});
