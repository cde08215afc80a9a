import { assert, assertEquals } from "@std/assert";
import { bar } from "../../lib/terminal/bar.ts";
import { widthOf } from "../../lib/terminal/fit.ts";

const ASCII = { hasColour: false, isUtf8: false };
const UTF8 = { hasColour: false, isUtf8: true };

for (
  const [percent, markPercent, expected] of [
    [0, undefined, "--------------------"],
    [100, undefined, "####################"],
    [250, 95, "###################|"],
    [-1, 95, "-------------------|"],
    [72, 95, "##############-----|"],
    [94.9, 90, "##################|-"],
    [49.9, 50, "#########-|---------"],
    [50, 50, "##########|---------"],
    [55, 50, "##########|---------"],
    [60, 50, "##########|#--------"],
    [10, 100, "##-----------------|"],
  ] as const
) {
  Deno.test(`bar: ${percent} of 100, marked at ${markPercent}`, () => {
    assertEquals(bar({ percent, markPercent, width: 20 }, ASCII), expected);
  });
}

Deno.test("bar: in UTF-8, and in colours, it is as wide", () => {
  assertEquals(bar({ percent: 50, markPercent: 90, width: 10 }, UTF8), "█████░░░░│");
  const painted = bar({ percent: 50, markPercent: 90, width: 10 }, { ...UTF8, hasColour: true });
  assert(painted.includes("\u001b["));
  assertEquals(widthOf(painted), 10);
});
