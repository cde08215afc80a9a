import { assertEquals, assertMatch } from "@std/assert";
import { HistoryDatabase } from "../../lib/history/database.ts";
import { HISTORY_DIRECTORY, HISTORY_FILE } from "../../lib/state/history_files.ts";
import { Sandbox } from "../support/sandbox.ts";

/** A window that is used up by and by, and the next one. */
function recording(): string {
  const points: [string, number, string][] = [
    ["08:00", 40, "13:00"],
    ["10:00", 92, "13:00"],
    ["12:00", 96, "13:00"],
    ["13:10", 1, "18:00"],
  ];
  const instant = (time: string) => `2026-01-05T${time}:00Z`;
  return JSON.stringify({
    schemaVersion: 1,
    readings: points.map(([at, usedPercent, resetsAt]) => ({
      at: instant(at),
      source: "sessions",
      windows: [{
        id: "primary",
        class: "fiveHour",
        usedPercent,
        windowMinutes: 300,
        resetsAt: instant(resetsAt),
        extra: false,
      }],
    })),
    events: [],
  });
}

Deno.test("simulate --replay: what the settings would have done, and others beside them", async () => {
  await using box = new Sandbox();
  const file = `${box.home}/week.json`;
  Deno.writeTextFileSync(file, recording());
  box.configure({ resetBufferSeconds: 0 });
  const other = ["--set", "windows.fiveHour.thresholdPercent=90", "--set=resetBufferSeconds=600"];
  const env = { TZ: "UTC" };
  const [alone, both, json] = await Promise.all([
    box.run(["simulate", "--replay", file], { env }),
    box.run(["simulate", "--replay", file, ...other], { env }),
    box.run(["simulate", "--replay", file, "--json", ...other], { env }),
  ]);
  assertEquals([alone.code, alone.stderr], [0, ""]);
  assertMatch(
    alone.stdout,
    /^4 readings from 2026-01-05 08:00 to 2026-01-05 13:10, local time\.\n/,
  );
  assertMatch(alone.stdout, /^2026-01-05 13:00 {2}12:00, 1h, 5-hour 96%$/m);
  assertMatch(alone.stdout, /^left of the 5-hour window +4%$/m);
  assertEquals([both.code, both.stderr], [0, ""]);
  assertMatch(both.stdout, /"other" is with windows\.fiveHour\.thresholdPercent=90,\s+resetBuf/);
  assertMatch(both.stdout, /^2026-01-05 13:00 {2}12:00, 1h, 5-hour 96% +-$/m);
  assertMatch(both.stdout, /^2026-01-05 13:10 {2}- +10:00, 3h10m, 5-hour 92%$/m);
  assertMatch(both.stdout, /^in all +1h +3h10m$/m);
  assertMatch(both.stdout, /^left of the 5-hour window +4% +8%$/m);
  const { schemaVersion, from, to, readings, runs } = JSON.parse(json.stdout);
  assertEquals(
    [schemaVersion, from, to, readings],
    [1, "2026-01-05T08:00:00Z", "2026-01-05T13:10:00Z", 4],
  );
  const [settings, set] = runs;
  assertEquals([settings.set, settings.heldSeconds], [{}, 3600]);
  assertEquals(set.set, { "windows.fiveHour.thresholdPercent": 90, resetBufferSeconds: 600 });
  assertEquals(set.blocks, [{
    from: "2026-01-05T10:00:00Z",
    until: "2026-01-05T13:10:00Z",
    usedPercent: 92,
    window: "5-hour window",
    reason: "92% of the 5-hour window is used; the threshold is 90%",
    isOpenEnded: false,
    heldSeconds: 11_400,
  }]);
  assertEquals(set.resets.map(({ leftPercent }: { leftPercent: number }) => leftPercent), [8]);
});

Deno.test("simulate --replay history: what the daemon has kept, read alone", async () => {
  await using box = new Sandbox();
  const replay = ["simulate", "--replay", "history"];
  const none = await box.run(replay);
  assertEquals([none.code, none.stdout], [1, ""]);
  assertMatch(
    none.stderr,
    /the history cannot be replayed: there is none yet; the daemon begins it/,
  );
  const path = `${box.stateDir}/${HISTORY_DIRECTORY}/${HISTORY_FILE}`;
  Deno.mkdirSync(`${box.stateDir}/${HISTORY_DIRECTORY}`, { recursive: true, mode: 0o700 });
  {
    using history = HistoryDatabase.open(path);
    const { readings } = JSON.parse(recording());
    for (const { at, source, windows: [window] } of readings) {
      const windows = [{ ...window, resetsAt: new Date(window.resetsAt) }];
      history.addReading({ at: new Date(at), source, status: "open", windows });
    }
  }
  const { code, stdout, stderr } = await box.run(replay, { env: { TZ: "UTC" } });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^4 readings from 2026-01-05 08:00 to 2026-01-05 13:10/);
  assertMatch(stdout, /^2026-01-05 13:01 {2}12:00, 1h1m, 5-hour 96%$/m);
  Deno.writeTextFileSync(path, "no database");
  const broken = await box.run(replay);
  assertEquals([broken.code, broken.stdout], [1, ""]);
  assertMatch(broken.stderr, /the history cannot be replayed: /);
});

Deno.test("simulate --replay: of many blocks the last are shown", async () => {
  await using box = new Sandbox();
  const day = (number: number, hour: number) =>
    new Date(Date.UTC(2026, 0, number, hour)).toISOString();
  const readings = Array.from({ length: 40 }, (_, index) => ({
    at: day(index + 1, 8),
    source: "codexbar",
    windows: [{ id: "p", usedPercent: 97, windowMinutes: 300, resetsAt: day(index + 1, 10) }],
  }));
  Deno.writeTextFileSync(`${box.home}/all.json`, JSON.stringify({ schemaVersion: 1, readings }));
  const { stdout } = await box.run(["simulate", "--replay", "all.json"], { env: { TZ: "UTC" } });
  assertEquals(stdout.match(/^2026-\S+ 10:01 /gm)?.length, 30);
  assertMatch(stdout, /^10 more before these; --json tells of all\.$/m);
});

Deno.test("simulate --replay: what cannot be, in one line", async () => {
  await using box = new Sandbox();
  const file = `${box.home}/week.json`;
  Deno.writeTextFileSync(file, recording());
  Deno.writeTextFileSync(`${box.home}/broken.json`, recording().replace(":96,", ':"96",'));
  const wrong: [string[], number, RegExp][] = [
    [
      ["--replay", "broken.json"],
      1,
      /broken\.json cannot be replayed: readings\[2\]\.windows\[0\]/,
    ],
    [["--replay", "none.json"], 1, /none\.json cannot be replayed: there is no such file$/m],
    [
      ["--replay", file, "--set", "pace=maybe"],
      64,
      /pace cannot be maybe: it takes true or false$/m,
    ],
    [["--replay", file, "--set", "pce=true"], 64, /no setting "pce"; did you mean pace\?$/m],
    [["--replay", file, "--set", "pace"], 64, /--set takes a setting and its value, such as/],
    [["--replay", file, "wall"], 64, /--replay takes no scenario/],
    [["--set", "pace=true"], 64, /takes --set and --json only with --replay$/m],
  ];
  await Promise.all(wrong.map(async ([args, code, message]) => {
    const ended = await box.run(["simulate", ...args]);
    assertEquals([ended.code, ended.stdout], [code, ""], args.join(" "));
    assertMatch(ended.stderr, message);
  }));
});
