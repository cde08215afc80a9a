import { join } from "@std/path";
import type { Harness } from "../harness.ts";
import { codexHome } from "./home.ts";
import { callsOf } from "./hooks/calls.ts";
import { firstVersionWith } from "./hooks/events.ts";
import { inspect, missingEventsOf } from "./hooks/inspect.ts";
import { install } from "./hooks/install.ts";
import { profiles } from "./hooks/profiles.ts";
import { REQUESTS } from "./hooks/requests.ts";
import { uninstall } from "./hooks/uninstall.ts";

/** OpenAI's Codex CLI. */
export const codex: Harness = {
  name: "Codex",
  program: "codex",
  requests: REQUESTS,
  firstVersionWith,
  hooksPath: () => inHome("hooks.json"),
  trustPath: () => inHome("config.toml"),
  install,
  uninstall,
  inspect,
  missingEvents: missingEventsOf,
  calls: callsOf,
  profiles,
};

function inHome(name: string): string | undefined {
  const home = codexHome();
  return home === undefined ? undefined : join(home, name);
}
