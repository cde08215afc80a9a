import { join } from "@std/path";
import type { Harness } from "../harness.ts";
import { callsIn } from "../hooks/calls.ts";
import { mayHaveOursIn } from "../hooks/may_have_ours.ts";
import { inHome } from "../in_home.ts";
import { accountIn, isPaidByKey, mayBeKeptElsewhere } from "./account.ts";
import { environmentFor, PLACE } from "./home.ts";
import { firstVersionWith } from "./hooks/events.ts";
import { HOOKS_FILE } from "./hooks/hooks_file.ts";
import { inspect, missingEventsOf } from "./hooks/inspect.ts";
import { install } from "./hooks/install.ts";
import { homeThatShares } from "./hooks/other_home.ts";
import { profiles } from "./hooks/profiles.ts";
import { REQUESTS } from "./hooks/requests.ts";
import { uninstall } from "./hooks/uninstall.ts";
import { codex } from "./quota/codex.ts";
import { SessionFollower } from "./sessions/follow.ts";
import { pastReadings } from "./sessions/past_readings.ts";
import { sessions } from "./sessions/sessions.ts";
import { runsOf } from "./wall/runs.ts";
import { wallOf } from "./wall/wall.ts";

/**
 * OpenAI's Codex CLI, with one of its homes.
 *
 * @param home Absolute; undefined where it is not known.
 */
function codexIn(home: string | undefined): Harness {
  const below = (name: string) => home === undefined ? undefined : join(home, name);
  return {
    home,
    id: "codex",
    name: "Codex",
    program: "codex",
    withoutProgram: "hooks cannot be trusted without it",
    withoutCodexbar: "the quota is read from Codex itself",
    asksTrust: true,
    quotaPrograms: ["codex"],
    login: () => inHome(PLACE, home, "codex login"),
    environment: environmentFor(home),
    requests: REQUESTS,
    firstVersionWith,
    hooksPath: () => below("hooks.json"),
    trustPath: () => below("config.toml"),
    install: (hooksPath, program) => install(hooksPath, program, home),
    uninstall: (hooksPath) => uninstall(hooksPath, home),
    inspect: (hooksPath) => inspect(hooksPath, home),
    missingEvents: missingEventsOf,
    mayHaveOurs: (hooksPath) => mayHaveOursIn(hooksPath, (text) => HOOKS_FILE.hasOurs(text)),
    calls: (hooksPath) => callsIn(HOOKS_FILE, hooksPath),
    sharesHooksWith: homeThatShares,
    profiles: () => profiles(home),
    pastReadings: async (now, signal) =>
      home === undefined ? [] : await pastReadings(home, now, signal),
    ownWall: undefined,
    runs: home === undefined ? undefined : runsOf(home),
    codexbarArguments: ["--source", "cli"],
    wall: home === undefined ? undefined : wallOf(home),
    sources: () => [codex(home), sessions(home)],
    follow: () =>
      home === undefined ? undefined : (options) =>
        new SessionFollower({
          ...options,
          home,
          // Sessions of the login before may go on with it.
          onReading: (reading) => {
            if (!isPaidByKey(home)) options.onReading(reading);
          },
        }),
    signedIn: () => {
      if (home === undefined) return "nobody";
      if (accountIn(home) === undefined) return mayBeKeptElsewhere(home) ? "unknown" : "nobody";
      return isPaidByKey(home) ? "without-quota" : "with-quota";
    },
    account: () => home === undefined ? undefined : accountIn(home),
  };
}

/** Codex, for the registry. */
export const CODEX = {
  id: "codex",
  place: PLACE,
  marks: ["config.toml", "auth.json", "hooks.json", "sessions"],
  with: codexIn,
};
