import type { InstalledHook } from "./harness.ts";
import type { SeenHooks } from "./seen.ts";

/** What mends hooks that are missing, changed or not trusted. */
export const INSTALL = "run: quota-sentry install-hook";

/** The same, where something else has to be mended first. */
export const MEND = `mend that, then ${INSTALL}`;

/** What to say of hooks that an earlier version installed. */
export function earlierVersion(missing: readonly string[]): string {
  return `the hooks are of an earlier version (missing: ${missing.join(", ")})`;
}

/**
 * Which hooks a harness skips, and why: "Codex 0.170.0 skips the hook PreModelRequest (not trusted)".
 *
 * @returns undefined when it skips none.
 */
export function skippedHooks(
  harness: string,
  version: string | null | undefined,
  hooks: readonly Pick<InstalledHook, "event" | "standing">[],
): string | undefined {
  const why = { untrusted: "not trusted", disabled: "switched off" } as const;
  const parts = (["untrusted", "disabled"] as const).flatMap((standing) => {
    const events = hooks.filter((hook) => hook.standing === standing).map(({ event }) => event);
    return events.length === 0 ? [] : [`${events.join(", ")} (${why[standing]})`];
  });
  const count = hooks.filter(({ standing }) => standing in why).length;
  return count === 0
    ? undefined
    : `${named(harness, version)} skips the ${count === 1 ? "hook" : "hooks"} ${parts.join(", ")}`;
}

/** What kept hooks from being run when a harness was last asked, and what to do; undefined for nothing. */
export function amissIn(
  { harness, version, hooks, problem }: SeenHooks,
): { readonly text: string; readonly todo: string } | undefined {
  // It lists none then, so that all would seem to be without trust.
  if (problem !== null) {
    return { text: `${problem} (${named(harness, version)}, when it was last asked)`, todo: MEND };
  }
  const skipped = skippedHooks(harness, version, hooks);
  return skipped === undefined ? undefined : { text: skipped, todo: INSTALL };
}

/** A harness with its version, where that is known. */
export function named(harness: string, version: string | null | undefined): string {
  return version ? `${harness} ${version}` : harness;
}
