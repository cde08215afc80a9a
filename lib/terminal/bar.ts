import type { Output } from "./output.ts";
import { paint, type Style } from "./paint.ts";

/** How much of something is used. */
export interface Bar {
  /** 0 and up; more than 100 fills it. */
  readonly percent: number;
  /** Where the mark stands, from 0 to 100; none where there is nothing to be marked. */
  readonly markPercent?: number;
  /** In characters, 1 and up. */
  readonly width: number;
  /** Of what is used. */
  readonly style?: Style;
}

const UTF8 = { used: "█", free: "░", mark: "│" };
const ASCII = { used: "#", free: "-", mark: "|" };

/**
 * A bar with a mark. What is used reaches the mark when its percentage does, and not before.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bar } from "./bar.ts";
 *
 * const output = { hasColour: false, isUtf8: false };
 * assertEquals(bar({ percent: 50, markPercent: 90, width: 10 }, output), "#####----|");
 * ```
 */
export function bar(
  { percent, markPercent, width, style = "green" }: Bar,
  output: Pick<Output, "hasColour" | "isUtf8">,
): string {
  const { used, free, mark } = output.isUtf8 ? UTF8 : ASCII;
  const cells = (share: number) => Math.floor(Math.min(100, Math.max(0, share)) * width / 100);
  const full = cells(percent);
  const at = markPercent === undefined ? undefined : Math.min(width - 1, cells(markPercent));
  const part = (from: number, to: number) => {
    const usedTo = Math.min(to, Math.max(from, full));
    return paint(output, style, used.repeat(usedTo - from)) +
      paint(output, "dim", free.repeat(to - usedTo));
  };
  if (at === undefined) return part(0, width);
  return part(0, at) + paint(output, "bold", mark) + part(at + 1, width);
}
