import * as z from "zod";
import { MAX_RESET_BUFFER_SECONDS } from "../quota/policy.ts";
import { WINDOW_CLASSES } from "../quota/window.ts";
import { parseDuration } from "./duration.ts";

const DAY_SECONDS = 86_400;

const Mode = z.enum(["off", "advisory", "hold"]);
const Threshold = z.number().gt(0).max(100);
const WindowPolicy = z.looseObject({
  mode: Mode.optional().describe("off; advisory: shown and warned of; hold: agents wait"),
  thresholdPercent: Threshold.optional().describe("from this percentage on"),
});
const Duration = z.union([
  z.number().positive(),
  z.string().refine((text) => parseDuration(text) !== undefined, {
    message: 'takes seconds, or a duration such as "90s", "30m", "6h" or "2d"',
  }),
]);

/** The user's `config.json`. Every key may be missing; keys that are not known are kept. */
export const ConfigFile = z.looseObject({
  $schema: z.string().optional(),
  windows: z.looseObject(
    Object.fromEntries(WINDOW_CLASSES.map((name) => [name, WindowPolicy.optional()])),
  ).optional().describe("what each class of windows may do"),
  extraById: z.record(z.string(), WindowPolicy).optional()
    .describe("extra and model-specific windows by their id"),
  account: Mode.optional().describe("the backend's own word that a limit was reached"),
  resetBufferSeconds: z.number().min(0).max(MAX_RESET_BUFFER_SECONDS).optional()
    .describe("agents wait this much longer than the reset"),
  pace: z.boolean().optional()
    .describe("hold already when the burn would fill the window before the next reading"),
  onUnknown: z.enum(["open", "hold"]).optional()
    .describe("hold waits, with a bound, while the quota is unknown; it never denies"),
  onUnknownMaxSeconds: z.number().min(1).max(DAY_SECONDS).optional()
    .describe("the longest wait for a quota that is unknown"),
  maxHold: Duration.nullable().optional().describe("the longest hold; null for none"),
  then: z.enum(["release", "deny"]).optional()
    .describe("what comes when a bound on holds is reached"),
  notIntoNewWeek: z.boolean().optional()
    .describe("a bound: agents do not wait for a new weekly window"),
  maxHoldsPerDay: z.number().int().min(0).nullable().optional()
    .describe("a bound: agents wait this often in 24 hours; null for any number"),
  staggerSeconds: z.number().min(0).max(600).optional()
    .describe("agents that were held together start again this far apart"),
  holdTools: z.boolean().optional()
    .describe("tool calls wait also where the model's requests do; without, they then go on"),
  follow: z.boolean().optional()
    .describe("take readings from Codex's session files as they are written"),
  cadence: z.enum(["fixed", "adaptive"]).optional()
    .describe("fixed: every interval; adaptive: by the burn, from 15 s to 5 min"),
  intervalSeconds: z.number().min(1).max(DAY_SECONDS).optional()
    .describe("seconds between two readings"),
  maxStateAgeSeconds: z.number().min(1).max(7 * DAY_SECONDS).optional()
    .describe("an older state is stale"),
  source: z.string().min(1).optional().describe("auto, codexbar, codex or sessions"),
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
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "broken", problems: [`not valid JSON: ${why}`] };
  }
  const parsed = ConfigFile.safeParse(value);
  if (parsed.success) return { kind: "config", config: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) =>
    `${path.join(".") || "the file"}: ${message}`
  );
  return { kind: "broken", problems };
}

/** The published JSON Schema of the file. */
export function configSchema(): unknown {
  return z.toJSONSchema(ConfigFile, { io: "input" });
}
