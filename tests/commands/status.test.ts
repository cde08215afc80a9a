import { assertEquals, assertMatch } from "@std/assert";
import { iso, Sandbox } from "../support/sandbox.ts";

Deno.test("status: before the first reading", async () => {
  await using box = new Sandbox();
  const { code, stdout } = await box.run(["status"]);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^state: none in .*\ndaemon not running; start it with: quota-sentry start\n$/,
  );
});

const CASES: [string, Record<string, unknown>, RegExp][] = [
  [
    "open",
    { status: "open", reason: "28% used", usedPercent: 28, resetsAt: iso(3590) },
    /^state: open: 28% used\nused: 28%\nresets: \S+Z \(in 60 min\)\nread: \S+Z, \d s ago\ndaemon/,
  ],
  [
    "blocked",
    { status: "blocked", reason: "r", usedPercent: 97, windowMinutes: 300, blockedUntil: iso(600) },
    /^state: blocked: r\nused: 97%\nagents wait until: \S+Z\nread: /,
  ],
  [
    "blocked, and over",
    { status: "blocked", reason: "r", blockedUntil: iso(-5) },
    /^state: open: r\nread: /,
  ],
  ["unknown", { status: "unknown", reason: "r" }, /^state: unknown: r\nagents go on: .*\nread: /],
  [
    "stale",
    { status: "open", reason: "r", updatedAt: iso(-500) },
    /, \d+ s ago \(stale: more than 180 s\)\n/,
  ],
  [
    "a reason that would move the cursor",
    { status: "open", reason: "\u001b[2Jx\ny" },
    /^state: open: \[2Jx y\n/,
  ],
];
for (const [name, fields, expected] of CASES) {
  Deno.test(`status: ${name}`, async () => {
    await using box = new Sandbox();
    box.writeState(fields);
    const { code, stdout } = await box.run(["status"]);
    assertEquals(code, 0);
    assertMatch(stdout, expected);
  });
}
