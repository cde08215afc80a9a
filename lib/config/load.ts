import { join } from "@std/path";
import { readIfThere } from "../files/if_there.ts";
import { messageOf } from "../text/message_of.ts";
import { parseConfig } from "./config_file.ts";
import { sectionsFor } from "./homes.ts";
import { environmentValues, type Resolved, resolveSettings, type Values } from "./settings.ts";

/**
 * The user's configuration file: `$XDG_CONFIG_HOME/quota-sentry/config.json`, else below
 * `~/.config`; undefined without a home directory.
 */
export function configPath(): string | undefined {
  const config = Deno.env.get("XDG_CONFIG_HOME");
  if (config?.startsWith("/")) return join(config, "quota-sentry", "config.json");
  const home = Deno.env.get("HOME");
  return home ? join(home, ".config", "quota-sentry", "config.json") : undefined;
}

/**
 * The settings as they are now: options over environment over the file's section for this home over
 * the rest of the file over defaults. A file or a variable that is broken is not used, and is in the
 * problems. Needs read permission.
 */
export async function loadSettings(options: Values, home?: string): Promise<Resolved> {
  const { values: environment, problems } = environmentValues(Deno.env.get);
  const path = configPath();
  const text = path === undefined ? undefined : await readText(path, problems);
  if (text === undefined) return resolveSettings({ environment, options }, problems);
  const parsed = parseConfig(text);
  if (parsed.kind === "broken") {
    problems.push(...parsed.problems.map((problem) => `${path}: ${problem}`));
    return resolveSettings({ environment, options }, problems);
  }
  const file = parsed.config;
  const homes = home === undefined ? [] : await sectionsFor(file, home);
  return resolveSettings({ file, homes, environment, options }, problems);
}

async function readText(path: string, problems: string[]): Promise<string | undefined> {
  try {
    return await readIfThere(path);
  } catch (error) {
    problems.push(`${path}: ${messageOf(error).replace(`${path} `, "")}`);
    return undefined;
  }
}
