import { print } from "../cli/output.ts";
import { isDisabled } from "../guard/environment.ts";
import { standingOf } from "../guard/standing.ts";
import { promptLine } from "../report/prompt_line.ts";
import { type DirectoryRequest, stateDirectory } from "../state/location.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { waitingIn } from "../state/waiting.ts";
import { outputOf } from "../terminal/output.ts";

/** Prints what stands in a prompt. It loads little, and always returns 0: a prompt shows no errors. */
export async function printPrompt(request: DirectoryRequest): Promise<number> {
  const now = new Date();
  const path = stateDirectory(request, Deno.env.get, Deno.cwd);
  const named = path === undefined ? undefined : new StateDirectory(path);
  const directory = named?.isOurs() ? named : undefined;
  const state = directory?.state();
  const line = promptLine({
    now,
    state,
    standing: directory && state && standingOf(state, {
      now,
      isDaemonAlive: directory.isDaemonAlive(),
      maxStateAgeSeconds: state.guard.maxStateAgeSeconds,
    }),
    waiting: directory ? (await waitingIn(directory)).length : 0,
    pausedUntil: directory?.pausedUntil(now),
    isBypassed: isDisabled(),
    isUtf8: outputOf().isUtf8,
  });
  print(`${line}\n`);
  return 0;
}
