import { readIfThere } from "../../files/if_there.ts";
import { messageOf } from "../../text/message_of.ts";
import type { HookCall, HookReport } from "../harness.ts";
import { CHATGPT } from "./accounts.ts";
import { type Given, pluginText, readPlugin } from "./plugin_text.ts";
import { GATE } from "./requests.ts";
import { openCodeVersion } from "./version.ts";

/** Tells whether our plugin is where OpenCode loads it. Changes nothing. */
export async function inspect(path: string): Promise<HookReport> {
  try {
    const text = await readIfThere(path);
    const plugin = text === undefined ? undefined : await readPlugin(text);
    if (plugin?.kind === "others") {
      return {
        kind: "failed",
        message: `${path} is somebody else's plugin, and ours is not there`,
      };
    }
    if (plugin?.kind === "changed") {
      const message = `${path} was changed since it was written; move it away`;
      return { kind: "failed", message };
    }
    const isAsWritten = plugin !== undefined && text === await pluginText(plugin.given);
    const hooks = plugin === undefined
      ? []
      : [{ event: GATE, words: wordsOf(plugin.given), isAsWritten, standing: "trusted" as const }];
    const version = await openCodeVersion();
    return { kind: "read", hooks, missing: [], version, problem: undefined, limit: undefined };
  } catch (error) {
    return { kind: "failed", message: messageOf(error) };
  }
}

/** What our plugin calls; nothing where it is not there, or not as we have written it. */
export async function callsIn(path: string): Promise<readonly HookCall[]> {
  try {
    const text = await readIfThere(path);
    const plugin = text === undefined ? undefined : await readPlugin(text);
    if (plugin?.kind !== "ours") return [];
    const { given } = plugin;
    const [program = "", ...args] = wordsOf(given);
    return [{
      event: GATE,
      called: given.script === null ? program : path,
      program,
      args,
      stateDirectory: given.accounts[CHATGPT]?.state,
    }];
  } catch {
    return [];
  }
}

function wordsOf({ program, accounts }: Given): string[] {
  return [program, "guard", "--on=request", ...accounts[CHATGPT]?.guardArguments ?? []];
}
