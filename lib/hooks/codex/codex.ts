import { join } from "@std/path";
import type { Harness } from "../harness.ts";
import { codexHome } from "../../codex/home.ts";
import { inspect } from "./inspect.ts";
import { install } from "./install.ts";
import { uninstall } from "./uninstall.ts";

/** OpenAI's Codex CLI. */
export const codex: Harness = {
  name: "Codex",
  hooksPath(): string | undefined {
    const home = codexHome();
    return home === undefined ? undefined : join(home, "hooks.json");
  },
  install,
  uninstall,
  inspect,
};
