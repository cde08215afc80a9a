import { assertEquals } from "@std/assert";
import { parseState, readState } from "../../lib/state/state.ts";

const GOOD = {
  schemaVersion: 1,
  status: "blocked",
  reason: "97% of the 5-hour window is used",
  usedPercent: 97,
  windowMinutes: 300,
  resetsAt: "2026-09-01T12:42:00Z",
  blockedUntil: "2026-09-01T12:43:00Z",
  failOpen: false,
  updatedAt: "2026-09-01T12:00:00Z",
  windows: [],
};

const CASES: [string, unknown, string | undefined][] = [
  ["our own", GOOD, "blocked"],
  ["of a later version", { ...GOOD, schemaVersion: 99, moods: ["new"] }, "blocked"],
  ["without a version, a reason or numbers", {
    status: "open",
    updatedAt: GOOD.updatedAt,
  }, "open"],
  ["with numbers that are none", { ...GOOD, usedPercent: "97", windowMinutes: null }, "blocked"],
  ["blocked without an end", { ...GOOD, blockedUntil: null }, "unknown"],
  ["blocked until nonsense", { ...GOOD, blockedUntil: "soon" }, "unknown"],
  ["without a time", { ...GOOD, updatedAt: undefined }, undefined],
  ["with a status of another program", { ...GOOD, status: "ok" }, undefined],
  ["an array", [], undefined],
  ["null", null, undefined],
  ["a number", 3, undefined],
];

for (const [name, value, status] of CASES) {
  Deno.test(`parseState: ${name}: ${status}`, () => {
    assertEquals(parseState(JSON.stringify(value))?.status, status);
  });
}

for (const text of ["", "{", "\0\0\0", '{"status":"open"', "[".repeat(100_000)]) {
  Deno.test(`parseState: ${JSON.stringify(text.slice(0, 20))} is no state`, () => {
    assertEquals(parseState(text), undefined);
  });
}

Deno.test("readState: what is no ordinary file of ordinary size is no state", async () => {
  const directory = await Deno.makeTempDir();
  try {
    assertEquals(readState(`${directory}/missing`), undefined);
    assertEquals(readState(directory), undefined);
    const fifo = `${directory}/fifo`;
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    assertEquals(readState(fifo), undefined);
    const huge = `${directory}/huge`;
    await Deno.writeTextFile(huge, JSON.stringify(GOOD) + " ".repeat(1_000_000));
    assertEquals(readState(huge), undefined);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
