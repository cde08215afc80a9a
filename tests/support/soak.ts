/** The long tests: `scripts/test --soak`. */
export const SOAK = Deno.env.get("QUOTA_SENTRY_SOAK") === "1";

/** How often to do something, as a rule and in the long tests. */
export function times(quick: number, soak: number): number {
  return SOAK ? soak : quick;
}
