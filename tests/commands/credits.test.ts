import { assertEquals, assertMatch } from "@std/assert";
import { CODEXBAR, Sandbox, usage } from "../support/sandbox.ts";

const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;

/** Puts a codex on PATH whose app-server tells of these limits. */
function codexTells(box: Sandbox, limits: Record<string, unknown>): void {
  const answer = {
    ordinaryUsageAllowed: false,
    rateLimits: {
      limitId: "codex",
      primary: { usedPercent: 100, windowDurationMins: 300, resetsAt: seconds(9000) },
      secondary: { usedPercent: 37, windowDurationMins: 10080, resetsAt: seconds(400_000) },
      ...limits,
    },
  };
  Deno.writeTextFileSync(`${box.bin}/limits.json`, JSON.stringify(answer));
  box.executable(
    "codex",
    `#!/bin/sh
while read -r line; do
  case $line in
    *'"method":"initialize"'*) echo '{"id":"1","result":{}}' ;;
    *rateLimits/read*) printf '{"id":"2","result":%s}\\n' "$(cat '${box.bin}/limits.json')" ;;
  esac
done
`,
  );
}

async function poll(box: Sandbox): Promise<string> {
  return (await box.run(["poll", "--source=codex"])).stdout;
}

Deno.test("credits: agents wait though they would pay, unless the user says spend, and while they last", async () => {
  await using box = new Sandbox();
  const credits = (balance: string) => ({ hasCredits: balance !== "0", unlimited: false, balance });
  codexTells(box, { credits: credits("640") });
  assertMatch(await poll(box), /^blocked: 100% of the 5-hour window/);
  const { stdout } = await box.run(["status", "--long"]);
  assertMatch(stdout, /^credits: 640$/m);
  assertMatch(
    stdout,
    /^advice: bought credits would pay for more, but agents wait \(credits: hold\)$/m,
  );
  box.configure({ credits: "spend" });
  assertMatch(await poll(box), /^open: 100% .*; bought credits pay for more \(credits: spend\)/);
  codexTells(box, { credits: credits("0") });
  assertMatch(await poll(box), /^blocked: 100% of the 5-hour window/);
});

Deno.test("credits: an unlimited account waits for nothing", async () => {
  await using box = new Sandbox();
  codexTells(box, { credits: { hasCredits: true, unlimited: true, balance: null } });
  assertMatch(await poll(box), /^open: 100% .*; the account is unlimited, so nothing is held\n$/);
  const held = await box.run(["guard", "--state-only", "--verbose"]);
  assertMatch(held.stdout, /let go: 100% of the 5-hour window/);
  assertMatch((await box.run(["status", "--long"])).stdout, /^credits: unlimited$/m);
});

Deno.test("credits: where they are used up nobody waits for a window; a full week is waited for", async () => {
  await using box = new Sandbox();
  const reachedType = "workspace_member_credits_depleted";
  codexTells(box, {
    primary: { usedPercent: 16, windowDurationMins: 300, resetsAt: seconds(7000) },
    credits: { hasCredits: false, unlimited: false, balance: null },
    rateLimitReachedType: reachedType,
  });
  assertMatch(await poll(box), /^open: 16%/);
  const warned = (await box.run(["status", "--long"])).stdout;
  assertMatch(warned, new RegExp(`^advice: the account is stopped .*\\(${reachedType}\\)$`, "m"));
  codexTells(box, {
    secondary: { usedPercent: 100, windowDurationMins: 10080, resetsAt: seconds(400_000) },
    credits: null,
    rateLimitReachedType: "rate_limit_reached",
  });
  assertMatch(await poll(box), /^blocked: .*, until the weekly window resets/);
  assertMatch(
    (await box.run(["status", "--long"])).stdout,
    /^agents wait until \d.* \(in 4 d 15 h\)$/m,
  );
});

Deno.test("credits: the plan stays known when a source that tells none shows the same window", async () => {
  await using box = new Sandbox();
  const primary = { usedPercent: 60, windowDurationMins: 300, resetsAt: seconds(9000) };
  codexTells(box, { planType: "plus", primary });
  box.codexbar(CODEXBAR.answers, usage({ used: 61, resetInSeconds: 9000 }));
  const plan = () => (box.state?.known as { plan?: string }).plan;
  await poll(box);
  assertEquals(plan(), "plus");
  await box.run(["poll", "--source=codexbar"]);
  assertEquals([box.state?.source, plan()], ["codexbar", "plus"]);
});
