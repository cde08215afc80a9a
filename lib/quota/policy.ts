/** What may stop an agent, and for how long. */
export interface Policy {
  /** The 5-hour window blocks from this percentage on (inclusive), above 0 and up to 100. */
  readonly thresholdPercent: number;
  /** Seconds to wait after a window's reset, since providers reset a little late. */
  readonly resetBufferSeconds: number;
}

/** The policy that applies where the user has said nothing. */
export const DEFAULT_POLICY: Policy = { thresholdPercent: 95, resetBufferSeconds: 60 };

/** The longest buffer that can be asked for, in seconds. */
export const MAX_RESET_BUFFER_SECONDS = 3600;
