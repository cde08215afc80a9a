import { shellWords } from "./hook_command.ts";

/** What a hook script was written with, by its text; undefined where that does not tell. */
export interface ScriptValues {
  /** The program that it stands in front of. */
  readonly program: string | undefined;
  readonly stateDirectory: string | undefined;
}

/** Reads what `hookScript` has put into a script. Pure. */
export function scriptValues(text: string): ScriptValues {
  return { program: scriptValue(text, "program"), stateDirectory: scriptValue(text, "state") };
}

/** One of the values that a script of ours was written with; undefined for none. Pure. */
export function scriptValue(text: string, name: string): string | undefined {
  const [, quoted = ""] = new RegExp(`^${name}=(.*)$`, "m").exec(text) ?? [];
  return shellWords(quoted)?.[0];
}
