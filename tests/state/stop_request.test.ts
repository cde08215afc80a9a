import { assertEquals } from "@std/assert";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { stopRequested } from "../../lib/state/stop_request.ts";
import { temporaryDirectory } from "../support/directory.ts";

Deno.test("stop request: one that is there already, or a wait that is over, is not waited for", async () => {
  await using directory = temporaryDirectory();
  const state = new StateDirectory(directory.path);
  await stopRequested(state, AbortSignal.abort());
  Deno.writeTextFileSync(state.file("stop"), "");
  await stopRequested(state, new AbortController().signal);
});

Deno.test("stop request: it is seen among other files, when it comes", async () => {
  await using directory = temporaryDirectory();
  const state = new StateDirectory(directory.path);
  let isOver = false;
  const asked = stopRequested(state, new AbortController().signal).then(() => isOver = true);
  Deno.writeTextFileSync(state.file("state"), "");
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(isOver, false);
  Deno.writeTextFileSync(state.file("stop"), "");
  await asked;
});

Deno.test("stop request: one that names another process is not for this one", async () => {
  await using directory = temporaryDirectory();
  const state = new StateDirectory(directory.path);
  let isOver = false;
  Deno.writeTextFileSync(state.file("stop"), `${Deno.pid + 1}\n`);
  const asked = stopRequested(state, new AbortController().signal).then(() => isOver = true);
  // Also where it comes while somebody waits.
  for (const other of [2, 3]) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    assertEquals(isOver, false);
    Deno.writeTextFileSync(state.file("stop"), `${Deno.pid + other}\n`);
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(isOver, false);
  Deno.writeTextFileSync(state.file("stop"), `${Deno.pid}\n`);
  await asked;
});

Deno.test("stop request: the wait ends by its signal, also where nothing can be watched", async () => {
  await using directory = temporaryDirectory();
  for (const path of [directory.path, `${directory.path}/missing`]) {
    const over = new AbortController();
    const asked = stopRequested(new StateDirectory(path), over.signal);
    over.abort();
    await asked;
  }
});
