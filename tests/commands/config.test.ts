import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { dirname } from "@std/path";
import { settingMeantBy } from "../../lib/commands/setting_words.ts";
import { SETTINGS } from "../../lib/config/table.ts";
import { CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";

const pathIn = (box: Sandbox) => `${box.home}/.config/quota-sentry/config.json`;

async function configure(box: Sandbox, settings: Record<string, unknown>): Promise<void> {
  for (const [key, value] of Object.entries(settings)) {
    const { code, stderr } = await box.run(["config", "set", key, String(value)]);
    assertEquals([code, stderr], [0, ""]);
  }
}

Deno.test("config: set, get, unset, list, path, check", async () => {
  await using box = new Sandbox();
  assertEquals((await box.run(["config", "path"])).stdout, `${pathIn(box)}\n`);
  assertEquals((await box.run(["config", "get", "windows.weekly.mode"])).stdout, '"advisory"\n');
  await configure(box, { "windows.weekly.mode": "hold", maxHold: "6h", pace: true });
  assertEquals(JSON.parse(readText(pathIn(box))!), {
    windows: { weekly: { mode: "hold" } },
    maxHold: "6h",
    pace: true,
  });
  assertEquals(Deno.statSync(pathIn(box)).mode! & 0o777, 0o600);
  assertEquals((await box.run(["config", "get", "windows.weekly.mode"])).stdout, '"hold"\n');
  const env = { QUOTA_SENTRY_INTERVAL_SECONDS: "30" };
  const { stdout } = await box.run(["config", "list"], { env });
  assertMatch(stdout, /^windows\.weekly\.mode = "hold" \(file\)$/m);
  assertMatch(stdout, /^intervalSeconds = 30 \(environment\)$/m);
  assertMatch(stdout, /^onUnknown = "open"$/m);
  assertMatch(stdout, /^credits = "hold"$/m);
  assertEquals((await box.run(["config", "unset", "maxHold"])).code, 0);
  assertEquals((await box.run(["config", "get", "maxHold"])).stdout, "null\n");
  assertEquals((await box.run(["config", "check"])).code, 0);
  assertMatch((await box.run(["status", "--verbose"])).stdout, /\n {2}pace = true \(file\)\n/);
});

Deno.test("config: windows by their id are set, read and listed like all others", async () => {
  await using box = new Sandbox();
  const key = "extraById.codex_spark.primary.mode";
  assertEquals((await box.run(["config", "get", key])).stdout, '"off"\n');
  await configure(box, { [key]: "hold" });
  assertEquals((await box.run(["config", "get", key])).stdout, '"hold"\n');
  const { stdout } = await box.run(["config", "list"]);
  assertMatch(stdout, /^extraById\.codex_spark\.primary\.mode = "hold" \(file\)$/m);
  assertEquals((await box.run(["config", "unset", key])).code, 0);
  assertEquals((await box.run(["config", "get", key])).stdout, '"off"\n');
});

Deno.test("config list --verbose: each setting with what it does and takes, in lines that fit", async () => {
  await using box = new Sandbox();
  await configure(box, { resetBufferSeconds: 5, "extraById.spark.mode": "hold" });
  const { stdout } = await box.run(["config", "list", "--verbose"]);
  for (const [key, { help }] of Object.entries(SETTINGS)) {
    assert(stdout.includes(`\n    ${help}\n    takes `), key);
    assertMatch(stdout, new RegExp(`^${key} = `, "m"));
  }
  const [described] = /^resetBufferSeconds(.*\n)( .*\n)+/m.exec(stdout)!;
  assertEquals(described.split("\n"), [
    "resetBufferSeconds = 5 (file)",
    "    agents wait this much longer than the reset",
    "    takes a number from 0 to 3600 (s)",
    "    default: 60 s",
    "    also --reset-buffer-seconds, QUOTA_SENTRY_RESET_BUFFER_SECONDS",
    "",
  ]);
  assertMatch(stdout, /^extraById\.spark\.mode = "hold" \(file\)\n {4}off; .*\n {4}takes off, /m);
  for (const line of stdout.split("\n")) assert(line.length <= 80, line);
});

Deno.test("config --home: what differs for one Codex home is set, read, listed, used and unset", async () => {
  await using box = new Sandbox();
  const run = async (...words: string[]) => (await box.run(["config", ...words])).stdout;
  await configure(box, { pace: true });
  const threshold = "windows.fiveHour.thresholdPercent";
  for (const home of [box.codexHome, "~/other"]) {
    assertEquals((await box.run(["config", "set", "--home", home, threshold, "50"])).code, 0);
  }
  assertEquals(JSON.parse(readText(pathIn(box))!), {
    pace: true,
    homes: {
      [box.codexHome]: { windows: { fiveHour: { thresholdPercent: 50 } } },
      "~/other": { windows: { fiveHour: { thresholdPercent: 50 } } },
    },
  });
  // The same home by another name has the same section.
  Deno.mkdirSync(`${box.home}/other`);
  Deno.symlinkSync(`${box.home}/other`, `${box.home}/link`);
  assertEquals(await run("set", `--home=${box.home}/link`, threshold, "60"), "");
  assertEquals(await run("get", `--home=${box.home}/other`, threshold), "60\n");
  assertEquals(await run("get", "--home=~/link", threshold), "60\n");
  assertMatch(
    await run("list", "--home=~/other"),
    /^windows\.fiveHour\.thresholdPercent = 60 \(file, for ~\/other\)$/m,
  );
  // Without --home the one that Codex has here counts, also for a reading.
  assertEquals(await run("get", threshold), "50\n");
  box.codexbar(CODEXBAR.answers, usage({ used: 55 }));
  assertMatch((await box.run(["poll"])).stdout, /^blocked: 55%/);
  const env = { CODEX_HOME: `${box.home}/third` };
  assertMatch((await box.run(["poll"], { env })).stdout, /^open: 55%/);
  assertEquals((await box.run(["config", "unset", "--home", box.codexHome, threshold])).code, 0);
  assertEquals(await run("get", threshold), "95\n");
  assertEquals(await run("get", "--home=~/other", threshold), "60\n");
});

Deno.test("config unset: what is not set may be unset, and nothing is written", async () => {
  await using box = new Sandbox();
  for (const args of [["windows.weekly.mode"], ["--home=/nowhere", "pace"]]) {
    const { code, stderr } = await box.run(["config", "unset", ...args]);
    assertEquals([code, stderr], [0, ""]);
  }
  assertEquals(readText(pathIn(box)), undefined);
});

Deno.test("config check: names what does nothing, what is wrong, and what happens meanwhile", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.home}/.config/quota-sentry`, { recursive: true });
  const check = async (text: string, env = {}) => {
    Deno.writeTextFileSync(pathIn(box), text);
    const { code, stderr } = await box.run(["config", "check"], { env });
    return [code, stderr.replaceAll(`${pathIn(box)}: `, "").replaceAll("quota-sentry: ", "")];
  };
  assertEquals(
    await check('{"windows":{"weekly":{"mood":"hold"}},"extraById":{"a":{"mod":"off"}}}'),
    [
      1,
      'this does nothing: there is no setting "windows.weekly.mood"; ' +
      "did you mean windows.weekly.mode?\n" +
      'this does nothing: there is no setting "extraById.a.mod"; did you mean extraById.a.mode?\n',
    ],
  );
  assertEquals(await check('{"homes":{"~/a":{"pase":true,"pace":true},"a":{"pace":true}}}'), [
    1,
    'this does nothing: homes "~/a": there is no setting "pase"; did you mean pace?\n' +
    'this does nothing: homes "a" is no home: write /DIR or ~/DIR\n',
  ]);
  assertEquals(await check('{"homes":{"~/a":{"pace":true,"extraById":{"b":{"mode":"off"}}}}}'), [
    0,
    "",
  ]);
  assertEquals(await check('{"pace":"on"}'), [
    1,
    'pace: takes true or false, not "on"\n' +
    "until that is mended nothing in the file is used: the defaults stand, and sessions go on\n",
  ]);
  assertEquals(await check("{}", { QUOTA_SENTRY_INTERVAL_SECONDS: "1e1" }), [
    1,
    'QUOTA_SENTRY_INTERVAL_SECONDS takes a number from 1 to 86400, not "1e1"\n' +
    "until that is mended the variable is not used: the defaults stand, and sessions go on\n",
  ]);
  assertEquals(await check('{"source":"nothing"}'), [
    1,
    'source: takes auto, codexbar, codex or sessions, not "nothing"; until then the quota is not read\n',
  ]);
});

for (
  const [word, meant] of [
    ["thresholdPercent", "windows.fiveHour.thresholdPercent"],
    ["threshold-percent", "windows.fiveHour.thresholdPercent"],
    ["threshold", "windows.fiveHour.thresholdPercent"],
    ["QUOTA_SENTRY_THRESHOLD_PERCENT", "windows.fiveHour.thresholdPercent"],
    ["interval-seconds", "intervalSeconds"],
    ["weekly.mode", "windows.weekly.mode"],
    ["windows.fivehour.mode", "windows.fiveHour.mode"],
    ["maxHolds", "maxHold"],
    ["extraById.spark.treshold", "extraById.spark.thresholdPercent"],
    ["notification", undefined],
    ["telemetry.enabled", undefined],
    ["x", undefined],
  ] as const
) {
  Deno.test(`config set ${word}: ${meant ? `meant is ${meant}` : "nothing is near"}`, () => {
    assertEquals(settingMeantBy(word), meant);
  });
}

Deno.test("config: the user's own writing and unknown keys stay", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.home}/.config/quota-sentry`, { recursive: true });
  const text = '{\n    "mine": [1,2],   "pace":false\n}\n';
  Deno.writeTextFileSync(pathIn(box), text);
  await configure(box, { pace: true });
  assertEquals(readText(pathIn(box)), text.replace("false", "true"));
});

