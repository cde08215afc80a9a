import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { HistoryDatabase } from "../../lib/history/database.ts";
import { FOLD_STAGES } from "../../lib/history/fold.ts";
import { foldStage } from "../../lib/history/fold_stage.ts";
import { minutes } from "../quota/readings.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { past } from "./past_readings.ts";

/** All instants. */
const EVER = [new Date(0), new Date(8.64e15)] as const;

Deno.test("database: gives back what was put in, also to who reads while it is written", async () => {
  await using directory = temporaryDirectory();
  const path = `${directory.path}/history.db`;
  using db = HistoryDatabase.open(path);
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  const readings = [past(0, 12.5), past(1, 13, { resetsAt: null, status: "blocked" })];
  for (const reading of readings) db.addReading(reading);
  const event = { at: minutes(1), kind: "pause", about: "", fields: { until: "noon" } } as const;
  db.addEvent(event);
  using reader = HistoryDatabase.openToRead(path);
  assertEquals(
    reader.readingsBetween(...EVER),
    readings.map((each, n) => ({ ...each, id: n + 1 })),
  );
  assertEquals(reader.eventsBehind(0), [{ ...event, id: 1 }]);
  db.addReading(past(2, 14));
  assertEquals(reader.readingsBehind(2).map(({ at }) => at), [minutes(2)]);
  assertEquals(reader.lastIds(), { reading: 3, event: 1 });
  for (const suffix of ["-wal", "-shm"]) {
    assertEquals(Deno.statSync(`${path}${suffix}`).mode! & 0o777, 0o600);
  }
});

Deno.test("database: what does not end well has not begun", async () => {
  await using directory = temporaryDirectory();
  using db = HistoryDatabase.open(`${directory.path}/history.db`);
  assertThrows(
    () =>
      db.inTransaction(() => {
        db.addReading(past(0, 1));
        throw new Error("in between");
      }),
    Error,
    "in between",
  );
  assertEquals(db.readingsBetween(...EVER), []);
});

Deno.test("database: one of a later version is not touched, and rows of others are passed over", async () => {
  await using directory = temporaryDirectory();
  const path = `${directory.path}/history.db`;
  HistoryDatabase.open(path)[Symbol.dispose]();
  const other = new DatabaseSync(path);
  for (const windows of ["x", "[]", "[[1,2]]", '[["a","b",null,null,0]]']) {
    other.prepare("INSERT INTO readings (at, source, status, windows) VALUES (1, '', 'open', ?)")
      .run(windows);
  }
  other.exec("INSERT INTO events (at, kind, about, fields) VALUES (1, 'party', '', '{}')");
  {
    using reader = HistoryDatabase.openToRead(path);
    assertEquals([reader.readingsBehind(0), reader.eventsBehind(0)], [[], []]);
  }
  other.exec("PRAGMA user_version = 2");
  other.close();
  assertThrows(() => HistoryDatabase.open(path), Error, "version 2");
  assertThrows(() => HistoryDatabase.openToRead(path), Error, "version 2");
});

Deno.test("database: a look takes no memory that only a collector would give back", async () => {
  await using directory = temporaryDirectory();
  using db = HistoryDatabase.open(`${directory.path}/history.db`);
  db.addReading(past(0, 12.5));
  const look = () => {
    db.lastReading();
    db.openHolds();
    db.lastEvent("threshold", "fiveHour");
    db.lastEvent("block");
  };
  look();
  const before = Deno.memoryUsage().rss;
  for (let looks = 0; looks < 2000; looks++) look();
  assertLess(Deno.memoryUsage().rss - before, 15e6);
});

Deno.test("database: what ages is folded to an hour's readings, and keeps each reset", async () => {
  await using directory = temporaryDirectory();
  const path = `${directory.path}/history.db`;
  using db = HistoryDatabase.open(path);
  const DAYS = 50;
  const END = 5 * 60;
  for (let day = 0; day < DAYS; day++) {
    db.inTransaction(() => {
      // One in ten minutes: what is more often only makes the last two days longer.
      for (let minute = day * 1440; minute < (day + 1) * 1440; minute += 10) {
        const [window, used] = [Math.floor(minute / END), (minute % END) / 3];
        db.addReading(past(minute, used, { resetsAt: minutes((window + 1) * END) }));
      }
    });
    const now = minutes((day + 1) * 1440);
    for (const stage of FOLD_STAGES) while (!foldStage(db, stage, now));
  }
  const readings = db.readingsBetween(...EVER);
  // 20 days with some 29 each, 28 with 144, and the last two.
  assertLess(readings.length, 20 * 30 + 28 * 145 + 300);
  assertLess(Deno.statSync(path).size, 1e6);
  const lastOfEach = Map.groupBy(readings, ({ windows: [window] }) => window!.resetsAt!.getTime());
  for (const [, all] of lastOfEach) assert(all.at(-1)!.windows[0]!.usedPercent > 96);
  assertEquals(lastOfEach.size, DAYS * 1440 / END);
});
