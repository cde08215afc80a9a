import type { Settings } from "../config/settings.ts";
import type { Means, Wall } from "../harness/wall.ts";
import { type Check, ok, warn } from "./check.ts";

const BY_HAND = "quota-sentry revive tells what to do by hand";

/**
 * Tells what could be done here for sessions that died at the wall.
 *
 * @param ownWall What the harness itself does for them.
 */
export function checkRevive(
  { revive }: Pick<Settings, "revive">,
  wall: Pick<Wall, "means"> | undefined,
  version: string | undefined,
  ownWall?: string,
): Check {
  if (ownWall !== undefined) return ok("revive", ownWall);
  if (revive === "off") {
    return ok("revive", "off: of sessions that stop at the wall nothing is told");
  }
  const means: Means = wall?.means(version) ??
    { isAble: false, text: "it is not known where the sessions are" };
  if (revive === "auto") {
    return means.isAble
      ? ok("revive", `auto: those in a terminal go on by themselves; ${means.text}`)
      : warn("revive", `auto, but nothing goes on by itself: ${means.text}`, BY_HAND);
  }
  const could = means.isAble ? "; with revive = auto those in a terminal would go on" : "";
  return ok(
    "revive",
    `tell: status names sessions that stopped at the wall; ${means.text}${could}`,
  );
}
