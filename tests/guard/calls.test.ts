import { assertEquals } from "@std/assert";
import type { GuardOptions } from "../../lib/guard/arguments.ts";
import { readQuota, startDaemon } from "../../lib/guard/calls.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { temporaryDirectory } from "../support/directory.ts";

const DIRECTORY = new StateDirectory("/state");
const ALL: GuardOptions = {
  thresholdPercent: 90,
  resetBufferSeconds: 0,
  intervalSeconds: 5,
  maxStateAgeSeconds: 30,
  source: "codex",
  provider: "claude",
};
const SHARED = [
  "--state-dir=/state",
  "--threshold-percent=90",
  "--reset-buffer-seconds=0",
  "--interval-seconds=5",
  "--max-state-age-seconds=30",
  "--source=codex",
  "--provider=claude",
];

const CASES: [string, GuardOptions, string[]][] = [
  ["nothing was asked for", {}, ["--state-dir=/state"]],
  ["all was", ALL, SHARED],
];
for (const [name, options, shared] of CASES) {
  Deno.test(`calls: what is handed on, where ${name}`, async () => {
    const called: string[][] = [];
    const start = (args: string[]) => {
      called.push(args);
      return Promise.resolve(undefined);
    };
    await readQuota(options, DIRECTORY, 180, start);
    await startDaemon(options, DIRECTORY, start);
    assertEquals(called, [
      ["poll", "--unless-fresher-than=180", ...shared],
      ["start", "--quiet", ...shared],
    ]);
  });
}

Deno.test("calls: a reading is waited for", async () => {
  // `true` in the place of the program.
  const child = new Deno.Command("true").spawn();
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  await readQuota({}, DIRECTORY, 180, () => Promise.resolve(child));
  assertEquals(hasEnded, true);
});

Deno.test({
  name: "calls: what cannot be started is no failure of the guard's",
  // The start of the daemon is not waited for.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using directory = temporaryDirectory();
    // The program that runs the tests knows no such command.
    await readQuota({}, new StateDirectory(directory.path), 180);
    await startDaemon({}, new StateDirectory(directory.path));
    assertEquals([...Deno.readDirSync(directory.path)], []);
  },
});
