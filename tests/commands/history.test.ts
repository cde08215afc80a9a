import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { HELD_IN, sixHours, writeHistory } from "../support/history.ts";
import { readText, Sandbox } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";

async function withPast(): Promise<Sandbox> {
  const box = new Sandbox();
  writeHistory(box, sixHours());
  return await Promise.resolve(box);
}

Deno.test("history: a chart within each width, with resets and holds, in ASCII where it must be", async () => {
  await using box = await withPast();
  for (const columns of [60, 80, 200]) {
    for (const LC_ALL of ["C.UTF-8", "C"]) {
      const env = { COLUMNS: String(columns), LC_ALL };
      const { code, stdout } = await box.run(["history", "--last=7h"], { env });
      assertEquals(code, 0);
      const lines = stdout.trimEnd().split("\n");
      for (const line of lines) assert([...line].length <= columns, `${columns}: ${line}`);
      assertMatch(lines[0]!, /^5-hour window: 15% used$/);
      // Before the first reading nothing is known; it is not nothing that was used.
      assertMatch(lines[9]!, /^ {2}0%.[^ ]? {3}/);
      const isUtf8 = LC_ALL !== "C";
      assertMatch(lines[1]!, isUtf8 ? /^100%┤ +┏━+┓$/ : /^100%\+ +\+-+\+$/);
      const marks = lines.slice(10, 12);
      assertMatch(marks[0]!, isUtf8 ? /^ +↻$/ : /^ +~$/);
      assertMatch(marks[1]!, isUtf8 ? /^ +━+$/ : /^ +=+$/);
      assertEquals(/^[\0-\x7f]*$/.test(stdout), !isUtf8);
    }
  }
});

Deno.test("history: JSON and CSV have each reading; what is older is left out", async () => {
  await using box = await withPast();
  const { stdout } = await box.run(["history", "--json", "--last=2h"]);
  const json = JSON.parse(stdout);
  assertEquals([json.schemaVersion, json.readings.length, json.events.length], [1, 20, 3]);
  const [window] = json.readings.at(-1).windows;
  assertEquals(Object.keys(window), [
    "id",
    "class",
    "usedPercent",
    "windowMinutes",
    "resetsAt",
    "extra",
  ]);
  assertEquals([window.class, window.usedPercent, window.windowMinutes], ["fiveHour", 15, 300]);
  assertMatch(json.readings[0].at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assertEquals(json.events.map(({ event }: { event: string }) => event), [
    "reset",
    "open",
    "release",
  ]);
  const rows = (await box.run(["history", "--csv", "--last=2h"])).stdout.split("\r\n");
  assertEquals(rows[0], "at,source,id,class,usedPercent,windowMinutes,resetsAt,extra");
  assertMatch(rows[20]!, /^[\dTZ:-]+,codexbar,primary,fiveHour,15,300,[\dTZ:-]+,false$/);
});

Deno.test("history: without one, or with one that cannot be read, it says so", async () => {
  await using box = new Sandbox();
  const { code, stdout } = await box.run(["history"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^nothing was read in the last 1 d; the daemon reads: quota-sentry start\n$/);
  assertEquals(
    (await box.run(["history", "--json"])).stdout,
    '{"schemaVersion":1,"readings":[],"events":[]}\n',
  );
  Deno.mkdirSync(`${box.stateDir}/history`, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(`${box.stateDir}/history/quota-sentry.history.db`, "none ".repeat(2000));
  const broken = await box.run(["history"]);
  assertEquals([broken.code, broken.stdout], [1, ""]);
  assertMatch(broken.stderr, /not a database/);
});

Deno.test("history: wrong options are said", async () => {
  await using box = new Sandbox();
  for (const args of [["--csv", "--json"], ["--last=soon"], ["--html="]]) {
    assertEquals((await box.run(["history", ...args])).code, 64, args.join());
  }
});

Deno.test("history: the page asks nobody for anything, and no text of it ends its script", async () => {
  await using box = await withPast();
  const { code, stdout } = await box.run(["history", "--html=page.html", "--last=7h"]);
  assertEquals([code, stdout], [0, `written: ${box.home}/page.html\n`]);
  const page = readText(`${box.home}/page.html`)!;
  assert(!page.includes(HELD_IN));
  assertEquals(page.match(/<\/script>/g)?.length, 3);
  assert(
    !/<(link|img|iframe)|src=|url\(|@import|https?:\/\/(?!www\.w3\.org)/.test(
      page.replace(/\/\*!.*?\*\//s, ""),
    ),
  );
  assertStringIncludes(page, "default-src 'none'");
  // How things stand now, as `status` says it.
  const status = await box.run(["status", "--long"]);
  assertStringIncludes(page, status.stdout.split("\n")[0]!);
});

const BROWSER = findTool("chromium-headless-shell");

Deno.test({
  name: "history: the page draws a chart of each window in a browser, light and dark",
  ignore: BROWSER === undefined,
  fn: async () => {
    await using box = await withPast();
    await box.run(["history", "--html=page.html", "--last=7h"]);
    const browse = async (...args: string[]) => {
      const child = box.startProgram(BROWSER!, [
        "--no-sandbox",
        "--disable-gpu",
        `--user-data-dir=${box.root}/browser`,
        "--virtual-time-budget=3000",
        ...args,
        `file://${box.home}/page.html`,
      ]);
      const [dom] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.status,
      ]);
      return dom;
    };
    const dom = await browse("--dump-dom");
    assertEquals(dom.match(/<h2>5-hour window<\/h2>/g)?.length, 1);
    assertEquals(dom.match(/<canvas /g)?.length, 1);
    assertMatch(dom, /class="u-legend/);
    const runs = fromFileUrl(new URL("../../.quota-sentry-runs", import.meta.url));
    Deno.mkdirSync(runs, { recursive: true });
    const pictures = [];
    for (
      const [scheme, flags] of [["light", []], ["dark", [
        "--blink-settings=preferredColorScheme=0",
      ]]] as const
    ) {
      const path = `${box.root}/${scheme}.png`;
      await browse(...flags, "--window-size=1100,600", `--screenshot=${path}`);
      pictures.push(Deno.statSync(path).size);
      Deno.copyFileSync(path, `${runs}/history-${scheme}.png`);
    }
    for (const size of pictures) assert(size > 5000, `${pictures}`);
  },
});
