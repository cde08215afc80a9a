import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ago, historyOf, sixHours, writeHistory } from "../support/history.ts";
import { inputOf } from "../support/held.ts";
import { BINARY, CODEXBAR, kill, readText, Sandbox, until, usage } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";

/** The lines that a child prints, as they come. */
function linesOf(child: Deno.ChildProcess): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  let rest = "";
  void (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      lines.push(...parts.map((line) => JSON.parse(line)));
    }
  })();
  return lines;
}

Deno.test("events: each has its version, time, kind and home, in the order of time", async () => {
  await using box = new Sandbox();
  writeHistory(box, sixHours());
  const { stdout } = await box.run(["events"]);
  const all = stdout.trim().split("\n").map((line) => JSON.parse(line));
  for (const { schemaVersion, at, home } of all) {
    assertEquals([schemaVersion, home], [1, box.codexHome]);
    assertMatch(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  }
  assertEquals(all.map(({ at }) => at), all.map(({ at }) => at).toSorted());
  assertEquals(all.filter(({ event }) => event !== "reading").map(({ event }) => event), [
    "threshold",
    "block",
    "hold",
    "reset",
    "open",
    "release",
  ]);
  const since = await box.run(["events", "--since=59m30s"]);
  assertEquals(since.stdout.includes('"event":"reset"'), false);
  assertEquals(since.stdout.includes('"event":"open"'), true);
  const wrong = await box.run(["events", "--since=soon"]);
  assertEquals(wrong.code, 64);
});

Deno.test("events: --follow tells what the daemon comes to know, once, from before there is a history", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 20 }));
  box.configure({ intervalSeconds: 1 });
  const child = box.spawn(["events", "--follow"]);
  const lines = linesOf(child);
  let said = "";
  const saying = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) said += text;
  })();
  // It begins before there is a daemon.
  await until("it says so", () => said !== "");
  await box.run(["start"]);
  await until("a reading is told", () => lines.some(({ event }) => event === "reading"));
  box.answer(usage({ used: 97 }));
  await until("the block is told", () => lines.some(({ event }) => event === "block"));
  const session = "019c2f7e-0000-7000-8000-000000000001";
  const held = box.run(["guard", "--state-only"], { stdin: inputOf(session) });
  await until("the hold is told", () => lines.some(({ event }) => event === "hold"));
  await box.run(["pause", "1h"]);
  await until("the pause is told", () => lines.some(({ event }) => event === "pause"));
  await held;
  await until("the release is told", () => lines.some(({ event }) => event === "release"));
  for (const { event, session: named } of lines) {
    if (event === "hold" || event === "release") assertEquals(named, session);
  }
  assertEquals(lines.filter(({ event }) => event === "threshold").length, 1);
  assertEquals(lines.filter(({ event }) => event === "block").length, 1);
  kill(child.pid);
  await saying;
  assertMatch(said, /^quota-sentry: no daemon runs, .*\n$/);
  await child.status;
});

for (const [shell, args] of [["sh", []], ["bash", ["--posix"]], ["busybox", ["sh"]]] as const) {
  Deno.test({
    name: `notify: runs the user's command for what was chosen, in ${shell}`,
    ignore: findTool(shell) === undefined,
    fn: async () => {
      await using box = new Sandbox();
      using db = historyOf(box);
      box.executable("quota-sentry", `#!/bin/sh\nexec '${BINARY}' "$@"\n`);
      box.executable(
        "notify-send",
        `#!/bin/sh\nprintf '%s|' "$QUOTA_SENTRY_EVENT" "$@" >> '${box.root}/told'\n` +
          `echo >> '${box.root}/told'\nexit 3\n`,
      );
      const script = fromFileUrl(new URL("../../scripts/notify", import.meta.url));
      const child = box.startProgram(findTool(shell)!, [
        ...args,
        script,
        "-e",
        "reset,block",
        "--",
        "notify-send",
        "Quota; $(Sentry)",
      ]);
      const told = () => readText(`${box.root}/told`) ?? "";
      const add = (kind: "block" | "reset" | "pause", fields: Record<string, string | number>) => {
        db.addEvent({ at: ago(0), kind, about: "", fields });
        Deno.writeTextFileSync(`${box.stateDir}/quota-sentry.history`, "");
      };
      // It has begun to follow when it tells the first.
      await until("it follows", () => {
        add("reset", { window: "fiveHour", unusedPercent: 4 });
        return told() !== "";
      });
      add("pause", { until: "2027-01-01T00:00:00Z" });
      add("block", { reason: 'a "quoted", $(reason)', until: "2027-01-02T00:00:00Z" });
      await until("the block is told", () => told().includes("block"));
      const lines = told().trim().split("\n");
      assertEquals(
        lines[0],
        "reset|Quota; $(Sentry)|The 5-hour window has reset; 4% was left unused.|",
      );
      assertEquals(
        lines.at(-1),
        "block|Quota; $(Sentry)|The quota is spent; agents wait until " +
          `${localWords(new Date("2027-01-02T00:00:00Z"))}.|`,
      );
      assertEquals(lines.some((line) => line.startsWith("pause")), false);
      for (const { pid } of box.processes()) kill(pid);
      await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    },
  });
}

/** As `date "+%a %H:%M"` says it. */
function localWords(date: Date): string {
  const day = date.toLocaleDateString("en-US", { weekday: "short" });
  const two = (number: number) => String(number).padStart(2, "0");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

Deno.test({
  name: "notify: shellcheck has nothing to say",
  ignore: findTool("shellcheck") === undefined,
  fn: async () => {
    const script = fromFileUrl(new URL("../../scripts/notify", import.meta.url));
    const { stdout } = await new Deno.Command(findTool("shellcheck")!, { args: [script] }).output();
    assertEquals(new TextDecoder().decode(stdout), "");
  },
});
