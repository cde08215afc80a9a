import { assertEquals } from "@std/assert";
import { decide } from "../../lib/quota/decision.ts";
import { type Block, settle } from "../../lib/quota/block.ts";
import { DEFAULT_POLICY } from "../support/policy.ts";
import type { Reading } from "../../lib/quota/reading.ts";
import { HELD, minutes, NOW, read } from "./readings.ts";

/** A hold of days on the weekly window. */
const WEEK: Block = {
  ...HELD,
  what: "weekly",
  windowId: "secondary",
  windowMinutes: 10_080,
  resetsAt: minutes(6 * 1440 - 1),
  blockedUntil: minutes(6 * 1440),
};

const FAILED: Reading = { kind: "failed", source: "auto", reason: "no answer" };

const CASES: [string, Block | undefined, Reading, "open" | "unknown" | number][] = [
  ["nothing held, open", undefined, read(3), "open"],
  ["nothing held, spent", undefined, read(97), 41],
  ["nothing held, no answer", undefined, FAILED, "unknown"],
  ["held, open", HELD, read(3), "open"],
  ["held, open by a live source of another name", HELD, read(3, {}, { source: "codex" }), "open"],
  ["held, open by a session's word", HELD, read(3, {}, { source: "sessions" }), "open"],
  ["held, the account is unlimited and shows no window", HELD, {
    ...read(3, {}, { source: "codex", credits: { left: "unlimited" } }),
    windows: [],
  }, "open"],
  ["held, no answer", HELD, FAILED, 41],
  ["held, the window is missing", HELD, read(3, { windowMinutes: 10080 }), 41],
  ["held, an extra window is open", HELD, read(3, { extra: true }), 41],
  ["held, the reset has moved ahead", HELD, read(97, { resetsAt: minutes(60) }), 61],
  ["held, the reset has come nearer", HELD, read(97, { resetsAt: minutes(5) }), 6],
  ["held for the week, the 5-hour window alone is shown, and spent", WEEK, read(97), 6 * 1440],
  ["held for the week, no answer", WEEK, FAILED, 6 * 1440],
  [
    "held on a session's word, open by a live source",
    { ...HELD, source: "sessions" },
    read(3),
    "open",
  ],
  ["held until just now, no answer", { ...HELD, blockedUntil: NOW }, FAILED, "unknown"],
  ["held until just now, open", { ...HELD, blockedUntil: NOW }, read(3), "open"],
  [
    "held for the account, a session's line is open",
    { ...HELD, what: "account", windowId: null },
    {
      ...read(3, {}, { source: "sessions" }),
      account: { reachedType: null, spendControlReached: false },
    },
    41,
  ],
  [
    "held for the account, the backend says that it may go on",
    { ...HELD, what: "account", windowId: null },
    {
      ...read(3, {}, { source: "codex" }),
      account: { reachedType: null, spendControlReached: false, usageAllowed: true },
    },
    "open",
  ],
  [
    "held for the account, a source that knows nothing of it is open",
    { ...HELD, what: "account", windowId: null },
    read(3),
    41,
  ],
];

for (const [name, held, reading, expected] of CASES) {
  Deno.test(`settle: ${name}: ${expected}`, () => {
    const { decision, block } = settle(held, reading, decide(reading, DEFAULT_POLICY, NOW), NOW);
    if (typeof expected === "number") {
      assertEquals(decision.status === "blocked" && decision.blockedUntil, minutes(expected));
      assertEquals(block?.blockedUntil, minutes(expected));
      const length = held && held.blockedUntil > NOW ? held.windowMinutes : 300;
      assertEquals(decision.status === "blocked" && decision.windowMinutes, length);
      assertEquals(block?.since, held && held.blockedUntil > NOW ? held.since : NOW);
    } else {
      assertEquals([decision.status, block], [expected, undefined]);
    }
  });
}
