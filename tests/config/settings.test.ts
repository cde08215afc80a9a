import { assertEquals, assertMatch } from "@std/assert";
import { configSchema, parseConfig } from "../../lib/config/config_file.ts";
import { parseDuration } from "../../lib/config/duration.ts";
import { environmentValues, resolveSettings } from "../../lib/config/settings.ts";

const SCHEMA = new URL("../../lib/config/config.schema.json", import.meta.url);

Deno.test("settings: options beat the environment, which beats the file, which beats the defaults", () => {
  const file = { resetBufferSeconds: 1, intervalSeconds: 1, maxStateAgeSeconds: 1 };
  const environment = { intervalSeconds: 2, maxStateAgeSeconds: 2 };
  const options = { maxStateAgeSeconds: 3, resetBufferSeconds: undefined };
  const { settings, list } = resolveSettings({ file, environment, options });
  assertEquals(settings.policy.resetBufferSeconds, 1);
  assertEquals(settings.cadence.intervalSeconds, 2);
  assertEquals(settings.maxStateAgeSeconds, 3);
  const origins = Object.fromEntries(list.map(({ key, origin }) => [key, origin]));
  assertEquals(origins.pace, "default");
  assertEquals(origins.resetBufferSeconds, "file");
  assertEquals(origins.intervalSeconds, "environment");
  assertEquals(origins.maxStateAgeSeconds, "option");
});

Deno.test("settings: the defaults of the first version keep their meaning", () => {
  const { settings } = resolveSettings({});
  assertEquals(settings.policy.windows.fiveHour, { mode: "hold", thresholdPercent: 95 });
  assertEquals(settings.policy.windows.weekly, { mode: "advisory", thresholdPercent: 90 });
  assertEquals(settings.policy.account, "hold");
  assertEquals(settings.policy.resetBufferSeconds, 60);
  assertEquals(settings.cadence, { kind: "fixed", intervalSeconds: 60 });
  assertEquals(settings.maxStateAgeSeconds, 180);
  assertEquals(settings.bounds.onUnknown, "open");
  assertEquals(settings.bounds.maxHoldSeconds, null);
});

Deno.test("settings: part of a window's policy leaves the rest as it is", () => {
  const file = {
    windows: { weekly: { mode: "hold" as const } },
    extraById: { spark: { thresholdPercent: 50 } },
    maxHold: "6h",
  };
  const { settings } = resolveSettings({ file });
  assertEquals(settings.policy.windows.weekly, { mode: "hold", thresholdPercent: 90 });
  assertEquals(settings.policy.extraById, { spark: { mode: "off", thresholdPercent: 50 } });
  assertEquals(settings.bounds.maxHoldSeconds, 21_600);
});

const BROKEN: [string, RegExp][] = [
  ["{", /not valid JSON/],
  ["[]", /the file: /],
  ['{"windows":{"weekly":{"mode":"on"}}}', /^windows\.weekly\.mode: /],
  ['{"windows":{"fiveHour":{"thresholdPercent":0}}}', /^windows\.fiveHour\.thresholdPercent: /],
  ['{"resetBufferSeconds":"60"}', /^resetBufferSeconds: /],
  ['{"maxHold":"soon"}', /^maxHold: /],
  ['{"maxHoldsPerDay":1.5}', /^maxHoldsPerDay: /],
];
for (const [text, problem] of BROKEN) {
  Deno.test(`config.json: ${text} is broken, and it is said where`, () => {
    const parsed = parseConfig(text);
    assertMatch(parsed.kind === "broken" ? parsed.problems[0]! : "", problem);
  });
}

Deno.test("config.json: unknown keys are no mistake", () => {
  const text = '{"future":1,"windows":{"yearly":{"mode":"?"},"weekly":{"mood":"good"}}}';
  assertEquals(parseConfig(text).kind, "config");
});

Deno.test("environment: a wrong value is said, and not used", () => {
  const table: Record<string, string> = {
    QUOTA_SENTRY_THRESHOLD_PERCENT: "500",
    QUOTA_SENTRY_INTERVAL_SECONDS: "30",
    QUOTA_SENTRY_RESET_BUFFER_SECONDS: "",
    QUOTA_SENTRY_MAX_STATE_AGE_SECONDS: "long",
  };
  const { values, problems } = environmentValues((name) => table[name]);
  assertEquals(values, { intervalSeconds: 30 });
  assertEquals(problems.map((problem) => problem.split(" ")[0]), [
    "QUOTA_SENTRY_THRESHOLD_PERCENT",
    "QUOTA_SENTRY_MAX_STATE_AGE_SECONDS",
  ]);
});

for (
  const [text, seconds] of [
    ["90s", 90],
    ["1.5h", 5400],
    ["2d", 172_800],
    ["30m", 1800],
    ["0h", undefined],
    ["6", undefined],
    ["6 h", undefined],
    ["-1h", undefined],
  ] as const
) {
  Deno.test(`duration: ${text}`, () => assertEquals(parseDuration(text), seconds));
}

Deno.test("config.schema.json is what the model gives; renew it with UPDATE_SCHEMA=1", () => {
  const text = `${JSON.stringify(configSchema(), null, 2)}\n`;
  if (Deno.env.get("UPDATE_SCHEMA")) Deno.writeTextFileSync(SCHEMA, text);
  assertEquals(JSON.parse(Deno.readTextFileSync(SCHEMA)), JSON.parse(text));
});
