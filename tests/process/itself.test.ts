import { assertEquals } from "@std/assert";
import { isFoundAnywhere } from "../../lib/process/itself.ts";

const CASES: [string, string, boolean][] = [
  ["linux", "/home/u/.local/bin/quota-sentry", true],
  ["darwin", "/Users/u/.local/bin/quota-sentry", false],
  ["darwin", "/opt/homebrew/bin/quota-sentry", true],
  ["darwin", "/usr/local/bin/quota-sentry", true],
  // By a name on PATH: an app on the desktop has another one.
  ["darwin", "quota-sentry", false],
];
for (const [os, path, expected] of CASES) {
  Deno.test(`itself: ${path} on ${os} is ${expected ? "" : "not "}found with any PATH`, () => {
    assertEquals(isFoundAnywhere(path, os), expected);
  });
}
