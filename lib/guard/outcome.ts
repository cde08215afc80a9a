/** What came of a guard. */
export interface Outcome {
  /** One sentence, for `--verbose`. */
  readonly text: string;
  /** Why the call is to be denied; only where the user's settings ask for that. */
  readonly denial?: string;
  /** What the hook script is to do, when it is the one that waits; see `step.ts`. */
  readonly answer?: string;
}

/** The outcome of a verdict that does not hold. */
export function outcomeOf(kind: "pass" | "deny" | "ask", reason: string): Outcome {
  return kind === "deny"
    ? { text: `denied: ${reason}`, denial: `Quota Sentry: ${reason}.` }
    : { text: `let go: ${reason}` };
}
