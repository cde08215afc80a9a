import { join } from "@std/path";
import type { Harness } from "../harness.ts";
import { inHome } from "../in_home.ts";
import { callsIn } from "../hooks/calls.ts";
import { mayHaveOursIn } from "../hooks/may_have_ours.ts";
import { accountIn } from "./account.ts";
import { firstVersionWith } from "./events.ts";
import { environmentFor, MARKS, PLACE } from "./home.ts";
import { StatusLineFollower } from "./quota/follow.ts";
import { sessions } from "./quota/sessions.ts";
import { REQUESTS } from "./requests.ts";
import { inspect, missingEventsOf } from "./settings/inspect.ts";
import { install } from "./settings/install.ts";
import { homeThatShares } from "./settings/other_homes.ts";
import { hasOurs, SETTINGS_FILE } from "./settings/settings_file.ts";
import { uninstall } from "./settings/uninstall.ts";
import { signedInAt } from "./signed_in.ts";

/**
 * Anthropic's Claude Code, with one of its homes. It asks nobody whether he trusts a hook, so nothing of
 * that is kept; and it goes on by itself after the wall, where it has a terminal.
 *
 * @param home Absolute; undefined where it is not known.
 */
function claudeIn(home: string | undefined): Harness {
  return {
    home,
    id: "claude",
    name: "Claude Code",
    program: "claude",
    withoutProgram: "its version is not known, nor which hooks it has",
    withoutCodexbar: "the quota is known while a session has a terminal, by its status line",
    asksTrust: false,
    quotaPrograms: [],
    login: () => inHome(PLACE, home, "claude auth login"),
    environment: environmentFor(home),
    requests: REQUESTS,
    firstVersionWith,
    hooksPath: () => home === undefined ? undefined : join(home, "settings.json"),
    trustPath: () => undefined,
    install,
    uninstall,
    inspect,
    missingEvents: missingEventsOf,
    mayHaveOurs: (hooksPath) => mayHaveOursIn(hooksPath, hasOurs),
    calls: (hooksPath) => callsIn(SETTINGS_FILE, hooksPath),
    sharesHooksWith: homeThatShares,
    profiles: () => Promise.resolve([]),
    pastReadings: () => Promise.resolve([]),
    wall: undefined,
    ownWall:
      "in a terminal Claude Code itself waits at the wall and goes on (2.1.331; 2.1.197 asks)",
    runs: undefined,
    codexbarArguments: [],
    signedIn: (directory) => home === undefined ? "nobody" : signedInAt(home, directory),
    account: () => home === undefined ? undefined : accountIn(home),
    sources: (directory) => [sessions(directory)],
    follow: (directory) => (options) => new StatusLineFollower(directory, options),
  };
}

/** Claude Code, for the registry. */
export const CLAUDE = {
  id: "claude",
  place: PLACE,
  marks: MARKS,
  with: claudeIn,
};