Deno.test("config: what is wrong is said, with exit 64, and nothing is written", async () => {
  await using box = new Sandbox();
  const wrong: [string[], RegExp][] = [
    [
      ["set", "windows.weekly.mood", "hold"],
      /no setting "windows.weekly.mood"; did you mean windows.weekly.mode\?/,
    ],
    [
      ["set", "thresholdPercent", "90"],
      /no setting "thresholdPercent"; did you mean windows.fiveHour.thresholdPercent\?/,
    ],
    [["set", "telemetry.enabled", "1"], /no setting "telemetry.enabled"; nothing was changed/],
    [
      ["set", "windows.weekly.mode", "on"],
      /windows.weekly.mode cannot be on: it takes off, advisory or hold; nothing was changed/,
    ],
    [
      ["set", "source", "nothing"],
      /it takes auto, codexbar, codex or sessions; nothing was changed/,
    ],
    [["set", "intervalSeconds", "1e1"], /it takes a number from 1 to 86400; nothing was changed/],
    [["set", "windows.fiveHour.thresholdPercent", "0x10"], /it takes a number above 0/],
    [["set", "pace", "constructor"], /it takes true or false/],
    [["set", "pace"], /config takes: list \| get KEY/],
    [["frobnicate"], /config takes:/],
  ];
  for (const [words, message] of wrong) {
    const { code, stderr } = await box.run(["config", ...words]);
    assertEquals(code, 64);
    assertMatch(stderr, message);
  }
  assertEquals(readText(pathIn(box)), undefined);
});

