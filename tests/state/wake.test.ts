import { assertEquals } from "@std/assert";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { wakeHeld } from "../../lib/state/wake.ts";
import { temporaryDirectory } from "../support/directory.ts";

/** What a pipe holds: as much as Linux lets it. */
const PIPE_BYTES = 65_536;

async function makePipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assertEquals(success, true);
}

async function readSome(pipe: Deno.FsFile): Promise<string> {
  const buffer = new Uint8Array(2 * PIPE_BYTES);
  const length = await pipe.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
}

Deno.test("wake: who listens is told; what is no pipe, or old, or of nobody, is not in the way", async () => {
  await using directory = temporaryDirectory();
  const state = new StateDirectory(directory.path);
  await wakeHeld(state, "open");
  const queue = state.file("queue");
  Deno.mkdirSync(queue);
  const [heard, unheard, old, file] = ["1-1.wake", "2-1.wake", "3-1.wake", "4-1.wake"]
    .map((name) => `${queue}/${name}`) as [string, string, string, string];
  for (const path of [heard, unheard, old, `${queue}/5.place`]) await makePipe(path);
  Deno.writeTextFileSync(file, "");
  const then = new Date(Date.now() - 34 * 86_400_000);
  Deno.utimeSync(old, then, then);
  using pipe = Deno.openSync(heard, { read: true, write: true });
  await wakeHeld(state, "open");
  assertEquals(await readSome(pipe), "open\n");
  await wakeHeld(state, "look");
  assertEquals(await readSome(pipe), "look\n");
  assertEquals(Deno.readTextFileSync(file), "");
  const left = [...Deno.readDirSync(queue)].map(({ name }) => name).sort();
  assertEquals(left, ["1-1.wake", "2-1.wake", "4-1.wake", "5.place"]);
});

Deno.test("wake: who does not take his line hears of all later, and keeps nobody else waiting", async () => {
  await using directory = temporaryDirectory();
  const state = new StateDirectory(directory.path);
  const queue = state.file("queue");
  Deno.mkdirSync(queue);
  await makePipe(`${queue}/1-1.wake`);
  await makePipe(`${queue}/2-1.wake`);
  using full = Deno.openSync(`${queue}/1-1.wake`, { read: true, write: true });
  using other = Deno.openSync(`${queue}/2-1.wake`, { read: true, write: true });
  full.writeSync(new Uint8Array(PIPE_BYTES).fill(120));
  const first = wakeHeld(state, "open");
  assertEquals(await readSome(other), "open\n");
  await wakeHeld(state, "paused");
  assertEquals(await readSome(other), "paused\n");
  let taken = "";
  while (!taken.endsWith("paused\n")) taken += await readSome(full);
  await first;
  assertEquals(taken.slice(PIPE_BYTES), "open\npaused\n");
});

Deno.test("wake: what is said while something is being said is not lost", async () => {
  await using directory = temporaryDirectory();
  const state = new StateDirectory(directory.path);
  const queue = state.file("queue");
  Deno.mkdirSync(queue);
  await makePipe(`${queue}/1-1.wake`);
  using pipe = Deno.openSync(`${queue}/1-1.wake`, { read: true, write: true });
  for (let n = 0; n < 50; n++) {
    const told = [wakeHeld(state, "alive"), wakeHeld(state, "alive"), wakeHeld(state, "open")];
    let taken = "";
    while (!taken.endsWith("open\n")) taken += await readSome(pipe);
    assertEquals(taken, "alive\nopen\n");
    await Promise.all(told);
  }
});
