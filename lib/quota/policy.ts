import type { WindowClass } from "./window.ts";

/** What a window may do: nothing, be shown and warned of, or hold an agent. */
export type Mode = "off" | "advisory" | "hold";

/** What a class of windows, or one extra window, may do, and from which percentage on (inclusive). */
export interface WindowPolicy {
  readonly mode: Mode;
  /** Above 0 and up to 100. */
  readonly thresholdPercent: number;
}

/** What may stop an agent. */
export interface Policy {
  readonly windows: Readonly<Record<WindowClass, WindowPolicy>>;
  /** Extra windows by their id; those not named here go by `windows.extra`. */
  readonly extraById: Readonly<Record<string, WindowPolicy>>;
  /** The backend's own word that a limit was reached. */
  readonly account: Mode;
  /** `spend`: while bought credits pay for more, no window holds. */
  readonly credits: "hold" | "spend";
  /** Seconds to wait after a window's reset, since providers reset a little late. */
  readonly resetBufferSeconds: number;
  /** Hold already when the measured burn would fill the window before the next reading. */
  readonly pace: boolean;
}
