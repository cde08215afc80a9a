import { SHARED } from "../config/shared.ts";
import { KINDS } from "../harness/registry.ts";
import { VERSION } from "../process/version.ts";
import { wrapped } from "../text/wrapped.ts";
import { type Command, type Example, paragraphsOf, sentenceOf, shown } from "./command.ts";
import { type OptionSpec, optionSpec } from "./options.ts";

/** No line of the help is longer, in characters. */
const COLUMNS = 80;

/** What stands in front of each entry, and between it and what it means. */
const INDENT = "  ";

/** An entry that is longer has what it means below it. */
const MOST_LEFT = 36;

/** The variables of the environment that say something, and what. */
export const VARIABLES: readonly (readonly [string, string])[] = [
  ["QUOTA_SENTRY_DISABLE=1", "the hooks let everything pass"],
  ["QUOTA_SENTRY_NOTICE_FILE", "a file to which a line is appended when a hold begins"],
  ...KINDS.filter(({ place }) => place.below === undefined).map(({ place, ...kind }) =>
    [
      place.variable,
      `the directory of ${kind.with(undefined).name} (default: ~/${place.directory})`,
    ] as const
  ),
  ["XDG_CACHE_HOME", "the state is below it (default: ~/.cache)"],
  ["XDG_CONFIG_HOME", "the settings are below it (default: ~/.config)"],
  ["XDG_DATA_HOME", "logins of some agents are below it (default: ~/.local/share)"],
  ...Object.values(SHARED).map(({ variable, key }) => [variable, `sets ${key}`] as const),
];

/** What the program is. */
export const ABOUT =
  "holds a coding agent just before its quota is spent, and lets it go on after the reset";

/** What its exit codes are. */
export const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "done"],
  ["1", "not done, the message says why"],
  ["64", "wrong command, option or value"],
];

/** The line that says which program this is. */
export function versionLine(): string {
  return `quota-sentry ${VERSION}\n`;
}

/** The manual of the whole program. */
export function programHelp(commands: readonly Command[]): string {
  return [
    ...wrapped(`Quota Sentry ${VERSION}: ${ABOUT}.`, COLUMNS),
    "",
    "Usage: quota-sentry COMMAND [OPTIONS]   (options come after the command)",
    "",
    ...columns(shown(commands).map(({ name, summary }) => [name, summary])),
    "",
    "Each command has --help; `help COMMAND` says the same.",
    "",
    "Environment:",
    ...columns(VARIABLES),
    "",
    ...wrapped(
      `Exit codes: ${EXIT_CODES.map(([code, is]) => `${code} ${is}`).join("; ")}.`,
      COLUMNS,
    ),
    "",
  ].join("\n");
}

/** The manual of one command. */
export function commandHelp(command: Command): string {
  const rows = shownOptions(command).map((spec) => [synopsis(spec), spec.help] as const);
  return [
    ...usage(command),
    "",
    ...wrapped(sentenceOf(command), COLUMNS),
    ...paragraphsOf(command).flatMap((text) => ["", ...wrapped(text, COLUMNS)]),
    ...(rows.length > 0 ? ["", "Options:", ...columns(rows)] : []),
    ...examples(command.examples ?? []),
    "",
  ].join("\n");
}

/** The options of a command that people are told of. */
export function shownOptions({ options }: Command): OptionSpec[] {
  return options.map(optionSpec).filter(({ hidden }) => !hidden);
}

/** An option as it is written. */
export function synopsis({ flag, placeholder }: OptionSpec): string {
  return placeholder ? `--${flag} ${placeholder}` : `--${flag}`;
}

/** What is typed behind the program's name. */
export function synopsisOf(command: Command): string {
  const options = shownOptions(command).length > 0 ? ["[OPTIONS]"] : [];
  return [command.name, ...(command.takesWords ? [command.takesWords] : []), ...options].join(" ");
}

function usage(command: Command): string[] {
  const start = "Usage: quota-sentry ";
  return wrapped(synopsisOf(command), COLUMNS - start.length)
    .map((line, index) => `${index === 0 ? start : " ".repeat(start.length)}${line}`);
}

function examples(examples: readonly Example[]): string[] {
  if (examples.length === 0) return [];
  return [
    "",
    "Examples:",
    ...examples.flatMap(([line, does]) => [
      `${INDENT}${line}`,
      ...wrapped(does, COLUMNS - 3 * INDENT.length).map((each) => `${INDENT.repeat(3)}${each}`),
    ]),
  ];
}

/** Entries on the left, what they mean on the right. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const lengths = rows.map(([left]) => left.length).filter((length) => length <= MOST_LEFT);
  const width = Math.max(0, ...lengths);
  const start = INDENT.length * 2 + width;
  return rows.flatMap(([left, right]) => {
    const lines = wrapped(right, COLUMNS - start);
    const isBelow = left.length > width;
    const first = isBelow
      ? [`${INDENT}${left}`]
      : [`${INDENT}${left.padEnd(start - 2)}${lines[0]}`];
    return [...first, ...lines.slice(isBelow ? 0 : 1).map((line) => `${" ".repeat(start)}${line}`)];
  });
}
