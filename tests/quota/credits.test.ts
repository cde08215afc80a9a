import type { Account, Credits } from "../../lib/quota/account.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { creditsFrom, creditsText, withCredits } from "../../lib/quota/credits.ts";
import { decide } from "../../lib/quota/decision.ts";
import { DEFAULT_POLICY } from "../support/policy.ts";

import { minutes, NOW, read } from "./readings.ts";

const SPEND = { ...DEFAULT_POLICY, credits: "spend" } as const;
const STOPPED: Account = { reachedType: null, spendControlReached: false, usageAllowed: false };
const UNLIMITED: Credits = { left: "unlimited" };
const SOME: Credits = { left: "some", balance: "640" };
const NONE: Credits = { left: "none" };

const WALL: [string, Credits | undefined, Partial<Account> | undefined, string, string][] = [
  ["no credits are told of", undefined, undefined, "blocked", "blocked"],
  ["credits are gone", NONE, {}, "blocked", "blocked"],
  ["there are none, or no end of them", { left: "none or unlimited" }, {}, "blocked", "blocked"],
  ["bought credits are left", SOME, {}, "blocked", "open"],
  ["bought credits are left, and nothing else is told", SOME, undefined, "blocked", "open"],
  ["a limit is reached, and credits are left", SOME, { reachedType: "x" }, "blocked", "open"],
  ["the spend control stops them", SOME, { spendControlReached: true }, "blocked", "blocked"],
  ["the account is unlimited", UNLIMITED, {}, "open", "open"],
  ["the account is unlimited, its limit reached", UNLIMITED, { reachedType: "x" }, "open", "open"],
  [
    "the account is unlimited, its spend control stops it",
    UNLIMITED,
    { spendControlReached: true },
    "open",
    "open",
  ],
  [
    "the account is unlimited, its spend control and a limit stop it",
    UNLIMITED,
    { reachedType: "x", spendControlReached: true },
    "open",
    "open",
  ],
];
for (const [name, credits, account, hold, spend] of WALL) {
  Deno.test(`credits: at the wall, ${name}: ${hold}; with credits spend: ${spend}`, () => {
    const reading = read(100, {}, { credits, account: account && { ...STOPPED, ...account } });
    assertEquals(decide(reading, DEFAULT_POLICY, NOW).status, hold);
    assertEquals(decide(reading, SPEND, NOW).status, spend);
  });
}

Deno.test("credits: that agents wait though credits would pay is said, and why they do not wait", () => {
  const reading = read(100, {}, { credits: SOME, account: STOPPED });
  const advice = ["bought credits would pay for more, but agents wait (credits: hold)"];
  assertEquals(decide(reading, DEFAULT_POLICY, NOW).advice, advice);
  assertMatch(decide(reading, SPEND, NOW).reason, /^100% of .*; bought credits pay for more/);
  const unlimited = decide({ ...reading, credits: UNLIMITED }, DEFAULT_POLICY, NOW);
  assertMatch(unlimited.reason, /; the account is unlimited, so nothing is held$/);
});

const SPEND_CONTROL = "the account is stopped by its spend control";
const UNLIMITED_AND_STOPPED: [string, number, boolean | undefined, string[]][] = [
  ["its window low", 16, false, [SPEND_CONTROL]],
  ["its window spent", 97, false, [SPEND_CONTROL]],
  ["its window full", 100, false, [SPEND_CONTROL]],
  ["its window full, and no word of whether it may go on", 100, undefined, [SPEND_CONTROL]],
  ["its window full, and it may go on all the same", 100, true, []],
];
for (const [name, used, usageAllowed, advice] of UNLIMITED_AND_STOPPED) {
  Deno.test(`credits: an unlimited account stopped by its spend control, ${name}: open, and said`, () => {
    const account = { reachedType: null, spendControlReached: true, usageAllowed };
    for (const policy of [DEFAULT_POLICY, SPEND]) {
      const decision = decide(read(used, {}, { account, credits: UNLIMITED }), policy, NOW);
      assertEquals([decision.status, decision.advice], ["open", advice]);
    }
  });
}

Deno.test("credits: an unlimited account waits for no week, no pace and no window without a reset", () => {
  const policy = {
    ...DEFAULT_POLICY,
    pace: true,
    windows: { ...DEFAULT_POLICY.windows, weekly: { mode: "hold", thresholdPercent: 90 } },
  } as const;
  const pace = { percentPerSecond: 1, nextReadingSeconds: 600 };
  const week = read(100, { windowMinutes: 10080, resetsAt: minutes(5000) });
  for (const reading of [week, read(50), read(100, { resetsAt: null }), { ...week, windows: [] }]) {
    const decision = decide({ ...reading, credits: UNLIMITED }, policy, NOW, pace);
    assertEquals(decision.status, "open", decision.reason);
  }
});

