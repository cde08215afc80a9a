import { assertEquals, assertMatch } from "@std/assert";
import { checkTrust } from "../../lib/doctor/trust.ts";
import type { Standing } from "../../lib/harness/harness.ts";
import type { SeenHooks } from "../../lib/harness/seen.ts";

const HARNESS = {
  name: "Codex",
  firstVersionWith: (event: string) => event === "PreModelRequest" ? "0.164" : undefined,
};

const report = (version: string | undefined, standings: Record<string, Standing>) => ({
  kind: "read" as const,
  version,
  hooks: Object.entries(standings).map(([event, standing]) => ({
    event,
    words: undefined,
    isAsWritten: true,
    standing,
  })),
  missing: [],
  problem: undefined,
  limit: undefined,
});

const FILE = { path: "/f", inode: 1, size: 1, mtimeMs: 1, ctimeMs: 1 };
const seen = (version: string, standings: Record<string, Standing>): SeenHooks => ({
  harness: "Codex",
  program: FILE,
  hooksFile: FILE,
  trustFile: FILE,
  askedAt: "2026-09-01T10:00:00Z",
  version,
  hooks: Object.entries(standings).map(([event, standing]) => ({ event, standing })),
  problem: null,
});

const TRUSTED = { PreModelRequest: "trusted", PreToolUse: "trusted" } as const;
const UNKNOWN = { PreModelRequest: "unknown", PreToolUse: "unknown" } as const;
const UNLISTED = { PreModelRequest: "unlisted", PreToolUse: "trusted" } as const;
const SKIPS = { PreModelRequest: "untrusted", PreToolUse: "trusted" } as const;

const CASES: [string, ReturnType<typeof report>, SeenHooks[], string, RegExp][] = [
  ["all trusted", report("0.169.0", TRUSTED), [], "ok", /^Codex 0.169.0 has them enabled/],
  [
    "some that an old one does not know",
    report("0.163.0", UNLISTED),
    [],
    "ok",
    /^Codex 0.163.0 has PreToolUse enabled and trusts them; it does not know PreModelRequest$/,
  ],
  [
    "some that it does know, and yet does not list",
    report("0.164.0-alpha.1", UNLISTED),
    [],
    "fail",
    /does not run PreModelRequest, though it knows it$/,
  ],
  ["some are skipped", report("0.169.0", SKIPS), [], "fail", /skips the hook PreModelRequest/],
  [
    "another version of it skips some",
    report("0.163.0", UNLISTED),
    [seen("0.169.0", SKIPS)],
    "fail",
    /^Codex 0.169.0 skips the hook PreModelRequest \(not trusted\)$/,
  ],
  ["it cannot be asked", report(undefined, UNKNOWN), [], "fail", /could not be asked/],
  [
    "it cannot be asked, and trusted all when it was",
    report(undefined, UNKNOWN),
    [seen("0.169.0", TRUSTED)],
    "ok",
    /^Codex 0.169.0 trusted them when it was last asked, 2026-09-01T10:00:00Z$/,
  ],
  [
    "it cannot be asked, and ran none when it was",
    report(undefined, UNKNOWN),
    [{ ...seen("0.169.0", TRUSTED), problem: "hooks are off" }],
    "fail",
    /^hooks are off \(Codex 0.169.0, when it was last asked\)$/,
  ],
  [
    "another version of it ran none",
    report("0.163.0", UNLISTED),
    [{ ...seen("0.169.0", SKIPS), problem: "hooks are off" }],
    "fail",
    /^hooks are off/,
  ],
  [
    "this version ran none, and now does",
    report("0.169.0", TRUSTED),
    [{ ...seen("0.169.0", TRUSTED), problem: "hooks are off" }],
    "ok",
    /^Codex 0.169.0 has them enabled/,
  ],
  [
    "it cannot be asked, and did not trust all when it was",
    report(undefined, UNKNOWN),
    [seen("0.169.0", { PreToolUse: "trusted" })],
    "fail",
    /could not be asked/,
  ],
];
for (const [name, said, earlier, result, text] of CASES) {
  Deno.test(`doctor, trust: ${name}`, () => {
    const check = checkTrust(said, HARNESS, earlier);
    assertEquals(check.result, result);
    assertMatch(check.text, text);
  });
}
