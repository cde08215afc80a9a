import { assertEquals, assertMatch } from "@std/assert";
import { resolveSettings } from "../../lib/config/settings.ts";
import { runDaemon } from "../../lib/daemon/daemon.ts";
import { CLOCK } from "../../lib/process/clock.ts";
import { OwnStateDirectory } from "../../lib/state/own_state_directory.ts";
import { temporaryDirectory } from "../support/directory.ts";

Deno.test("daemon: a signal that comes while it begins ends it, too", async () => {
  await using directory = temporaryDirectory();
  const hasRun = await runDaemon({
    directory: new OwnStateDirectory(directory.path),
    load: () => Promise.resolve(resolveSettings({})),
    sourceFor: () => undefined,
    witnessesFor: () => [],
    account: () => undefined,
    isHomeGone: () => false,
    clearForgotten: () => Promise.resolve([]),
    sees: [],
    rules: [],
    // It was heard before anybody could tell of it.
    signal: AbortSignal.abort(),
    clock: CLOCK,
  });
  assertEquals(hasRun, true);
  assertMatch(Deno.readTextFileSync(`${directory.path}/quota-sentry.log`), /ended: by signal\n$/);
  assertEquals(
    [...Deno.readDirSync(directory.path)].filter(({ name }) => /pid|lock/.test(name)),
    [],
  );
});
