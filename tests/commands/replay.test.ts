import { assertEquals, assertMatch } from "@std/assert";
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
  await box.run(["config", "set", "resetBufferSeconds", "0"]);
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
