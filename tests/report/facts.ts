import { type ConfigFile } from "../../lib/config/config_file.ts";
import { resolveSettings } from "../../lib/config/settings.ts";
import type { Facts } from "../../lib/report/report.ts";

/** What was looked at where there is nothing yet, but for some of it. */
export function factsWith(
  { file = {}, ...fields }: Partial<Facts> & { readonly file?: ConfigFile } = {},
): Facts {
  return {
    provider: undefined,
    home: undefined,
    heldOn: undefined,
    sameAccount: [],
    namesHome: false,
    stateDirectory: "/state",
    unusable: undefined,
    state: undefined,
    waiting: [],
    stopped: [],
    daemon: { isRunning: true, pid: 1 },
    pauseEnd: undefined,
    isBypassed: false,
    hasHooks: true,
    hooks: [],
    resolved: resolveSettings({ file }),
    ...fields,
  };
}
