import { assertEquals } from "@std/assert";
import { type Check, fail, ok, warn } from "../../lib/doctor/check.ts";
import { hasChanged, type HomeSetup, isGuarded, missingIn } from "../../lib/setup/home_setup.ts";

const ALL_WELL: HomeSetup = {
  harness: {
    id: "codex",
    name: "Codex",
    program: "codex",
    asksTrust: true,
    quotaPrograms: ["codex"],
    login: () => "codex login",
  },
  home: "/home/ann/.codex",
  hasProgram: true,
  hooks: { kind: "done", lines: [], hasChanged: false },
  daemon: { kind: "already-running", pid: 1 },
  checks: [ok("reading", ""), warn("log", "", "")],
  coverage: [{ request: "a prompt", result: "held", by: [], text: "", todo: "" }],
  quota: "known",
  signedIn: "with-quota",
};

/** One that runs hooks without a word, and whose quota its sessions tell. */
const OTHER = {
  harness: {
    id: "other",
    name: "Other",
    program: "other",
    asksTrust: false,
    quotaPrograms: [],
    login: () => "other login",
  },
};

const failing = (...names: string[]): Check[] => names.map((name) => fail(name, "is amiss", "do"));

/** What is missing, by what it says first. */
const CASES: [string, Partial<HomeSetup>, boolean, readonly string[]][] = [
  ["nothing", {}, true, []],
  [
    "hooks that were not installed come alone",
    {
      hooks: { kind: "failed", message: "hooks.json is broken" },
      daemon: undefined,
      checks: [],
    },
    true,
    ["hooks.json is broken → mend that"],
  ],
  ["without codex, trust follows from it", { checks: failing("trust"), hasProgram: false }, true, [
    "codex was not found on PATH",
  ]],
  [
    "without any tool, so does the reading",
    {
      checks: failing("trust", "reading", "state"),
      hasProgram: false,
    },
    false,
    ["codex was not found on PATH"],
  ],
  [
    "without codex, what codexbar says counts",
    { checks: failing("reading"), hasProgram: false },
    true,
    ["codex was not found on PATH", "reading: is amiss"],
  ],
  ["nobody is signed in", { checks: failing("reading", "state"), signedIn: "nobody" }, true, [
    "nobody is signed in",
  ]],
  ["signed in, what the source says counts", { checks: failing("reading", "state") }, true, [
    "reading: is amiss",
  ]],
  [
    "a daemon that does not start",
    {
      daemon: { kind: "failed", reason: "it is stuck" },
      checks: failing("daemon", "state"),
    },
    true,
    ["the daemon did not start: it is stuck"],
  ],
  [
    "a daemon that was not replaced",
    { daemon: { kind: "failed", reason: "it does not end", isAnotherThere: true } },
    true,
    ["the daemon was not replaced: it does not end"],
  ],
  [
    "a hole, where all else is well",
    {
      coverage: [{ request: "a prompt", result: "hole", by: [], text: "let go", todo: "do" }],
    },
    true,
    ["not held: a prompt: let go"],
  ],
  [
    "a hole is what follows of the rest",
    {
      checks: failing("trust"),
      coverage: [{ request: "a prompt", result: "hole", by: [], text: "let go", todo: "do" }],
    },
    true,
    ["trust: is amiss"],
  ],
  ["one that needs no trust does without its program", { ...OTHER, hasProgram: false }, false, []],
  [
    "nor does it need it to be asked who is signed in",
    { ...OTHER, hasProgram: false, checks: failing("reading", "state"), signedIn: "nobody" },
    false,
    ["nobody is signed in to Other, so its quota is not known → run: other login, then"],
  ],
];

for (const [name, changed, hasCodexbar, expected] of CASES) {
  Deno.test(`setup, what is missing: ${name}`, () => {
    const missing = missingIn({ ...ALL_WELL, ...changed }, hasCodexbar);
    const lines = missing.map(({ text, todo }) => `${text} → ${todo}`);
    assertEquals(lines.map((line, index) => line.startsWith(expected[index] ?? "?")), [
      ...expected.map(() => true),
    ], lines.join("\n"));
    for (const { todo } of missing) assertEquals(todo === "", false);
  });
}

Deno.test("setup: what has changed, and what is guarded", () => {
  assertEquals([hasChanged(ALL_WELL), isGuarded(ALL_WELL)], [false, true]);
  assertEquals(hasChanged({ ...ALL_WELL, daemon: { kind: "started", pid: 2 } }), true);
  const hooks = { kind: "done", lines: [], hasChanged: true } as const;
  assertEquals(hasChanged({ ...ALL_WELL, hooks }), true);
  assertEquals(isGuarded({ ...ALL_WELL, checks: failing("trust") }), false);
  assertEquals(isGuarded({ ...ALL_WELL, daemon: undefined }), false);
  const daemon = { kind: "failed", reason: "it is stuck" } as const;
  assertEquals(isGuarded({ ...ALL_WELL, daemon }), false);
  assertEquals(isGuarded({ ...ALL_WELL, daemon: { ...daemon, isAnotherThere: true } }), true);
  assertEquals(isGuarded({ ...ALL_WELL, quota: "none" }), false);
});
