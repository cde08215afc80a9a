import type { Invocation } from "../cli/command.ts";
import type { Options } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { waitingIn } from "../state/waiting.ts";
import { optionsOfHooks } from "./hook_options.ts";
import { hooksPathOf, report } from "./hooks_path.ts";
import { mayHaveOurs } from "./may_have_ours.ts";
import { hasOurHooks } from "./meant.ts";
import { forEachKind } from "./named_kinds.ts";
import { waitingLine } from "./stop.ts";
import { directoryOf, harnessOf, homesWithHooks, inEachHome } from "./target.ts";

/** `uninstall-hook`: takes our hooks out of the hooks file of each harness that is named, or has them. */
export async function uninstallHook({ options, words }: Invocation): Promise<number> {
  if (options.all && words.length === 0) {
    return await inEachHome(options, uninstallIn, undefined, homesWithHooks);
  }
  if (options.all) throw new Error("--all is for every home; leave out whose; nothing was done");
  const each = await forEachKind(words, options, mayHaveHooks);
  const codes: number[] = [];
  for (const one of each) {
    if (each.length > 1) print(`${harnessOf(one).name}:\n`);
    codes.push(await uninstallIn(one));
  }
  return Math.max(...codes);
}

/**
 * True for a harness in whose hooks file hooks of ours are, or may be: it is then told what is there. In a
 * home that is named, a script that was left is that of whose hooks are there.
 */
async function mayHaveHooks(options: Options): Promise<boolean> {
  if (options.home !== undefined) return await hasOurHooks(options);
  const harness = harnessOf(options);
  const path = options.hooksPath ?? harness.hooksPath();
  return path !== undefined && await mayHaveOurs(path, harness);
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
