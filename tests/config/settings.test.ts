import { assertEquals } from "@std/assert";
import { configSchema, parseConfig } from "../../lib/config/config_file.ts";
import { parseDuration } from "../../lib/text/duration.ts";
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

Deno.test("settings: what a Codex home has of its own beats the rest of the file, key by key", () => {
  const file = {
    pace: true,
    intervalSeconds: 1,
    resetBufferSeconds: 1,
    windows: { weekly: { mode: "hold" } },
    extraById: { spark: { mode: "hold" } },
    homes: {
      "~/a": {
        intervalSeconds: 2,
        resetBufferSeconds: 2,
        windows: { weekly: { thresholdPercent: 50 } },
        extraById: { spark: { thresholdPercent: 40 } },
      },
      "/b": { pace: false },
    },
  };
  const environment = { resetBufferSeconds: 3 };
  const { settings, list, unknownKeys } = resolveSettings({ file, homes: ["~/a"], environment });
  assertEquals(settings.policy.pace, true);
  assertEquals(settings.cadence.intervalSeconds, 2);
  assertEquals(settings.policy.resetBufferSeconds, 3);
  assertEquals(settings.policy.windows.weekly, { mode: "hold", thresholdPercent: 50 });
  assertEquals(settings.policy.extraById, { spark: { mode: "hold", thresholdPercent: 40 } });
  assertEquals(list.find(({ key }) => key === "intervalSeconds"), {
    key: "intervalSeconds",
    value: 2,
    origin: "file",
    home: "~/a",
  });
  assertEquals(list.filter(({ key }) => key.startsWith("homes")), []);
  assertEquals(unknownKeys, []);
  assertEquals(resolveSettings({ file }).settings.cadence.intervalSeconds, 1);
});

const MODE = "takes off, advisory or hold";
const NUMBER = "takes a number";
const BROKEN: [string, string][] = [
  ["{", "not valid JSON (line 1, column 2)"],
  ["", "empty, where at least {} is to be"],
  ["\ufeff{}", "not valid JSON: it begins with a byte order mark"],
  ['{\n  "pace": yes\n}', "not valid JSON (line 2, column 11)"],
  ["[]", "the file: takes an object, in braces, not []"],
  ['{"windows":3}', "windows: takes an object, in braces, not 3"],
  ['{"windows":{"weekly":"off"}}', 'windows.weekly: takes an object, in braces, not "off"'],
  ['{"windows":{"weekly":{"mode":"on"}}}', `windows.weekly.mode: ${MODE}, not "on"`],
  ['{"windows":{"weekly":{"mode":null}}}', `windows.weekly.mode: ${MODE}, not null`],
  ['{"extraById":[]}', "extraById: takes an object, with ids as its keys, not []"],
  ['{"extraById":{"spark":{"mode":1}}}', `extraById.spark.mode: ${MODE}, not 1`],
  [
    '{"windows":{"fiveHour":{"thresholdPercent":0}}}',
    `windows.fiveHour.thresholdPercent: ${NUMBER} above 0 and up to 100, not 0`,
  ],
  ['{"account":"stop"}', `account: ${MODE}, not "stop"`],
  ['{"credits":true}', "credits: takes hold or spend, not true"],
  ['{"resetBufferSeconds":"60"}', `resetBufferSeconds: ${NUMBER} from 0 to 3600, not "60"`],
  ['{"resetBufferSeconds":-1}', `resetBufferSeconds: ${NUMBER} from 0 to 3600, not -1`],
  ['{"intervalSeconds":1e9}', `intervalSeconds: ${NUMBER} from 1 to 86400, not 1000000000`],
  ['{"pace":"yes"}', 'pace: takes true or false, not "yes"'],
  ['{"onUnknown":"deny"}', 'onUnknown: takes open or hold, not "deny"'],
  [
    '{"maxHold":"soon"}',
    'maxHold: takes seconds, a duration such as "90s", "1h30m" or "2d", or null for none, not "soon"',
  ],
  [
    '{"maxHold":0}',
    'maxHold: takes seconds, a duration such as "90s", "1h30m" or "2d", or null for none, not 0',
  ],
  [
    '{"maxHoldsPerDay":1.5}',
    "maxHoldsPerDay: takes a whole number from 0 on, or null for any number, not 1.5",
  ],
  ['{"homes":[]}', "homes: takes an object, with homes as its keys, not []"],
  ['{"homes":{"~/a":{"pace":1}}}', "homes.~/a.pace: takes true or false, not 1"],
  ['{"source":""}', 'source: takes auto, codexbar, codex or sessions, not ""'],
];
for (const [text, problem] of BROKEN) {
  Deno.test(`config.json: ${text} is broken, and it is said how, in plain words`, () => {
    const parsed = parseConfig(text);
    assertEquals(parsed.kind === "broken" ? parsed.problems : [], [problem]);
  });
}

Deno.test("settings: keys that are none are named; the ids of extra windows are the user's", () => {
  const file = {
    $schema: "x",
    pase: true,
    "windows.weekly.mode": "hold",
    windows: { weekly: { mood: "good", mode: "hold" as const }, yearly: { mode: "hold" } },
    extraById: { "spark.primary": { mode: "hold" as const, treshold: 5 } },
  };
  const { unknownKeys, list, settings } = resolveSettings({ file: file as never });
  assertEquals(unknownKeys.map(({ key }) => key), [
    "pase",
    "windows.weekly.mode",
    "windows.weekly.mood",
    "windows.yearly.mode",
    "extraById.spark.primary.treshold",
  ]);
  assertEquals(list.filter(({ origin }) => origin === "file").map(({ key }) => key), [
    "windows.weekly.mode",
    "extraById.spark.primary.mode",
  ]);
  assertEquals(settings.policy.windows.weekly.mode, "hold");
  assertEquals(settings.policy.extraById["spark.primary"]?.mode, "hold");
});

Deno.test("config.json: unknown keys are no mistake", () => {
  const text = '{"future":1,"windows":{"yearly":{"mode":"?"},"weekly":{"mood":"good"}}}';
  assertEquals(parseConfig(text).kind, "config");
});

Deno.test("environment: a wrong value is said, and not used", () => {
  const table: Record<string, string> = {
    QUOTA_SENTRY_THRESHOLD_PERCENT: "0x10",
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
  assertEquals(
    problems[0],
    'QUOTA_SENTRY_THRESHOLD_PERCENT takes a number above 0 and up to 100, not "0x10"',
  );
});

for (
  const [text, seconds] of [
    ["90s", 90],
    ["1.5h", 5400],
    ["2d", 172_800],
    ["1h30m", 5400],
    ["1d2h3m4s", 93_784],
    ["90m30s", 5430],
    ["30m1h", undefined],
    ["1h1h", undefined],
    ["1h 30m", undefined],
    ["1h30", undefined],
    ["", undefined],
    ["h", undefined],
    ["3651d", undefined],
    ["9".repeat(400) + "d", undefined],
    ["30m", 1800],
    ["0h", undefined],
    ["6", undefined],
    ["6 h", undefined],
    ["-1h", undefined],
  ] as const
) {
  Deno.test(`duration: ${text}`, () => assertEquals(parseDuration(text), seconds));
}

Deno.test("config.schema.json is what the model gives; renew it with UPDATE_SETTINGS=1", () => {
  const text = `${JSON.stringify(configSchema(), null, 2)}\n`;
  if (Deno.env.get("UPDATE_SETTINGS")) Deno.writeTextFileSync(SCHEMA, text);
  assertEquals(JSON.parse(Deno.readTextFileSync(SCHEMA)), JSON.parse(text));
});
