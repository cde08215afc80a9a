import { assertEquals } from "@std/assert";
import { happened, type Present } from "../../lib/history/happened.ts";
import type { EventKind, Numbered, PastEvent, PastReading } from "../../lib/history/past.ts";
import { formatTimestamp } from "../../lib/text/timestamp.ts";
import { minutes } from "../quota/readings.ts";
import { DEFAULT_POLICY } from "../support/policy.ts";
import { fiveHour } from "./past_readings.ts";

/** Told of one moment after the other, as a daemon is; what was told stays, whatever daemon it is. */
class Course {
  readonly told: Numbered<PastEvent>[] = [];
  #last: PastReading | undefined;

  /** What happens so many minutes after `NOW`; `used` undefined where the reading failed. */
  at(
    minute: number,
    used: number | undefined,
    { resetsAt = minutes(200), ...more }: { resetsAt?: Date | null } & Partial<Present> = {},
  ): string[] {
    const at = minutes(minute);
    const windows = used === undefined ? [] : [fiveHour(used, resetsAt)];
    const isBlocked = used !== undefined && used >= 95;
    const present: Present = {
      now: at,
      at,
      status: isBlocked ? "blocked" : used === undefined ? "unknown" : "open",
      reason: `${used}%`,
      source: "codexbar",
      windows,
      blockedUntil: isBlocked && resetsAt ? new Date(resetsAt.getTime() + 60_000) : null,
      blockedBy: isBlocked ? "fiveHour" : undefined,
      knownAt: this.#last?.at ?? minutes(0),
      maxStateAgeSeconds: 180,
      pausedUntil: undefined,
      policy: DEFAULT_POLICY,
      ...more,
    };
    const events = happened(this.#last, present, {
      lastEvent: (kind: EventKind, about?: string) =>
        this.told.findLast((each) =>
          each.kind === kind && (about === undefined || each.about === about)
        ),
    });
    for (const event of events) this.told.push({ ...event, id: this.told.length + 1 });
    if (windows.length > 0) this.#last = { at, source: "codexbar", status: "open", windows };
    return events.map(({ kind }) => kind);
  }
}

Deno.test("happened: a window fills, blocks, resets and is open again", () => {
  const course = new Course();
  assertEquals(course.at(0, 50), []);
  assertEquals(course.at(1, 94), []);
  assertEquals(course.at(2, 95), ["threshold", "block"]);
  assertEquals(course.at(3, 97), []);
  assertEquals(course.at(202, 1, { resetsAt: minutes(500) }), ["reset", "open"]);
  assertEquals(course.at(203, 2, { resetsAt: minutes(500) }), []);
  const [, , reset] = course.told;
  assertEquals(reset?.fields, {
    window: "fiveHour",
    usedPercent: 97,
    unusedPercent: 3,
    wasToResetAt: formatTimestamp(minutes(200)),
    resetsAt: formatTimestamp(minutes(500)),
  });
});

Deno.test("happened: flicker around the threshold gives one crossing and one block", () => {
  const course = new Course();
  const all = Array.from({ length: 18 }, (_, n) => course.at(n / 2, n % 2 === 0 ? 95 : 94)).flat();
  assertEquals(all, ["threshold", "block"]);
  // What lasts is told, and another flicker then is none.
  assertEquals(course.at(12, 94), ["open"]);
  assertEquals([course.at(12.5, 95), course.at(13, 94)], [[], []]);
  assertEquals([course.at(23, 95), course.at(24, 95)], [["block"], []]);
});

Deno.test("happened: an early reset is told at once", () => {
  const course = new Course();
  assertEquals(course.at(0, 96), ["threshold", "block"]);
  assertEquals(course.at(1, 0, { resetsAt: minutes(301) }), ["reset", "open"]);
  assertEquals(course.at(2, 96, { resetsAt: minutes(301) }), ["threshold", "block"]);
});

Deno.test("happened: two accounts in turn have each reset once", () => {
  const course = new Course();
  const other = { resetsAt: minutes(290) };
  const all = Array.from(
    { length: 6 },
    (_, n) => n % 2 ? course.at(n, 3, other) : course.at(n, 60),
  );
  assertEquals(all.flat(), ["reset"]);
});

Deno.test("happened: a source is lost when it is not believed any more, and comes back once", () => {
  const course = new Course();
  course.at(0, 50);
  assertEquals([course.at(1, undefined), course.at(2, undefined)], [[], []]);
  assertEquals(course.at(4, undefined), ["source-lost"]);
  assertEquals(course.at(5, undefined), []);
  assertEquals(course.at(9, 51), ["source-back"]);
  assertEquals(course.told.at(-1)?.fields.lostSeconds, 300);
  assertEquals(course.at(10, 51), []);
});

Deno.test("happened: a pause, a longer one, and its end, when it ended", () => {
  const course = new Course();
  assertEquals(course.at(0, 50, { pausedUntil: minutes(10) }), ["pause"]);
  assertEquals(course.at(1, 50, { pausedUntil: minutes(10) }), []);
  assertEquals(course.at(2, 50, { pausedUntil: minutes(20) }), ["pause"]);
  assertEquals(course.at(25, 50), ["resume"]);
  assertEquals(course.told.at(-1)?.at, minutes(20));
  assertEquals(course.at(26, 50), []);
});

Deno.test("happened: a window without an end is told once for its length", () => {
  const course = new Course();
  const unknown = { resetsAt: null, status: "open", blockedUntil: null } as const;
  assertEquals(course.at(0, 96, unknown), ["threshold"]);
  assertEquals(course.at(200, 96, unknown), []);
  assertEquals(course.at(301, 96, unknown), ["threshold"]);
});
