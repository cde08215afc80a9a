import { assert, assertEquals } from "@std/assert";
import { resolveSettings } from "../lib/config/settings.ts";
import { CLOCK } from "../lib/process/clock.ts";
import { OwnStateDirectory } from "../lib/state/own_state_directory.ts";
import { observe } from "../lib/daemon/observe.ts";
import { codexbar } from "../lib/sources/codexbar/codexbar.ts";
import { processesWith } from "./support/processes.ts";
import { assertComesTo, Sandbox, usage } from "./support/sandbox.ts";
import { SOAK, times } from "./support/soak.ts";

/*
 * Measures this process, and changes its environment: it runs alone, as `scripts/run_tests.ts` says.
 */

/** Polls in one process, as the daemon does them, without the pauses between. */
async function pollMany(box: Sandbox, count: number): Promise<void> {
  const { settings } = resolveSettings({});
  const source = () => codexbar({ id: "codex", codexbarArguments: [], environment: {} });
  const directory = new OwnStateDirectory(box.stateDir);
  const options = { directory, source, settings, nextReadingSeconds: 60, clock: CLOCK };
  for (let n = 0; n < count; n++) assertEquals((await observe(options)).kind, "decided");
}

Deno.test("memory: polls leave the process's memory, files and children as they were", async () => {
  await using box = new Sandbox();
  box.codexbar(`cat "$here/answer.json"; echo noise >&2`, usage({ used: 28 }));
  Deno.mkdirSync(box.stateDir, { recursive: true });
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", `${box.bin}:${path}`);
  const measure = () => ({
    rssMb: Math.round(Deno.memoryUsage().rss / 1e6),
    files: [...Deno.readDirSync("/dev/fd")].length,
  });
  try {
    await pollMany(box, times(50, 500));
    const early = measure();
    await pollMany(box, times(200, 4500));
    const late = measure();
    if (SOAK) console.log(JSON.stringify({ early, late, polls: times(250, 5000) }));
    assertEquals(late.files, early.files);
    assert(late.rssMb < early.rssMb * 1.25 + 20, JSON.stringify({ early, late }));
    await assertComesTo(() => processesWith(box.bin), []);
  } finally {
    Deno.env.set("PATH", path);
  }
});
