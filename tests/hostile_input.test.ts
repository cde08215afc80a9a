import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { COMMANDS } from "../lib/commands/commands.ts";
import { parseCommandLine } from "../lib/cli/parse.ts";
import { parseConfig } from "../lib/config/config_file.ts";
import { parseGuardArguments } from "../lib/guard/arguments.ts";
import { verdictOn } from "../lib/guard/verdict.ts";
import { HOOKS_FILE, OUR_PART } from "../lib/harness/codex/hooks/hooks_file.ts";
import { ourHooks } from "../lib/harness/codex/hooks/our_hooks.ts";
import { HooksFileError } from "../lib/harness/hooks/hooks_file.ts";
import { originalOf } from "../lib/harness/hooks/original.ts";
import { isOurs } from "../lib/harness/hooks/ours.ts";
import { shellQuote } from "../lib/text/shell_quote.ts";
import { shellWords } from "../lib/harness/hooks/hook_command.ts";
import { decide } from "../lib/quota/decision.ts";
import { settle } from "../lib/quota/block.ts";
import { DEFAULT_POLICY } from "./support/policy.ts";
import { parseCodexbarUsage } from "../lib/sources/codexbar/parse.ts";
import { parseRateLimits } from "../lib/harness/codex/quota/parse.ts";
import { forUser } from "../lib/text/for_user.ts";
import { parseLine } from "../lib/harness/codex/sessions/parse.ts";
import { parseState } from "../lib/state/state.ts";
import { times } from "./support/soak.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const CONTEXT = { provider: "codex", exitCode: 0 };

/** A value that is right, or anything else. */
const or = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: right }, fc.jsonValue() as fc.Arbitrary<unknown>);

const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom("2026-09-01T12:42:00Z", "2026-09-01T11:00:00Z", "1970-01-01T00:00:00Z"),
);
const codexbarWindow = fc.record({
  usedPercent: or(fc.double({ min: -5, max: 200 })),
  windowMinutes: or(fc.constantFrom(300, 10080, 43200, 0, -1)),
  resetsAt: or(time),
  isSyntheticPlaceholder: or(fc.boolean()),
}, { requiredKeys: [] });
const codexbarRow = fc.record({
  provider: or(fc.constantFrom("codex", "claude", "cli")),
  usage: or(fc.record({
    primary: or(codexbarWindow),
    secondary: or(codexbarWindow),
    tertiary: or(codexbarWindow),
    extraRateWindows: or(fc.array(fc.record({ id: or(fc.string()), window: codexbarWindow }))),
  }, { requiredKeys: [] })),
  error: or(fc.record({ message: or(fc.string()) })),
}, { requiredKeys: [] });

