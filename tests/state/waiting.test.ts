import { assertEquals } from "@std/assert";
import { heldInLog, scriptsAt } from "../../lib/state/waiting.ts";

const at = (time: string) => new Date(`2026-09-01T${time}Z`);

Deno.test("waiting: by the log, whose hold has begun and not ended", () => {
  const log = [
    "2026-09-01T10:00:00Z started: pid 9, version 1",
    "2026-09-01T10:00:01Z guard 11: held until 2026-09-01T12:00:00Z: 97% is used",
    "2026-09-01T10:00:02Z guard 12: held until 2026-09-01T12:00:00Z: 97% is used",
    "2026-09-01T10:00:03Z guard 11: held for 2.0 s, let go: paused",
    "2026-09-01T10:00:04Z guard 13: held until 2026-09-01T12:00:00Z, since 2026-09-01T09:00:00Z: waits here now",
    "2026-09-01T10:00:05Z guard 14: held for 9 s, let go: guard 14: held until the end",
    "2026-09-01T10:00:06Z guard 0: held until 2026-09-01T12:00:00Z: no pid",
    "guard 15: held until",
    "",
  ].join("\n");
  assertEquals(heldInLog(log), [
    { pid: 12, since: at("10:00:02"), pipe: undefined },
    { pid: 13, since: at("09:00:00"), pipe: undefined },
  ]);
});

Deno.test("waiting: by the queue, who has a pipe there", () => {
  const names = ["12-1788256800.wake", "0.place", "07", "12.wake", "x-1.wake", "0-1.wake"];
  assertEquals(scriptsAt(names, "/q"), [
    { pid: 12, since: new Date(1_788_256_800_000), pipe: "/q/12-1788256800.wake" },
  ]);
});
