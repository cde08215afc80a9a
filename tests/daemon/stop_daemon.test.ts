import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { stopDaemon } from "../../lib/daemon/stop_daemon.ts";
import { tryLock } from "../../lib/files/lock.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { readText, Sandbox, until } from "../support/sandbox.ts";

/** A state directory that is there, and where somebody asks for a daemon's end. */
function stateOf(box: Sandbox): { directory: StateDirectory; request: string } {
  box.makeStateDirectory();
  const directory = new StateDirectory(box.stateDir);
  return { directory, request: directory.file("stop") };
}

Deno.test("stop: one that was started in the place of the one that was asked is asked too", async () => {
  await using box = new Sandbox();
  const { directory, request } = stateOf(box);
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

Deno.test("stop: one that is asked for the end of another is asked again", async () => {
  await using box = new Sandbox();
  const { directory, request } = stateOf(box);
  const lock = tryLock(directory.file("daemonLock"))!;
  Deno.writeTextFileSync(directory.file("pid"), "101\n");
  const stopped = box.run(["stop"]);
  await until("it is asked", () => readText(request) === "");
  // As somebody does who wants another one in the place of one that has ended.
  Deno.writeTextFileSync(request, "100\n");
  await until("it is asked again", () => readText(request) === "");
  lock[Symbol.dispose]();
  assertEquals((await stopped).stdout, "daemon stopped\n");
});

Deno.test("stop: who wants the end of one that is ending asks nobody else for it", async () => {
  await using box = new Sandbox();
  const { directory, request } = stateOf(box);
  const lock = tryLock(directory.file("daemonLock"))!;
  // It has taken its pid away, and holds its lock for a moment yet.
  const stopped = stopDaemon(directory, "this");
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert(!existsSync(request));
  lock[Symbol.dispose]();
  assertEquals(await stopped, "stopped");
});

Deno.test("stop: who goes on with one that does not end asks it no more", async () => {
  await using box = new Sandbox();
  const { directory, request } = stateOf(box);
  // One of another build, which has not written down its pid.
  using _lock = tryLock(directory.file("daemonLock"), "0.0.1+1\n\n\n")!;
  const started = box.run(["start"]);
  await until("it is asked", () => readText(request) === "");
  const { code, stderr } = await started;
  assertEquals(code, 1);
  assertMatch(stderr, /was not replaced: .* does not end; sessions go on with the one that runs/);
  assert(!existsSync(request));
});
