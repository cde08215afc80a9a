import type { Account, Credits } from "./account.ts";
import type { QuotaWindow } from "./window.ts";

/** What a source answered when it was asked for the quota once. */
export type Reading = WindowsReading | FailedReading;

/** The source answered with windows, or with an account that has none. */
export interface WindowsReading {
  readonly kind: "windows";
  /** Name of the source, such as `codexbar`. */
  readonly source: string;
  readonly windows: readonly QuotaWindow[];
  /** Left out by sources that know nothing of it. */
  readonly account?: Account;
  /** The subscription's name, where the source tells; another plan is another account. */
  readonly plan?: string;
  /** Bought credits; left out by sources that do not tell. */
  readonly credits?: Credits;
  /** What was malformed in the answer, in words for the user; such parts are not in `windows`. */
  readonly problems: readonly string[];
  /** When the numbers were true, where that is not now: a source may repeat what it read before. */
  readonly asOf?: Date;
}

/** A reading of which it is known when its numbers were true. */
export type DatedReading = WindowsReading & { readonly asOf: Date };

/** The source gave no usable answer. */
export interface FailedReading {
  readonly kind: "failed";
  readonly source: string;
  /** One sentence for the user: what happened. */
  readonly reason: string;
}

/**
 * How a source came to know: `live` was asked just now; `recorded` was written down by a session at
 * some time, perhaps of another account, perhaps copied.
 */
export function authorityOf(source: string): "live" | "recorded" {
  return source === "sessions" ? "recorded" : "live";
}
