import { assertEquals, assertMatch } from "@std/assert";
import { Held } from "../support/held.ts";
import { CODEXBAR, iso, Sandbox, usage } from "../support/sandbox.ts";

const explained = async (box: Sandbox, args: string[] = [], env: Record<string, string> = {}) => {
  const { code, stdout, stderr } = await box.run(["explain", ...args], { env });
  assertEquals([code, stderr], [0, ""]);
  return stdout;
};

Deno.test("explain: open, blocked, paused, bypassed, stale and nothing yet, each by what decided", async () => {
  await using box = new Sandbox();
  assertMatch(
    await explained(box),
    /^agents go on: unknown: the quota has not been read yet\nsetting {2}onUnknown = "open" \(the default\)\nrule {5}an unknown quota stops nobody\nchange {3}the next reading\n {9}quota-sentry start, .*\nnote {5}not protected: /,
  );
  box.codexbar(CODEXBAR.answers, usage({ used: 72 }));
  await box.run(["poll"]);
  assertMatch(
    await explained(box),
    /^agents go on: open: 72% .*\nreading {2}72% of the 5-hour window, read .* from codexbar\nsetting {2}windows\.fiveHour\.mode = "hold" \(the default\)\n {9}windows\.fiveHour\.thresholdPercent = 95 \(the default\)\nrule {5}no window that holds has met its threshold\nchange {3}it holds from 95% of the 5-hour window on\n/,
  );
  box.answer(usage({ used: 97 }));
  await box.run(["poll"]);
  const blocked = await explained(box);
  assertMatch(
    blocked,
    /^agents are held until .*: 97% .*\nreading (.|\n)*resetBufferSeconds = 60 .*\nrule {5}97% of the 5-hour window is used; the threshold is 95%\nchange {3}the reset at \d.*, and the buffer after it\n {9}a threshold above 97%: quota-sentry config set windows\.fiveHour\.thresholdPercent N\n/,
  );
  const { schemaVersion, home, explanations: [json] } = JSON.parse(
    await explained(box, ["--json"]),
  );
  assertEquals([schemaVersion, home], [1, box.codexHome]);
  assertEquals(json.rule, ["97% of the 5-hour window is used; the threshold is 95%"]);
  assertEquals(json.settings.length, 3);
  assertEquals(blocked.startsWith(`${json.summary}\n`), true);
  const env = { QUOTA_SENTRY_DISABLE: "1" };
  assertMatch(
    await explained(box, [], env),
    /^agents whose hooks have QUOTA_SENTRY_DISABLE go on; others are held until .*: 97% (.|\n)*\nrule {5}QUOTA_SENTRY_DISABLE lets everything pass /,
  );
  await box.run(["pause"]);
  assertMatch(
    await explained(box),
    /^agents go on until \d.* \(in 1 h\), by a pause: blocked: .*\n(.|\n)*rule {5}a pause lets everything pass/,
  );
  await box.run(["resume"]);
  box.writeState({ status: "open", reason: "r", updatedAt: iso(-9999) });
  assertMatch(
    await explained(box),
    /\nsetting {2}maxStateAgeSeconds = 180 \(the default\)\n {9}onUnknown = /,
  );
});

Deno.test("explain: where each setting comes from: file, environment, options of the hooks", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 72 }));
  await box.run(["poll"]);
  const threshold = async (args: string[] = [], env: Record<string, string> = {}) =>
    /thresholdPercent = (.*)\n/.exec(await explained(box, args, env))?.[1];
  box.configure({ "windows.fiveHour.thresholdPercent": 90 });
  assertEquals(await threshold(), "90 (from ~/.config/quota-sentry/config.json)");
  const env = { QUOTA_SENTRY_THRESHOLD_PERCENT: "80" };
  assertEquals(await threshold([], env), "80 (from QUOTA_SENTRY_THRESHOLD_PERCENT)");
  await box.run(["install-hook", "--threshold-percent=85"]);
  assertEquals(await threshold([], env), "85 (from --threshold-percent, here or of the hooks)");
  assertEquals((await threshold(["--threshold-percent=70"]))?.split(" ")[0], "70");
  // The state was written with another one.
  assertMatch(await explained(box), /\nnote {5}what wrote the state holds at 95%: /);
});

Deno.test("explain: a bound of the user's is what decided", async () => {
  await using box = new Sandbox();
  box.writeBlock(600, { guard: { noMoreHolds: true } });
  assertMatch(
    await explained(box),
    /maxHoldsPerDay = null \(the default\)\nrule {5}agents go on: the number of holds a day /,
  );
});

Deno.test({
  name: "explain SESSION: one that is held, by its pid; one that is not named so",
  fn: async () => {
    await using box = await Held.begin();
    const none = await box.run(["explain", "abc"]);
    assertEquals(none.code, 1);
    assertMatch(
      none.stderr,
      /nobody is held \(blocked: 97% .*\); quota-sentry explain says why not/,
    );
    const call = box.call();
    await box.listening(1);
    assertMatch(
      await explained(box, [String(call.pid)]),
      /^pid \d+ in \/ is held since .*: 97% of /,
    );
    assertMatch(
      (await box.run(["explain", "abc"])).stderr,
      /nobody who waits is named "abc"; there is/,
    );
    assertEquals((await box.run(["explain", "a", "b"])).code, 64);
    await box.run(["pause"]);
    await call.ended;
  },
});
