import { assertEquals } from "@std/assert";
import { isDisabled } from "../../lib/guard/environment.ts";

const CASES: [string | undefined, boolean][] = [
  [undefined, false],
  ["", false],
  [" ", false],
  ["0", false],
  ["false", false],
  [" FALSE ", false],
  ["1", true],
  ["true", true],
  ["no", true],
];
for (const [value, expected] of CASES) {
  Deno.test(`environment: QUOTA_SENTRY_DISABLE=${value}: ${expected}`, () => {
    assertEquals(
      isDisabled((name) => name === "QUOTA_SENTRY_DISABLE" ? value : undefined),
      expected,
    );
  });
}
