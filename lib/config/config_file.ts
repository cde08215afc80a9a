import { parse, type ParseError } from "jsonc-parser";
import * as z from "zod";
import { WINDOW_CLASSES } from "../quota/window.ts";
import { MAX_DURATION_SECONDS, parseDuration } from "../text/duration.ts";
import { BOUNDS, type Bounds, DAY_SECONDS, numberWords } from "./values.ts";

const WHOLE = { error: "takes a whole number from 0 on, or null for any number" };
const SOURCE = { error: "takes the name of a source: auto, codexbar, codex or sessions" };

const Mode = oneOf("off", "advisory", "hold");
const YesNo = z.boolean({ error: "takes true or false" });
const WindowPolicy = object({
  mode: Mode.optional().describe("off; advisory: shown and warned of; hold: agents wait"),
  thresholdPercent: numberIn(BOUNDS.thresholdPercent).optional().describe(
    "from this percentage on",
  ),
});
const DURATION = {
  error: 'takes seconds, or a duration such as "90s", "30m", "1h30m" or "2d", or null for none',
};
const Duration = z.union([
  z.number().positive(DURATION).max(MAX_DURATION_SECONDS, DURATION),
  z.string().refine((text) => parseDuration(text) !== undefined, DURATION),
], DURATION);

/** The user's `config.json`. Every key may be missing; keys that are not known are kept. */
export const ConfigFile = object({
  $schema: z.string({ error: "takes text" }).optional(),
  windows: object(
    Object.fromEntries(WINDOW_CLASSES.map((name) => [name, WindowPolicy.optional()])),
  ).optional().describe("what each class of windows may do"),
  extraById: z.record(z.string(), WindowPolicy, { error: "takes an object, with ids as its keys" })
    .optional().describe("extra and model-specific windows by their id"),
  account: Mode.optional().describe("the backend's own word that a limit was reached"),
  credits: oneOf("hold", "spend").optional()
    .describe("hold: agents wait though bought credits would pay for more; spend: they go on"),
  resetBufferSeconds: numberIn(BOUNDS.resetBufferSeconds).optional()
    .describe("agents wait this much longer than the reset"),
  pace: YesNo.optional()
    .describe("hold already when the burn would fill the window before the next reading"),
  onUnknown: oneOf("open", "hold").optional()
    .describe("hold waits, with a bound, while the quota is unknown; it never denies"),
  onUnknownMaxSeconds: numberIn({ min: 1, max: DAY_SECONDS }).optional()
    .describe("the longest wait for a quota that is unknown"),
  maxHold: Duration.nullable().optional().describe("the longest hold; null for none"),
  then: oneOf("release", "deny").optional()
    .describe("what comes when a bound on holds is reached"),
  notIntoNewWeek: YesNo.optional()
    .describe("a bound: agents do not wait for a new weekly window"),
  maxHoldsPerDay: z.number(WHOLE).int(WHOLE).min(0, WHOLE).nullable().optional()
    .describe("a bound: agents wait this often in 24 hours; null for any number"),
  staggerSeconds: numberIn({ min: 0, max: 600 }).optional()
    .describe("agents that were held together start again this far apart"),
  holdTools: YesNo.optional()
    .describe("tool calls wait also where the model's requests do; without, they then go on"),
  follow: YesNo.optional()
    .describe("take readings from Codex's session files as they are written"),
  cadence: oneOf("fixed", "adaptive").optional()
    .describe("fixed: every interval; adaptive: by the burn, from 15 s to 5 min"),
  intervalSeconds: numberIn(BOUNDS.intervalSeconds).optional()
    .describe("seconds between two readings"),
  maxStateAgeSeconds: numberIn(BOUNDS.maxStateAgeSeconds).optional()
    .describe("an older state is stale"),
  source: z.string(SOURCE).min(1, SOURCE).optional().describe("auto, codexbar, codex or sessions"),
});

/** What the user wrote. */
export type ConfigFile = z.infer<typeof ConfigFile>;

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
    return { kind: "broken", problems: [`not valid JSON ${placeIn(text)}`] };
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

/** The published JSON Schema of the file. */
export function configSchema(): unknown {
  return z.toJSONSchema(ConfigFile, { io: "input" });
}

function oneOf<const T extends readonly string[]>(...words: T) {
  const last = words.length - 1;
  return z.enum(words, { error: `takes ${words.slice(0, last).join(", ")} or ${words[last]}` });
}

function numberIn(bounds: Bounds) {
  const error = { error: `takes ${numberWords(bounds)}` };
  const number = z.number(error).max(bounds.max, error);
  return bounds.above === undefined
    ? number.min(bounds.min ?? 0, error)
    : number.gt(bounds.above, error);
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
