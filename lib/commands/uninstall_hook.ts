import type { Invocation } from "../cli/commands.ts";
import { codex } from "../hooks/codex/codex.ts";
import { hooksPathOf, report } from "./hooks_path.ts";

/** `uninstall-hook`: takes our hooks out of the harness's hooks file. */
export async function uninstallHook({ options }: Invocation): Promise<number> {
  return report(await codex.uninstall(hooksPathOf(options, codex)));
}