Deno.test("hostile: codexbar's output never crashes us, and blocks only for a credible window", () => {
  const output = fc.oneof(
    fc.array(or(codexbarRow)).map((rows) => JSON.stringify(rows)),
    fc.string(),
    fc.json(),
  );
  fc.assert(
    fc.property(output, (stdout) => {
      const reading = parseCodexbarUsage(stdout, CONTEXT);
      const decision = decide(reading, DEFAULT_POLICY, NOW);
      const settled = settle(undefined, reading, decision, NOW);
      if (settled.decision.status !== "blocked") return;
      assert(decision.status === "blocked" && decision.window);
      assertEquals(decision.window.windowMinutes, 300);
      assert(decision.window.usedPercent >= 95);
      assert(decision.blockedUntil > NOW);
      assert(decision.blockedUntil.getTime() <= NOW.getTime() + (300 + 15 + 1) * 60_000);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("hostile: answers of the app-server and lines of sessions never crash us", () => {
  const window = fc.record({
    usedPercent: or(fc.double({ min: 0, max: 100 })),
    windowDurationMins: or(fc.constantFrom(300, 10080)),
    resetsAt: or(fc.integer()),
  }, { requiredKeys: [] });
  const limits = fc.record({ primary: or(window), secondary: or(window) }, { requiredKeys: [] });
  const answers = fc.record({ rateLimits: or(limits) });
  const sessionWindow = fc.record({
    used_percent: or(fc.double({ min: 0, max: 100 })),
    window_minutes: or(fc.constantFrom(300, 10080, 299, 0)),
    resets_at: or(fc.integer()),
    resets_in_seconds: or(fc.double()),
  }, { requiredKeys: [] });
  const sessionLimits = or(fc.record({
    limit_id: or(fc.constantFrom("codex", "codex_other")),
    primary: or(sessionWindow),
    secondary: or(sessionWindow),
    plan_type: or(fc.string()),
    rate_limit_reached_type: or(fc.string()),
  }, { requiredKeys: [] }));
  fc.assert(
    fc.property(answers, sessionLimits, fc.string(), (answer, sessionLimits, text) => {
      const decision = decide(parseRateLimits(answer), DEFAULT_POLICY, NOW);
      assert(decision.status !== "blocked" || decision.blockedUntil > NOW);
      const timestamp = "2026-09-01T11:59:00Z";
      const payload = { type: "token_count", rate_limits: sessionLimits };
      const reading = parseLine(JSON.stringify({ timestamp, payload }), NOW);
      assert(!reading || reading.windows.every(({ usedPercent }) => usedPercent >= 0));
      parseLine(`${text}"rate_limits""token_count"`, NOW);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("hostile: a state holds only for a credible time, and never without an end", () => {
  const state = fc.record({
    status: or(fc.constantFrom("open", "blocked", "unknown")),
    reason: or(fc.string()),
    updatedAt: or(time),
    blockedUntil: or(time),
    windowMinutes: or(fc.constantFrom(300, 10080)),
    guard: or(fc.record({
      staggerSeconds: or(fc.double()),
      unknownHoldSeconds: or(fc.constantFrom(0, 60)),
      then: or(fc.constantFrom("release", "deny")),
    })),
  }, { requiredKeys: [] });
  const text = fc.oneof(state.map((value) => JSON.stringify(value)), fc.string(), fc.json());
  fc.assert(
    fc.property(text, fc.boolean(), (text, isDaemonAlive) => {
      const parsed = parseState(text);
      const verdict = verdictOn({
        state: parsed,
        now: NOW,
        isDaemonAlive,
        maxStateAgeSeconds: 180,
      });
      if (verdict.kind !== "hold") return;
      assert(verdict.until > NOW);
      const raw = JSON.parse(text);
      if (parsed?.status === "unknown") {
        assertEquals([raw.status, verdict.until.getTime()], ["unknown", NOW.getTime() + 60_000]);
        return;
      }
      assertEquals([raw.status, Date.parse(raw.blockedUntil)], [
        "blocked",
        verdict.until.getTime(),
      ]);
      // A week is the longest window here; a quarter of an hour its longest buffer, and its slack.
      const longest = (raw.windowMinutes === 10080 ? 10080 : 300) + 15 + 15;
      assert(verdict.until.getTime() <= NOW.getTime() + longest * 60_000);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("hostile: what a user reads is one line without control characters or e-mail", () => {
  const nasty = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(nasty, nasty, (a, b) => {
      const text = forUser(`${a}\u001b[31mme@example.com\n${b}`);
      assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text));
      assert(!text.includes("me@example.com"));
      assert(text.length <= 200);
    }),
    { numRuns: 1000 },
  );
});

const HOOKS = ourHooks({
  path: "/opt/quota-sentry",
  startArguments: [],
  guardArguments: [],
  stateOnlyArguments: [],
});
const handler = fc.record({
  type: fc.constant("command"),
  command: fc.oneof(fc.string(), fc.constant("'/old/quota-sentry' guard")),
});
const group = fc.oneof(
  fc.record({ matcher: fc.string(), hooks: fc.array(handler) }, { requiredKeys: ["hooks"] }),
  fc.jsonValue(),
);
const event = fc.oneof(fc.constantFrom("PreToolUse", "SessionStart", "Stop"), fc.string());
const indent = fc.constantFrom<(string | number)[]>(0, 2, 4, "\t");

Deno.test("hostile: hooks.json survives install and uninstall, whatever else is in it", () => {
  fc.assert(
    fc.property(fc.dictionary(event, fc.array(group)), indent, (hooks, space) => {
      const text = JSON.stringify({ hooks }, null, space);
      let installed;
      try {
        installed = HOOKS_FILE.add(text, HOOKS);
      } catch (error) {
        // Refused, with the file untouched, is right for what cannot be changed safely.
        assert(error instanceof HooksFileError);
        return;
      }
      const before = JSON.parse(text).hooks;
      const after = JSON.parse(installed).hooks;
      for (const [name, groups] of Object.entries(before) as [string, unknown[]][]) {
        assertEquals(after[name].slice(0, groups.length), groups);
      }
      const hadOurs = JSON.stringify(before).includes("quota-sentry");
      if (!hadOurs) assertEquals(originalOf(OUR_PART, installed, text), text);
      const left = JSON.parse(HOOKS_FILE.remove(installed)).hooks ?? {};
      assert(HOOKS_FILE.find(JSON.stringify({ hooks: left })).length === 0);
      assert(
        !(Object.values(left) as { hooks?: unknown[] }[][]).flat()
          .some((each) => Array.isArray(each?.hooks) && each.hooks.some(isOurs)),
      );
    }),
    { numRuns: times(300, 3000) },
  );
});

Deno.test("hostile: any text as hooks.json is refused or understood", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      for (const change of [() => HOOKS_FILE.add(text, HOOKS), () => HOOKS_FILE.remove(text)]) {
        try {
          change();
        } catch (error) {
          assert(error instanceof HooksFileError);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("hostile: command lines and settings never crash us", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "guard",
      "poll",
      "config",
      "--state-dir",
      "--threshold-percent",
      "--",
      "=",
      "-",
    ),
    fc.string().map((text) => `--${text}`),
  );
  fc.assert(
    fc.property(fc.array(word), fc.json(), (words, text) => {
      parseCommandLine(COMMANDS, words);
      parseGuardArguments(words);
      parseConfig(text);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("hostile: a path survives the shell's quotes, in our reading and in a real shell", async () => {
  const path = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(
      path,
      (text) => assertEquals(shellWords(`${shellQuote(text)} guard`), [text, "guard"]),
    ),
    { numRuns: 500 },
  );
  for (const text of fc.sample(fc.string().filter((each) => !each.includes("\0")), 20)) {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf %s ${shellQuote(text)}`],
    }).output();
    assertEquals(new TextDecoder().decode(stdout), text);
  }
});
