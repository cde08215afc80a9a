import { join } from "@std/path";
import { CODEX } from "../codex/codex.ts";
import type { Harness } from "../harness.ts";
import { homeHere } from "../home.ts";
import { environmentFor, PLACE } from "./home.ts";
import { mayHaveOursIn } from "../hooks/may_have_ours.ts";
import { callsIn, inspect } from "./inspect.ts";
import { install } from "./install.ts";
import { signedIn } from "./login.ts";
import { isOurs, PLUGIN_NAME } from "./plugin_text.ts";
import { REQUESTS } from "./requests.ts";
import { uninstall } from "./uninstall.ts";

/**
 * OpenCode, with one of its homes. It has no quota of its own: its ChatGPT accounts are Codex's, and are
 * held on the state of that. It loads a plugin where others call hooks, and asks nobody about it.
 *
 * @param home Absolute; undefined where it is not known.
 */
function openCodeIn(home: string | undefined): Harness {
  return {
    home,
    id: "opencode",
    name: "OpenCode",
    program: "opencode",
    withoutProgram: "its version is not known",
    withoutCodexbar: "the quota is read from Codex itself, where that is there",
    asksTrust: false,
    quotaPrograms: CODEX.with(undefined).quotaPrograms,
    login: () => "opencode auth login",
    environment: environmentFor(home),
    requests: REQUESTS,
    firstVersionWith: () => undefined,
    hooksPath: () => home === undefined ? undefined : join(home, "plugin", PLUGIN_NAME),
    trustPath: () => undefined,
    install,
    uninstall,
    inspect,
    missingEvents: () => Promise.resolve([]),
    mayHaveOurs: (hooksPath) => mayHaveOursIn(hooksPath, isOurs),
    calls: callsIn,
    sharesHooksWith: () => Promise.resolve(undefined),
    profiles: () => Promise.resolve([]),
    pastReadings: () => Promise.resolve([]),
    codexbarArguments: [],
    wall: undefined,
    ownWall: "OpenCode itself waits at the wall, and asks again when its provider says",
    runs: undefined,
    account: () => undefined,
    signedIn,
    sources: (directory) => CODEX.with(homeHere(CODEX.place)).sources(directory),
    follow: () => undefined,
  };
}

/** OpenCode, for the registry. */
export const OPENCODE = {
  id: "opencode",
  quotaOf: CODEX.id,
  place: PLACE,
  marks: ["opencode.json", "opencode.jsonc", "plugin", "plugins"],
  with: openCodeIn,
};
