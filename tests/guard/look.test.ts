import { assertEquals } from "@std/assert";
import { look } from "../../lib/guard/look.ts";
import { tryLock } from "../../lib/files/lock.ts";
import { DEFAULT_GUARD_RULES } from "../../lib/state/state.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { stateWith, writeState } from "../support/states.ts";

Deno.test("look: how old a state may be: as asked for, else as it says itself, else the default", async () => {
  await using temporary = temporaryDirectory();
  const directory = new StateDirectory(temporary.path);
  const age = (options = {}) => look(directory, options).maxStateAgeSeconds;
  assertEquals([look(directory, {}).state, age()], [
    undefined,
    DEFAULT_GUARD_RULES.maxStateAgeSeconds,
  ]);
  const guard = { ...DEFAULT_GUARD_RULES, maxStateAgeSeconds: 77 };
  writeState(directory.path, stateWith({ guard }));
  assertEquals([age(), age({ maxStateAgeSeconds: 5 })], [77, 5]);
});

Deno.test("look: a daemon lives while it holds its lock", async () => {
  await using temporary = temporaryDirectory();
  const directory = new StateDirectory(temporary.path);
  assertEquals(look(directory, {}).isDaemonAlive, false);
  {
    using _lock = tryLock(directory.file("daemonLock"));
    assertEquals(look(directory, {}).isDaemonAlive, true);
  }
  assertEquals(look(directory, {}).isDaemonAlive, false);
});
