/** What came of starting the daemon. */
export type StartOutcome =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "already-running"; readonly pid: number | undefined }
  | {
    readonly kind: "failed";
    readonly reason: string;
    /** One runs all the same. */
    readonly isAnotherThere?: boolean;
  };

/** True where a daemon runs now, be it another one than was wanted. */
export function isWatched(outcome: StartOutcome): boolean {
  return outcome.kind !== "failed" || outcome.isAnotherThere === true;
}

/** What a start that failed has not done, behind "the daemon". */
export function whatFailed(outcome: StartOutcome): string {
  return isWatched(outcome) ? "was not replaced" : "did not start";
}
