import { basename, dirname, join } from "@std/path";
import { readIfThere } from "../../../files/if_there.ts";
import { copiesOf } from "../../backup.ts";
import { hookWords } from "../../hooks/hook_command.ts";
import { HooksFileError } from "../../hooks/hooks_file.ts";
import { scriptValue } from "../../hooks/script_values.ts";
import { isOurStatusLine, statusLineIn } from "./settings_file.ts";

/**
 * The command of the user's own status line: what stands in the settings, or what stood there before
 * ours; undefined for none. Our script keeps it; where that is gone, our copies of the settings have it.
 *
 * @param path Of the settings.
 * @throws {HooksFileError} When the settings are not what Claude Code reads.
 */
export async function ownStatusLine(
  path: string,
  text: string | undefined,
): Promise<string | undefined> {
  const command = statusLineIn(text);
  if (!isOurStatusLine(command)) return command;
  const [script = ""] = hookWords(command) ?? [];
  const written = await readIfThere(script).catch(() => undefined);
  if (written !== undefined && /^own=/m.test(written)) return scriptValue(written, "own");
  const copy = (await copiesOf(path)).at(-1) ?? (await copiesOf(whereItWas(path, script))).at(-1);
  const line = copy && lineInCopy(copy.text);
  return isOurStatusLine(line) ? undefined : line;
}

/** The settings lay beside the script, by their usual name, before the user moved them. */
function whereItWas(path: string, script: string): string {
  const name = dirname(script) === dirname(path) ? basename(path) : "settings.json";
  return join(dirname(script), name);
}

/** What is called like a copy of ours may be anything. */
function lineInCopy(text: string): string | undefined {
  try {
    return statusLineIn(text);
  } catch (error) {
    if (error instanceof HooksFileError) return undefined;
    throw error;
  }
}
