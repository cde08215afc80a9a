import type { Invocation } from "../cli/command.ts";
import type { Options } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { waitingIn } from "../state/waiting.ts";
import { optionsOfHooks } from "./hook_options.ts";
import { hooksPathOf, report } from "./hooks_path.ts";
import { hasOurHooks } from "./meant.ts";
import { forEachKind } from "./named_kinds.ts";
import { waitingLine } from "./stop.ts";
import { directoryOf, harnessOf, inEachHome } from "./target.ts";

/** `uninstall-hook`: takes our hooks out of the hooks file of each harness that is named, or has them. */
export async function uninstallHook({ options, words }: Invocation): Promise<number> {
  if (options.all && words.length === 0) return await inEachHome(options, uninstallIn);
  const each = await forEachKind(words, options, hasOurHooks);
  const codes: number[] = [];
  for (const one of each) {
    if (each.length > 1) print(`${harnessOf(one).name}:\n`);
    codes.push(await uninstallIn(one));
  }
  return Math.max(...codes);
}

async function uninstallIn(options: Options): Promise<number> {
  const harness = harnessOf(options);
  const path = hooksPathOf(options, harness);
  const { stateDir } = optionsOfHooks(await harness.calls(path));
  const code = report(await harness.uninstall(path));
  const directory = directoryOf({ ...options, stateDir });
  const waiting = directory === undefined ? [] : await waitingIn(new StateDirectory(directory));
  const line = waitingLine(waiting, "what holds them goes on running", directory ?? "");
  if (line !== undefined) print(`${line}\n`);
  return code;
}
