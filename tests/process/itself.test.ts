import { assertEquals, assertThrows } from "@std/assert";
import { isFoundAnywhere, spawnItself } from "../../lib/process/itself.ts";
import { SpawnError } from "../../lib/process/spawn.ts";
import { systemOf } from "../../lib/process/system.ts";
import { BINARY } from "../support/sandbox.ts";

const CASES: [string, string, boolean][] = [
  ["linux", "/home/u/.local/bin/quota-sentry", true],
  ["darwin", "/Users/u/.local/bin/quota-sentry", false],
  ["darwin", "/opt/homebrew/bin/quota-sentry", true],
  ["darwin", "/usr/local/bin/quota-sentry", true],
  // By a name on PATH: an app on the desktop has another one.
  ["darwin", "quota-sentry", false],
];
for (const [os, path, expected] of CASES) {
  Deno.test(`itself: ${path} on ${os} is ${expected ? "" : "not "}found with any PATH`, () => {
    assertEquals(isFoundAnywhere(path, systemOf(os)), expected);
  });
}

Deno.test("itself: it is started from the first place where it is, and else said to be missing", async () => {
  const darwin = systemOf("darwin");
  const options = { args: ["version"], stdout: "piped" } as const;
  const child = spawnItself(options, { ...darwin, itself: ["quota-sentry-x", BINARY] });
  assertEquals((await new Response(child.stdout).text()).slice(0, 13), "quota-sentry ");
  await child.status;
  assertThrows(
    () => spawnItself(options, { ...darwin, itself: ["quota-sentry-x", "/nowhere/quota-sentry"] }),
    SpawnError,
    "quota-sentry-x was not found on PATH",
  );
});

Deno.test("itself: a directory to run in that has gone is not told of as a missing program", () => {
  const options = { args: ["version"], cwd: "/nowhere" };
  assertThrows(
    () => spawnItself(options, { ...systemOf("darwin"), itself: [BINARY] }),
    SpawnError,
    "cannot be started: the directory to run in has gone",
  );
});
