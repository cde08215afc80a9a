import { assertEquals } from "@std/assert";
import type { Hold } from "../../../lib/guard/hold/hold.ts";
import { formatHold, parseHold } from "../../../lib/guard/hold/token.ts";

const HOLD: Hold = {
  session: "019a-4711",
  begunAt: new Date(1_000),
  until: new Date(5_000),
  latest: new Date(9_000),
  bound: new Date(4_000),
  windowMinutes: 300,
  then: "deny",
  staggerSeconds: 0.5,
};

const LEAST: Hold = {
  ...HOLD,
  session: null,
  bound: null,
  windowMinutes: null,
  then: "release",
};

for (const hold of [HOLD, LEAST]) {
  Deno.test(`token: ${formatHold(hold)} is read as it was written`, () => {
    assertEquals(parseHold(formatHold(hold)), hold);
  });
}

Deno.test("token: one of an earlier version is read, and has no session", () => {
  assertEquals(parseHold("1,1000,5000,9000,4000,300,deny,0.5"), { ...HOLD, session: null });
});

Deno.test("token: what is no session's id is none", () => {
  assertEquals(parseHold("2,1000,5000,9000,4000,300,deny,0.5,../x"), { ...HOLD, session: null });
});

const WRONG: [string, string][] = [
  ["", "nothing"],
  ["new", "no token"],
  ["3,1,2,3,,,release,0,", "of another version"],
  ["2,1,2,3,,,release,0", "of this version, and too short"],
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
