import * as z from "zod";
import { readIfThere } from "../../../files/if_there.ts";
import { SYSTEM } from "../../../process/system.ts";

const Managed = z.looseObject({
  allowManagedHooksOnly: z.boolean().optional(),
  disableAllHooks: z.boolean().optional(),
});

/** Where an organisation's settings stand, which come before a user's. */
function managedPath(): string {
  const directory = SYSTEM.name === "darwin"
    ? "/Library/Application Support/ClaudeCode"
    : "/etc/claude-code";
  return `${directory}/managed-settings.json`;
}

/**
 * Why an organisation's settings have Claude Code run no hook of a user's, in one line; undefined where
 * they do not, or cannot be read.
 */
export async function managedOff(path = managedPath()): Promise<string | undefined> {
  try {
    const settings = Managed.parse(JSON.parse(await readIfThere(path) ?? "{}"));
    const name = (["allowManagedHooksOnly", "disableAllHooks"] as const)
      .find((key) => settings[key] === true);
    return name &&
      `your organisation's settings let Claude Code run none of your hooks: ${name}, ` +
        `in ${path}`;
  } catch {
    return undefined;
  }
}
