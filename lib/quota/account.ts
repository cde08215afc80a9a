/** What the backend says of the account as a whole, beside its windows. */
export interface Account {
  /** The backend's own word for the limit that was reached, such as `rate_limit_reached`. */
  readonly reachedType: string | null;
  /** The account's spend control stops it. */
  readonly spendControlReached: boolean;
  /**
   * Whether the account may go on as usual, in the backend's own word; it says that nobody is to
   * infer that from percentages or reset times. Left out where it does not tell.
   */
  readonly usageAllowed?: boolean;
}

/**
 * What may be left of credits. `unlimited`: no window stops this account. `none or unlimited` is what
 * codexbar cannot tell apart.
 */
export const CREDITS_LEFT = ["unlimited", "some", "none", "none or unlimited"] as const;

/** Credits of an account, beside what its plan gives. */
export interface Credits {
  readonly left: typeof CREDITS_LEFT[number];
  /** How much is left, as the source writes it; left out where it does not. */
  readonly balance?: string;
  /** When that was told; left out where it is as old as its reading. */
  readonly toldAt?: Date;
  /** The plan that it was told of; left out where the source does not tell. */
  readonly plan?: string;
}
