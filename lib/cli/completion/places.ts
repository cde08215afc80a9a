import { type Command, shown, type Words } from "../command.ts";
import { shownOptions } from "../help.ts";
import type { OptionSpec } from "../options.ts";

/** A word that may be completed, and what it means; that may be empty. */
export type Candidate = readonly [word: string, help: string];

/** What may stand behind certain words. */
export interface Place {
  /** The words behind the program's name, options left out; none at the command itself. */
  readonly at: readonly string[];
  readonly candidates: readonly Candidate[];
}

/** What a value of an option may be. */
export interface Value {
  /** As it is written, with its dashes. */
  readonly option: string;
  readonly words: readonly string[];
  readonly path: "file" | "directory" | undefined;
}

/** What every command has too. */
export const GENERAL_OPTIONS: readonly Candidate[] = [
  ["--help", "print the manual"],
  ["--version", "print the version"],
];

/** What the words of a command line may be, place by place. */
export function wordPlaces(commands: readonly Command[]): Place[] {
  const names = shown(commands).map(({ name, summary }) => [name, summary] as const);
  const places = shown(commands).flatMap(({ name, completes }) =>
    completes === "commands"
      ? [{ at: [name], candidates: names }]
      : placesBelow([name], completes ?? {})
  );
  return [{ at: [], candidates: names }, ...places];
}

/** The options of each command; those in front of any are {@linkcode GENERAL_OPTIONS} alone. */
export function optionPlaces(commands: readonly Command[]): Place[] {
  return shown(commands).map((command) => ({
    at: [command.name],
    candidates: [
      ...shownOptions(command).map(({ flag, help }) => [`--${flag}`, help] as const),
      ...GENERAL_OPTIONS,
    ],
  }));
}

/** The options that take a value. One that several commands have is the same in all of them. */
export function optionValues(commands: readonly Command[]): Value[] {
  const specs = shown(commands).flatMap(shownOptions).filter(({ value }) => value !== "switch");
  return [...new Map(specs.map((spec) => [spec.flag, valueOf(spec)])).values()];
}

function valueOf({ flag, values = [], placeholder = "" }: OptionSpec): Value {
  const path = /\bFILE\b/.test(placeholder)
    ? "file"
    : /\bDIR\b/.test(placeholder)
    ? "directory"
    : undefined;
  return { option: `--${flag}`, words: values, path };
}

function placesBelow(at: readonly string[], words: Words): Place[] {
  const entries = Object.entries(words);
  if (entries.length === 0) return [];
  const here = { at, candidates: entries.map(([word, { help = "" }]) => [word, help] as const) };
  return [here, ...entries.flatMap(([word, { next }]) => placesBelow([...at, word], next ?? {}))];
}
