import { assertEquals, assertMatch } from "@std/assert";
import { beginHold } from "../../../lib/guard/hold/hold.ts";
import { beginHolding, goOnHolding } from "../../../lib/guard/hold/holding.ts";
import { formatHold } from "../../../lib/guard/hold/token.ts";
import { endOf, note, notify } from "../../../lib/guard/hold/told.ts";
import { DEFAULT_GUARD_RULES } from "../../../lib/state/state.ts";
import { StateDirectory } from "../../../lib/state/state_directory.ts";
import { temporaryDirectory } from "../../support/directory.ts";
import { look } from "../../../lib/guard/look.ts";
import { blockedFor, inSeconds, writeState } from "../../support/states.ts";

/* A process that runs tests cannot start the program: what it would write elsewhere is lost here. */

const RULES = { ...DEFAULT_GUARD_RULES, staggerSeconds: 2 };

/** Who is held in a directory by this process; its caller has ended, so that it does not wait. */
const holderIn = (path: string, options = {}) => ({
  options: { stateOnly: true, noNotify: true, ...options },
  directory: new StateDirectory(path),
  parent: -1,
});

Deno.test("told: the end of a hold, by what ends it and what the user wants then", async () => {
  await using directory = temporaryDirectory();
  const holder = holderIn(`${directory.path}/missing`);
  const of = (kind: "release" | "bound", then: "release" | "deny") => {
    const state = blockedFor(600, { guard: { ...RULES, then } });
    return endOf(
      beginHold(inSeconds(-61), inSeconds(600), state),
      { kind, reason: "why" },
      holder,
    );
  };
  for (const [kind, then] of [["release", "deny"], ["bound", "release"]] as const) {
    const { text, denial } = of(kind, then);
    assertMatch(text, /^held for 6\d\.\d s, let go: why$/);
    assertEquals(denial, undefined);
  }
  const { text, denial } = of("bound", "deny");
  assertMatch(text, /^held for 6\d\.\d s, denied: why$/);
  assertEquals(denial, "Quota Sentry: why.");
});

Deno.test("told: a log that leads elsewhere is not written, nor what it leads to", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/other`, "");
  Deno.symlinkSync(`${path}/other`, `${path}/quota-sentry.log`);
  await note(holderIn(path), "line");
  assertEquals(Deno.readTextFileSync(`${path}/other`), "");
});

Deno.test("told: a line that cannot be written costs the agent nothing", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  await note(holderIn(path, { hold: "new" }), "line");
  await notify(inSeconds(600), () => `${path}/notice`);
  await notify(inSeconds(600), () => `${path}/missing/notice`);
  await notify(inSeconds(600), () => undefined);
  assertEquals([...Deno.readDirSync(path)], []);
});

Deno.test("holding: who calls the program by itself waits in it, from the start and handed over", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  writeState(path, blockedFor(600));
  const holder = holderIn(path, { noNotify: false });
  const evidence = look(holder.directory, holder.options);
  const verdict = { kind: "hold", until: inSeconds(600), reason: "spent" } as const;
  const begun = await beginHolding(verdict, evidence, holder);
  assertMatch(begun.text, /^held for \d+\.\d s, let go: the caller has ended$/);
  const hold = beginHold(inSeconds(-61), inSeconds(600), undefined);
  const on = await goOnHolding(formatHold(hold), holder);
  assertMatch(on!.text, /^held for 6\d\.\d s, let go: the caller has ended$/);
});

Deno.test("holding: where the script waits it is told how, and takes its token back", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  writeState(path, blockedFor(600, { guard: RULES }));
  const holder = holderIn(path, { hold: "new" });
  const evidence = look(holder.directory, holder.options);
  const verdict = { kind: "hold", until: inSeconds(600), reason: "spent" } as const;
  const begun = await beginHolding(verdict, evidence, holder);
  const ANSWER = /^alone look 9 \d+\.\d{3} 2000 0 \d+ [\d:TZ-]+ (\S+) spent$/;
  assertMatch(begun.answer!, ANSWER);
  const [, token] = ANSWER.exec(begun.answer!)!;
  const on = await goOnHolding(token!, holder);
  assertMatch(on!.answer!, /^alone look \d /);
  assertEquals(await goOnHolding("0,of,another,version", holder), undefined);
});
