import { join } from "@std/path";
import type { Harness } from "../harness.ts";
import { codexHome } from "../../codex/home.ts";
import { firstVersionWith } from "./events.ts";
import { callsIn, inspect, missingEventsOf } from "./inspect.ts";
import { install } from "./install.ts";
import { REQUESTS } from "./requests.ts";
import { uninstall } from "./uninstall.ts";

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
  calls: callsIn,
  missingEvents: missingEventsOf,
};

function inHome(name: string): string | undefined {
  const home = codexHome();
  return home === undefined ? undefined : join(home, name);
}
