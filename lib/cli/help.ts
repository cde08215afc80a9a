import { SHARED } from "../config/shared.ts";
import { VERSION } from "../process/version.ts";
import type { Command } from "./command.ts";
import { type OptionSpec, optionSpec } from "./options.ts";

/** The manual of the whole program. */
export function programHelp(commands: readonly Command[]): string {
  const rows = commands.filter(({ hidden }) => !hidden)
    .map(({ name, summary }) => [name, summary] as const);
  return [
    `Quota Sentry ${VERSION}: holds a coding agent just before its quota is spent,`,
    "and lets it go on after the reset.",
    "",
    "Usage: quota-sentry COMMAND [OPTIONS]   (options come after the command)",
    "",
    ...columns(rows),
    "",
    "Each command has --help, and all have --version.",
    "",
    "Environment:",
    ...columns([
      ["QUOTA_SENTRY_DISABLE=1", "the hooks let everything pass"],
      ["QUOTA_SENTRY_NOTICE_FILE", "a file to which a line is appended when a hold begins"],
      ["CODEX_HOME", "Codex's directory (default: ~/.codex)"],
      ["XDG_CACHE_HOME", "the state is below it (default: ~/.cache)"],
      ["XDG_CONFIG_HOME", "the settings are below it (default: ~/.config)"],
      ...Object.values(SHARED).map(({ variable, key }) => [variable, `sets ${key}`] as const),
    ]),
    "",
    "Exit codes: 0 done; 1 not done, the message says why; 64 wrong command, option or value.",
    "",
  ].join("\n");
}

/** The manual of one command. */
export function commandHelp(command: Command): string {
  const specs = command.options.map(optionSpec).filter(({ hidden }) => !hidden);
  const rows = specs.map((spec) => [synopsis(spec), spec.help] as const);
  const options = rows.length > 0 ? ["", "Options:", ...columns(rows)] : [];
  const words = command.takesWords ? ` ${command.takesWords}` : "";
  const usage = `Usage: quota-sentry ${command.name}${words}`;
  // On a line of its own behind words that fill theirs.
  const takesOptions = `${usage.length > 80 ? "\n      " : ""} [OPTIONS]`;
  const details = command.details.length > 0 ? ["", ...command.details] : [];
  return [
    `${usage}${rows.length > 0 ? takesOptions : ""}`,
    "",
    `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`,
    ...details,
    ...options,
    "",
  ].join("\n");
}

function synopsis({ flag, placeholder }: OptionSpec): string {
  return placeholder ? `--${flag} ${placeholder}` : `--${flag}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
