import { amissIn, INSTALL, MEND, named, skippedHooks } from "../harness/findings.ts";
import type { Harness, HookReport, InstalledHook } from "../harness/harness.ts";
import type { SeenHooks } from "../harness/seen.ts";
import { isSince } from "../text/is_since.ts";
import { type Check, fail, ok } from "./check.ts";

/**
 * Checks whether a harness runs the hooks that are installed. Pure.
 *
 * @param seen What it said at the start of a session, for when it cannot be asked now, and of others of
 * its versions.
 */
export function checkTrust(
  { hooks, version, problem }: HookReport & { kind: "read" },
  harness: Pick<Harness, "name" | "firstVersionWith">,
  seen: readonly SeenHooks[],
): Check {
  if (problem !== undefined) return fail("trust", problem, MEND);
  if (hooks.length === 0) return fail("trust", "there is nothing to trust", INSTALL);
  const skipped = skippedHooks(harness.name, version, hooks);
  if (skipped !== undefined) return fail("trust", skipped, INSTALL);
  // What kept this version from running any, and does no longer, is mended.
  const [earlier] = seen.filter((each) => each.problem === null || each.version !== version)
    .flatMap((each) => amissIn(each) ?? []);
  if (earlier !== undefined) return fail("trust", earlier.text, earlier.todo);
  if (hooks.some(({ standing }) => standing === "unknown")) {
    const asked = seen.find((each) => trustsAll(each, hooks));
    if (asked !== undefined) {
      const who = named(asked.harness, asked.version);
      return ok("trust", `${who} trusted them when it was last asked, ${asked.askedAt}`);
    }
    const text = `${harness.name} could not be asked whether it trusts the hooks`;
    return fail("trust", text, `put ${harness.name} on PATH, or look into /hooks in it`);
  }
  const who = named(harness.name, version);
  const unlisted = hooks.filter(({ standing }) => standing === "unlisted");
  const events = (some: readonly InstalledHook[]) => some.map(({ event }) => event).join(", ");
  const known = unlisted.filter(({ event }) => {
    const first = harness.firstVersionWith(event);
    return first === undefined ? version !== undefined : isSince(version, first);
  });
  if (known.length > 0) {
    return fail("trust", `${who} does not run ${events(known)}, though it knows it`, INSTALL);
  }
  return unlisted.length === 0 ? ok("trust", `${who} has them enabled and trusts them`) : ok(
    "trust",
    `${who} has ${events(hooks.filter((hook) => !unlisted.includes(hook)))} enabled and trusts ` +
      `them; it does not know ${events(unlisted)}`,
  );
}

function trustsAll(seen: SeenHooks, hooks: readonly InstalledHook[]): boolean {
  const trusts = new Set(
    seen.hooks.filter(({ standing }) => standing === "trusted").map(({ event }) => event),
  );
  return hooks.every(({ event }) => trusts.has(event));
}
