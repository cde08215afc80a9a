import { assertEquals } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { tryLock } from "../../lib/files/lock.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { Sandbox, until } from "../support/sandbox.ts";

Deno.test("stop: one that was started in the place of the one that was asked is asked too", async () => {
  await using box = new Sandbox();
  Deno.mkdirSync(box.stateDir, { recursive: true, mode: 0o700 });
  const directory = new StateDirectory(box.stateDir);
  const request = directory.file("stop");
  const lock = tryLock(directory.file("daemonLock"))!;
  Deno.writeTextFileSync(directory.file("pid"), "101\n");
  const stopped = box.run(["stop"]);
  await until("it is asked", () => existsSync(request));
  // As a daemon does that begins: the other one has ended between two looks.
  Deno.removeSync(request);
  Deno.writeTextFileSync(directory.file("pid"), "102\n");
  await until("it is asked, too", () => existsSync(request));
  lock[Symbol.dispose]();
  assertEquals((await stopped).stdout, "daemon stopped\n");
  assertEquals(existsSync(request), false);
});
