import { assertEquals } from "@std/assert";
import type { Hold } from "../../../lib/guard/hold/hold.ts";
import { formatHold, parseHold } from "../../../lib/guard/hold/token.ts";

const HOLD: Hold = {
  begunAt: new Date(1_000),
  until: new Date(5_000),
  latest: new Date(9_000),
  bound: new Date(4_000),
  windowMinutes: 300,
  then: "deny",
  staggerSeconds: 0.5,
};

for (const hold of [HOLD, { ...HOLD, bound: null, windowMinutes: null, then: "release" } as Hold]) {
  Deno.test(`token: ${formatHold(hold)} is read as it was written`, () => {
    assertEquals(parseHold(formatHold(hold)), hold);
  });
}

const WRONG: [string, string][] = [
  ["", "nothing"],
  ["new", "no token"],
  ["2,1,2,3,,,release,0", "of another version"],
  ["1,1,2,3,,,release,0,0", "too long"],
  ["1,1,2,3,,,release", "too short"],
  ["1,1,2,,,,release,0", "without a time"],
  ["1,-1,2,3,,,release,0", "with a time before 1970"],
  ["1,1,2,3,,,wait,0", "with an end that is none"],
  ["1,1,2,3,,,release,soon", "with a stagger that is none"],
];
for (const [text, name] of WRONG) {
  Deno.test(`token: ${name} is no hold: "${text}"`, () => {
    assertEquals(parseHold(text), undefined);
  });
}
