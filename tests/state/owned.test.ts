import { assertEquals } from "@std/assert";
import { isForeign } from "../../lib/state/owned.ts";
import { whyForeign } from "../../lib/state/why_foreign.ts";

const OTHER = "it belongs to another user (uid 1001)";
const CASES: [number | null, number, number | null, string | undefined][] = [
  [1000, 0o40700, 1000, undefined],
  [1000, 0o40755, 1000, undefined],
  [1001, 0o40700, 1000, OTHER],
  [1001, 0o40700, 0, OTHER],
  [1001, 0o40777, 1000, OTHER],
  [0, 0o40700, 1000, "it belongs to another user (uid 0)"],
  [1000, 0o40770, 1000, "others may write into it (mode 0770)"],
  [1000, 0o40702, 1000, "others may write into it (mode 0702)"],
  [1000, 0o41777, 1000, "others may write into it (mode 0777)"],
  // Where the file system or the system knows of no owners.
  [null, 0o40700, 1000, undefined],
  [1000, 0o40700, null, undefined],
];
for (const [uid, mode, ours, expected] of CASES) {
  Deno.test(`owned: of ${uid}, ${mode.toString(8)}, for ${ours}`, () => {
    assertEquals(whyForeign({ uid, mode }, ours), expected);
  });
}

Deno.test("owned: where nothing is said of the mode, nobody else may write", () => {
  assertEquals(isForeign({ uid: 1000, mode: null }, 1000), false);
});
