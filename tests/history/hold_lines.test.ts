import { assertEquals } from "@std/assert";
import { parseHoldLine } from "../../lib/history/hold_lines.ts";

const at = new Date("2026-01-31T18:30:00Z");
const until = new Date("2026-01-31T20:01:00Z");

Deno.test("hold lines: what the script and the program say of holds, and nothing else", () => {
  const cases: [string, unknown][] = [
    ["held until 2026-01-31T20:01:00Z: 97% is used", {
      kind: "hold",
      at,
      pid: 42,
      until,
      why: "97% is used",
    }],
    ["held for 12 s, let go: paused", {
      kind: "release",
      at,
      pid: 42,
      seconds: 12,
      why: "let go: paused",
    }],
    ["held for 0.4 s, denied: the longest", {
      kind: "release",
      at,
      pid: 42,
      seconds: 0.4,
      why: "denied: the longest",
    }],
    ["held until noon: 97%", undefined],
    ["held for ever, let go", undefined],
  ];
  for (const [text, expected] of cases) {
    assertEquals(parseHoldLine(`2026-01-31T18:30:00Z guard 42: ${text}`), expected, text);
  }
  for (
    const line of ["", "2026-01-31T18:30:00Z open: guard 4: held for 1 s, x", "guard 4: held for"]
  ) assertEquals(parseHoldLine(line), undefined, line);
});
