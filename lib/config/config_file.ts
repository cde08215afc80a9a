import { parse, type ParseError } from "jsonc-parser";
import * as z from "zod";
import { MAX_DURATION_SECONDS, parseDuration } from "../text/duration.ts";
import { isLine, OF_WINDOW, SETTINGS, type Takes, takesWords } from "./table.ts";
import type { Bounds } from "./values.ts";

const OfWindow = optional(OF_WINDOW);

/** What may be set, for all homes or for one. */
const Section = object({
  windows: windows().optional().describe("what each class of windows may do"),
  extraById: z.record(z.string(), OfWindow, { error: "takes an object, with ids as its keys" })
    .optional().describe("extra and model-specific windows by their id"),
  ...optional(
    Object.fromEntries(Object.entries(SETTINGS).filter(([key]) => !key.includes("."))),
  ).shape,
});

/** The user's `config.json`. Every key may be missing; keys that are not known are kept. */
export const ConfigFile = Section.extend({
  $schema: z.string({ error: "takes text" }).optional(),
  homes: z.record(z.string(), Section.meta({ id: "home" }), {
    error: "takes an object, with homes as its keys",
  }).optional().describe("what differs for a home, by its path: /DIR or ~/DIR"),
});

/** What the user wrote. */
export interface ConfigFile extends Readonly<Record<string, unknown>> {
  readonly homes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The text of a configuration file, read. */
export type ParsedConfig =
  | { readonly kind: "config"; readonly config: ConfigFile }
  /** One line for each wrong key. */
  | { readonly kind: "broken"; readonly problems: readonly string[] };

/** Reads the text of a configuration file. */
export function parseConfig(text: string): ParsedConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "broken", problems: [whyNotJson(text)] };
  }
  const parsed = ConfigFile.safeParse(value);
  if (parsed.success) return { kind: "config", config: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => {
    const written = path.reduce<unknown>(
      (inner, key) => (inner as Record<PropertyKey, unknown>)[key],
      value,
    );
    return `${path.join(".") || "the file"}: ${message}, not ${shortened(written)}`;
  });
  return { kind: "broken", problems };
}

function whyNotJson(text: string): string {
  if (text.trim() === "") return "empty, where at least {} is to be";
  if (text.startsWith("\ufeff")) return "not valid JSON: it begins with a byte order mark";
  return `not valid JSON ${placeIn(text)}`;
}

/** The published JSON Schema of the file. */
export function configSchema(): unknown {
  return z.toJSONSchema(ConfigFile, { io: "input" });
}

/** The windows that the table has, by their class. */
function windows() {
  const classes = Object.keys(SETTINGS).flatMap((key) =>
    /^windows\.(\w+)\.mode$/.exec(key)?.[1] ?? []
  );
  return object(Object.fromEntries(classes.map((name) => [name, OfWindow.optional()])));
}

/** An object in which each of these may be set. */
function optional(rows: Readonly<Record<string, Takes & { readonly help: string }>>) {
  return object(Object.fromEntries(
    Object.entries(rows).map(([name, row]) => [name, schemaOf(row).optional().describe(row.help)]),
  ));
}

function schemaOf(takes: Takes): z.ZodType {
  const error = { error: `takes ${takesWords(takes)}` };
  switch (takes.kind) {
    case "words":
      return z.enum(takes.words, error);
    case "number":
      return numberIn(takes, error);
    case "yesNo":
      return z.boolean(error);
    case "duration":
      return z.union([
        z.number().positive(error).max(MAX_DURATION_SECONDS, error),
        z.string().refine((text) => parseDuration(text) !== undefined, error),
      ], error).nullable();
    case "count":
      return z.number(error).int(error).min(0, error).nullable();
    case "line":
      return z.string(error).refine(isLine, error);
    case "source":
      return z.string(error).min(1, error);
  }
}

function numberIn({ above, min, max }: Bounds, error: { readonly error: string }) {
  const number = z.number(error).max(max, error);
  return above === undefined ? number.min(min ?? 0, error) : number.gt(above, error);
}

function object<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.looseObject(shape, { error: "takes an object, in braces" });
}

/** Where a text stops being JSON. */
function placeIn(text: string): string {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const lines = text.slice(0, errors[0]?.offset).split("\n");
  return `(line ${lines.length}, column ${lines.at(-1)!.length + 1})`;
}

/** A value as it was written, cut where it is long. */
function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
