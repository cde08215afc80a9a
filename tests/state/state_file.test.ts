import { assertEquals } from "@std/assert";
import { DEFAULT_GUARD_RULES, formatState, parseState, type State } from "../../lib/state/state.ts";
import { stateWith } from "../support/states.ts";

const AT = new Date("2026-09-01T12:00:00.250Z");
const SECOND = new Date("2026-09-01T12:00:00Z");
const RESET = new Date("2026-09-01T14:00:00Z");
const WINDOW = {
  id: "primary",
  usedPercent: 97.5,
  windowMinutes: 300,
  resetsAt: RESET,
  extra: false,
};

const STATE: State = {
  status: "blocked",
  reason: "97.5% of the 5-hour window is used",
  usedPercent: 97.5,
  windowMinutes: 300,
  resetsAt: RESET,
  blockedUntil: new Date("2026-09-01T14:01:00Z"),
  blockMinutes: 300,
  updatedAt: SECOND,
  readAt: AT,
  guard: { ...DEFAULT_GUARD_RULES, holdAt: { fiveHour: 95 }, notBeyond: RESET },
  droppedAt: AT,
  source: "codex",
  advice: ["90% of the week is used"],
  windows: [WINDOW],
  account: { reachedType: null, spendControlReached: false, usageAllowed: true },
  plan: "pro",
  credits: "none",
  burn: 36 / 3600,
  sample: { usedPercent: 90, resetsAt: RESET, at: AT },
  block: {
    what: "fiveHour",
    windowId: "primary",
    windowMinutes: 300,
    resetsAt: RESET,
    blockedUntil: new Date("2026-09-01T14:01:00Z"),
    source: "codex",
    since: SECOND,
    reason: "97.5% of the 5-hour window is used",
  },
  holds: [SECOND],
  following: "events",
  known: {
    source: "codex",
    plan: "pro",
    credits: { left: "none", balance: "0", toldAt: AT },
    windows: [WINDOW],
    at: AT,
  },
  forgottenAt: SECOND,
};

Deno.test("state file: what is written is what is read", () => {
  assertEquals(parseState(formatState(STATE)), STATE);
  const least = stateWith({
    usedPercent: null,
    windowMinutes: null,
    source: undefined,
    updatedAt: SECOND,
    readAt: AT,
  });
  const read: Record<string, unknown> = { ...parseState(formatState(least)) };
  const there = Object.entries(least).filter(([, value]) => value !== undefined);
  assertEquals(read, Object.fromEntries(there));
});

Deno.test("state file: for other programs it stays as it was", () => {
  const { failOpen, fiveHour, windows, ...fields } = JSON.parse(formatState(STATE));
  assertEquals([failOpen, fiveHour.usedPercent, windows[0].class], [false, 97.5, "fiveHour"]);
  assertEquals(fields.schemaVersion, 1);
  assertEquals(fields.hold.blockedUntil, "2026-09-01T14:01:00Z");
  assertEquals([fields.readAtMs, fields.updatedAt], [AT.getTime(), "2026-09-01T12:00:00Z"]);
  assertEquals(fields.burnPercentPerHour, 36);
  assertEquals(JSON.parse(formatState({ ...STATE, status: "unknown" })).failOpen, true);
});

Deno.test("state file: a time that something is as old as is never later", () => {
  const read = parseState(formatState({ ...STATE, updatedAt: AT }));
  assertEquals([read?.updatedAt, read?.readAt], [SECOND, AT]);
});

const MALFORMED: [string, Record<string, unknown>, Partial<State>][] = [
  ["windows", { windows: [{ id: 3 }] }, { windows: [] }],
  ["a window among others", { known: { ...known(), windows: [{}] } }, { known: undefined }],
  ["credits that are known", { known: { ...known(), credits: { left: "lots" } } }, {
    known: { ...STATE.known!, credits: undefined },
  }],
  ["a hold", { hold: { what: "weekly" } }, { block: undefined }],
  ["holds", { holds: ["yesterday"] }, { holds: [] }],
  ["rules", { guard: { then: "wait", staggerSeconds: -1 } }, { guard: DEFAULT_GUARD_RULES }],
  ["rules that are none", { guard: [] }, { guard: DEFAULT_GUARD_RULES }],
  ["the burn", { burnPercentPerHour: "fast" }, { burn: undefined }],
  ["when it was read", { readAtMs: "now" }, { readAt: SECOND }],
];
for (const [name, fields, expected] of MALFORMED) {
  Deno.test(`state file: malformed: ${name}`, () => {
    const text = JSON.stringify({ ...JSON.parse(formatState(STATE)), ...fields });
    const read: Partial<State> = { ...parseState(text) };
    for (const [key, value] of Object.entries(expected)) {
      const found = read[key as keyof State];
      assertEquals(JSON.stringify(found), JSON.stringify(value), key);
    }
    assertEquals(read.status, "blocked");
  });
}

function known(): Record<string, unknown> {
  return JSON.parse(formatState(STATE)).known;
}
