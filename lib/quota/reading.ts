import type { QuotaWindow } from "./window.ts";

/** What a source answered when it was asked for the quota once. */
export type Reading = WindowsReading | FailedReading;

/** The source answered with windows, or with an account that has none. */
export interface WindowsReading {
  readonly kind: "windows";
  /** Name of the source, such as `codexbar`. */
  readonly source: string;
  readonly windows: readonly QuotaWindow[];
  /** What was malformed in the answer, in words for the user; such parts are not in `windows`. */
  readonly problems: readonly string[];
}

/** The source gave no usable answer. */
export interface FailedReading {
  readonly kind: "failed";
  readonly source: string;
  /** One sentence for the user: what happened. */
  readonly reason: string;
}