Deno.test("credits: where they are used up nobody waits for a window, and it is said", () => {
  for (
    const reachedType of ["workspace_member_credits_depleted", "workspace_owner_credits_depleted"]
  ) {
    const account = { ...STOPPED, reachedType };
    const low = decide(read(16, {}, { account, credits: NONE }), DEFAULT_POLICY, NOW);
    assertEquals(low.status, "open");
    assertEquals(low.advice, [`the account is stopped by its backend (${reachedType})`]);
    // What the plan itself gives comes back with the window.
    const full = decide(read(100, {}, { account, credits: NONE }), DEFAULT_POLICY, NOW);
    assertEquals(full.status, "blocked");
  }
});

Deno.test("credits: a stopped account says which window it waits for", () => {
  const week = { ...read(100).windows[0]!, id: "secondary", windowMinutes: 10080 };
  const windows = [...read(100).windows, { ...week, resetsAt: minutes(6000) }];
  const account = { ...STOPPED, reachedType: "rate_limit_reached" };
  const decision = decide(read(100, {}, { windows, account }), DEFAULT_POLICY, NOW);
  assertMatch(decision.reason, /\(rate_limit_reached\), until the weekly window resets$/);
  assertEquals(decision.status === "blocked" && decision.blockedUntil, minutes(6001));
});

const told = (credits: Credits, minutesAgo: number) => ({
  plan: "plus",
  windows: read(90).windows,
  credits: { ...credits, toldAt: minutes(-minutesAgo) },
});
const CARRIED: [string, Credits | undefined, ReturnType<typeof told> | undefined, string?][] = [
  ["nobody has told of them", undefined, undefined, undefined],
  ["another source has just told", undefined, told(SOME, 5), "some"],
  ["another source told two hours ago", undefined, told(SOME, 120), undefined],
  ["an unlimited account was told of two hours ago", undefined, told(UNLIMITED, 120), "unlimited"],
  ["an unlimited account was told of two days ago", undefined, told(UNLIMITED, 2880), undefined],
  ["they were gone", undefined, told(NONE, 5), undefined],
  ["this one tells otherwise", NONE, told(SOME, 5), "none"],
  ["this one tells otherwise of an unlimited account", NONE, told(UNLIMITED, 5), "none"],
  ["codexbar tells of 0", { left: "none or unlimited" }, told(UNLIMITED, 5), "unlimited"],
  [
    "codexbar tells of 0, and some were left",
    { left: "none or unlimited" },
    told(SOME, 5),
    "none or unlimited",
  ],
];
for (const [name, credits, known, left] of CARRIED) {
  Deno.test(`credits: ${name}: ${left}`, () => {
    const reading = withCredits(read(97, {}, { credits, plan: "plus" }), NOW, known);
    assertEquals(reading.credits?.left, left);
    // It stays as old as it was, however often it is taken over.
    const again = withCredits(read(98), minutes(1), { ...reading, plan: "plus" });
    assertEquals(
      again.credits?.toldAt,
      left === "none" || left === "none or unlimited" ? undefined : reading.credits?.toldAt,
    );
    assertEquals(withCredits(read(97, {}, { plan: "pro" }), NOW, known).credits, undefined);
    // Also when a source that tells no plan has taken them over meanwhile.
    const between = withCredits(read(97), NOW, reading);
    const other = withCredits(read(97, {}, { plan: "pro" }), NOW, between);
    assertEquals(other.credits, undefined);
  });
}

Deno.test("credits: those of an account whose windows reset at other times are another's", () => {
  const unlimited = withCredits(read(20, {}, { credits: UNLIMITED }), NOW, undefined);
  const others = read(98, { resetsAt: minutes(290) });
  assertEquals(withCredits(others, NOW, unlimited).credits, undefined);
  assertEquals(withCredits(read(98), NOW, unlimited).credits?.left, "unlimited");
  // Where nothing is used the reset slides.
  const unused = withCredits(read(0, {}, { credits: UNLIMITED }), NOW, undefined);
  assertEquals(withCredits(others, NOW, unused).credits?.left, "unlimited");
  assertEquals(
    withCredits(read(0, { resetsAt: minutes(290) }), NOW, unlimited).credits?.left,
    "unlimited",
  );
  // After its reset the same account has another window.
  const past = withCredits(
    read(20, { resetsAt: minutes(-1) }, { credits: UNLIMITED }),
    minutes(-5),
    undefined,
  );
  assertEquals(withCredits(others, NOW, past).credits?.left, "unlimited");
});

const SOURCES: [boolean, boolean, string | undefined, Credits["left"], string | undefined][] = [
  [true, false, "0", "unlimited", "unlimited"],
  [false, true, undefined, "some", "some left"],
  [false, false, undefined, "none", undefined],
  [false, false, "12.5", "some", "12.5"],
  [false, true, "0", "none", "0"],
  [false, true, "-3", "none", "-3"],
  [false, true, "plenty", "some", "plenty"],
  [false, false, "plenty", "none", "plenty"],
];
for (const [unlimited, has, balance, left, words] of SOURCES) {
  Deno.test(`credits: unlimited ${unlimited}, has ${has}, balance ${balance}: ${left}`, () => {
    const credits = creditsFrom(unlimited, has, balance);
    assertEquals(credits.left, left);
    assertEquals(creditsText(credits), words);
  });
}