Deno.test("config: a broken file means the defaults, and status and check say so", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.home}/.config/quota-sentry`, { recursive: true });
  Deno.writeTextFileSync(pathIn(box), '{"windows":{"fiveHour":{"mode":"never"}}}');
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  assertMatch((await box.run(["poll"])).stdout, /^blocked/);
  const problem = /config\.json: windows\.fiveHour\.mode: /;
  assertMatch((await box.run(["status", "--long"])).stdout, problem);
  const check = await box.run(["config", "check"]);
  assertEquals(check.code, 1);
  assertMatch(check.stderr, problem);
  const set = await box.run(["config", "set", "pace", "true"]);
  assertEquals(set.code, 1);
  assertMatch(set.stderr, /is left as it is: .*; mend it first/);
});

Deno.test("policy: the weekly window holds where the user says so, else it is advice", async () => {
  await using box = new Sandbox();
  const answer = usage({ used: 10 }) as { usage: { secondary: { usedPercent: number } } }[];
  answer[0]!.usage.secondary.usedPercent = 96;
  box.codexbar(CODEXBAR.answers, answer);
  assertMatch((await box.run(["poll"])).stdout, /^open: 10% of the 5-hour window/);
  const { stdout } = await box.run(["status", "--long"]);
  assertMatch(stdout, /^advice: 96% of the weekly window is used; the threshold is 90%$/m);
  assertMatch(
    stdout,
    /^weekly {2}[#|]+-* {2}96% {2}resets \d.* \(in 2 d \d+ h\)\n {8}warns at 90%/m,
  );
  box.configure({ "windows.weekly.mode": "hold" });
  assertMatch((await box.run(["poll"])).stdout, /^blocked: 96% of the weekly window/);
});

Deno.test("policy: onUnknown hold waits, with a bound, and goes on when the quota is known", async () => {
  await using box = new Sandbox();
  box.configure({ onUnknown: "hold", onUnknownMaxSeconds: 2 });
  box.codexbar(CODEXBAR.crashes);
  const bounded = await box.run(["guard"], { stdin: "{}" });
  assertEquals([bounded.code, bounded.stdout, bounded.stderr], [0, "", ""]);
  assertGreater(bounded.ms, 2000);

  box.configure({ onUnknownMaxSeconds: 600 });
  // It has the bound that it was written with.
  await Deno.remove(`${box.stateDir}/state.json`);
  const early = box.run(["guard", "--interval-seconds=1"]);
  await until("it waits", () => box.calls.length >= 2);
  box.codexbar(CODEXBAR.answers, usage({ used: 3 }));
  assertEquals((await early).code, 0);
});

Deno.test("policy: maxHold releases, or denies in the form that the harness reads", async () => {
  await using box = new Sandbox();
  const rules = { maxHoldSeconds: 1 };
  box.writeBlock(600, { guard: rules });
  const released = await box.run(["guard", "--state-only"]);
  assertEquals([released.code, released.stdout], [0, ""]);
  box.writeBlock(600, { guard: { ...rules, then: "deny" } });
  const denied = await box.run(["guard", "--state-only"]);
  assertEquals(denied.code, 0);
  assertEquals(JSON.parse(denied.stdout), {
    decision: "block",
    reason: "Quota Sentry: the longest hold (maxHold) is reached.",
  });
});

Deno.test("policy: holds a day are counted across readings, and bounded", async () => {
  await using box = new Sandbox();
  box.configure({ maxHoldsPerDay: 1, then: "deny" });
  const args = ["poll", "--reset-buffer-seconds=0"];
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 15 }));
  await box.run(args);
  await box.run(args);
  assertEquals((box.state?.holds as unknown[]).length, 1);
  const end = Date.parse(String(box.state?.blockedUntil));
  await until("it is over", () => Date.now() > end);
  await until("it has reset", async () => (await box.run(args)).stdout.startsWith("open"));
  box.answer(usage({ used: 98, resetInSeconds: 600 }));
  await box.run(args);
  assertEquals((box.state?.holds as unknown[]).length, 2);
  assertMatch((await box.run(["guard", "--state-only"])).stdout, /maxHoldsPerDay/);
});

Deno.test("policy: not into a new week", async () => {
  await using box = new Sandbox();
  box.configure({ notIntoNewWeek: true, then: "deny" });
  const answer = usage({ used: 97, resetInSeconds: 7200 }) as {
    usage: { secondary: { resetsAt: string }; primary: { resetsAt: string } };
  }[];
  answer[0]!.usage.secondary.resetsAt = answer[0]!.usage.primary.resetsAt;
  box.codexbar(CODEXBAR.answers, answer);
  await box.run(["poll"]);
  assertMatch((await box.run(["guard", "--state-only"])).stdout, /notIntoNewWeek/);
});

Deno.test("block: a failing source neither lifts a hold nor makes it longer", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 600 }));
  await box.run(["poll"]);
  const until = box.state?.blockedUntil;
  box.codexbar(CODEXBAR.crashes);
  assertMatch((await box.run(["poll"])).stdout, /^blocked: 97%.*\(the latest reading: codexbar/);
  assertEquals([box.state?.status, box.state?.blockedUntil], ["blocked", until]);
});

Deno.test("block: a command with other rules lifts no hold where it reads nothing", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 85, resetInSeconds: 600 }));
  await box.run(["poll", "--threshold-percent=80"]);
  assertEquals(box.state?.status, "blocked");
  box.codexbar(CODEXBAR.crashes);
  assertMatch((await box.run(["poll"])).stdout, /^blocked: 85%/);
  assertEquals([box.state?.status, box.state?.droppedAtMs], ["blocked", null]);
});

Deno.test("block: an early reset is believed when a second reading confirms it", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 600 }));
  await box.run(["poll"]);
  const calls = box.calls.length;
  box.answer(usage({ used: 1, resetInSeconds: 18_000 }));
  assertMatch((await box.run(["poll"])).stdout, /^open: 1%/);
  assertEquals(box.calls.length, calls + 2);
});

for (const [name, before, flicker, after] of [["rises", 28, 100, 28], ["falls", 97, 1, 97]]) {
  Deno.test(`block: a value that ${name} for one reading changes nothing`, async () => {
    await using box = new Sandbox();
    box.codexbar(CODEXBAR.answers, usage({ used: Number(before), resetInSeconds: 600 }));
    await box.run(["poll"]);
    const status = box.state?.status;
    box.codexbar(
      'n=$(wc -l < "$here/calls"); if [ "$n" = 2 ]; then cat "$here/flicker.json"; ' +
        'else cat "$here/answer.json"; fi',
      usage({ used: Number(after), resetInSeconds: 600 }),
    );
    const once = JSON.stringify(usage({ used: Number(flicker), resetInSeconds: 600 }));
    Deno.writeTextFileSync(`${box.bin}/flicker.json`, once);
    await box.run(["poll"]);
    assertEquals(box.calls.length, 3);
    assertEquals(box.state?.status, status);
  });
}

Deno.test("block: a source that counts less does not lift a hold, and its age counts", async () => {
  await using box = new Sandbox();
  const day = `${box.codexHome}/sessions/2026/01/31`;
  Deno.mkdirSync(day, { recursive: true });
  const limits = {
    primary: {
      used_percent: 3,
      window_minutes: 300,
      resets_at: Math.floor(Date.now() / 1000) + 600,
    },
  };
  const session = (secondsAgo: number) =>
    Deno.writeTextFileSync(
      `${day}/rollout-1.jsonl`,
      JSON.stringify({
        timestamp: new Date(Date.now() - secondsAgo * 1000).toISOString(),
        payload: { type: "token_count", rate_limits: limits },
      }),
    );
  session(1000);
  assertMatch(
    (await box.run(["poll", "--source=sessions"])).stdout,
    /^unknown: .*too old.*open: 3%/,
  );
  assertMatch((await box.run(["status", "--long"])).stdout, /stale: more than 180 s/);
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 600 }));
  await box.run(["poll", "--source=codexbar"]);
  session(-1);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assertMatch((await box.run(["poll", "--source=sessions"])).stdout, /^blocked: 97%/);
  assertEquals(box.state?.status, "blocked");
});

Deno.test("stagger: those that are held start again one after the other, in order of arrival", async () => {
  await using box = new Sandbox();
  // Longer than the end of a program takes on a machine that is busy to its limit.
  const staggerSeconds = 4;
  box.configure({ staggerSeconds });
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 600 }));
  await box.run(["poll"]);
  const order: number[] = [];
  const ends: number[] = [];
  const guards = [];
  for (let index = 0; index < 4; index++) {
    const notices = `${box.root}/notice-${index}`;
    const env = { QUOTA_SENTRY_NOTICE_FILE: notices };
    guards.push(
      box.run(["guard", "--state-only"], { env }).then(() => {
        order.push(index);
        ends.push(Date.now());
      }),
    );
    await until("it is held", () => readText(notices) !== undefined);
  }
  box.writeState({ status: "open", reason: "test" });
  await Promise.all(guards);
  assertEquals(order, [0, 1, 2, 3]);
  // Three apart; the first may be seen as late as the next begins.
  const apartMs = ends[3]! - ends[0]!;
  assertEquals(apartMs >= 2 * staggerSeconds * 1000, true, `${apartMs} ms`);
});

Deno.test("pace: a burn that would fill the window before the next reading holds", async () => {
  await using box = new Sandbox();
  box.configure({ pace: true });
  box.codexbar(CODEXBAR.answers, usage({ used: 50, resetInSeconds: 3600 }));
  const answer = JSON.parse(readText(`${box.bin}/answer.json`)!);
  assertMatch((await box.run(["poll"])).stdout, /^open: 50%/);
  // Two readings closer than 5 s tell nothing of the burn.
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  answer[0].usage.primary.usedPercent = 65;
  box.answer(answer);
  const { stdout } = await box.run(["poll"]);
  assertMatch(stdout, /^blocked: 65% .* at [\d.]+% a minute it is spent before the next reading/);
});

Deno.test("cadence: adaptive waits longer after a failure, and the log says each thing once", async () => {
  await using box = new Sandbox();
  box.configure({ cadence: "adaptive", intervalSeconds: 1, source: "codexbar" });
  box.codexbar(CODEXBAR.crashes);
  await box.run(["start"]);
  await until("the first poll", () => box.state !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  assertEquals(box.calls.length, 1);
  const log = readText(`${box.stateDir}/quota-sentry.log`)!;
  assertEquals(log.split("\n").filter((line) => line.includes("unknown (codexbar)")).length, 1);
});

Deno.test("config set: the file keeps its mode, and is changed where it really is", async () => {
  await using box = new Sandbox();
  const kept = `${box.home}/dotfiles.json`;
  Deno.writeTextFileSync(kept, "{}\n");
  Deno.chmodSync(kept, 0o644);
  Deno.mkdirSync(dirname(pathIn(box)), { recursive: true });
  Deno.symlinkSync(kept, pathIn(box));
  await configure(box, { pace: true });
  assertEquals(Deno.statSync(kept).mode! & 0o777, 0o644);
  assertEquals(JSON.parse(readText(kept)!), { pace: true });
  Deno.removeSync(kept);
  const { code, stderr } = await box.run(["config", "set", "pace", "false"]);
  assertEquals(code, 1);
  assertMatch(stderr, /config\.json is a symbolic link that leads nowhere\n$/);
});

for (
  const [text, why] of [
    ["", /: empty, where at least \{\} is to be\n/],
    ["\ufeff{}", /: not valid JSON: it begins with a byte order mark\n/],
    ['{"pace":true,"pace":false}', undefined],
  ] as const
) {
  Deno.test(`config: ${JSON.stringify(text)} is left as it is, and it is said why`, async () => {
    await using box = new Sandbox();
    Deno.mkdirSync(dirname(pathIn(box)), { recursive: true });
    Deno.writeTextFileSync(pathIn(box), text);
    if (why) assertMatch((await box.run(["config", "check"])).stderr, why);
    const { code, stderr } = await box.run(["config", "set", "pace", "true"]);
    assertEquals(code, 1);
    assertMatch(stderr, why ? /mend it first\n$/ : /pace stands there twice; mend it first\n$/);
    assertEquals(readText(pathIn(box)), text);
  });
}
