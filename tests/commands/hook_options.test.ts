import { assertEquals } from "@std/assert";
import { optionsOfHooks, stateDirectoriesOf } from "../../lib/commands/hook_options.ts";
import type { HookCall } from "../../lib/harness/harness.ts";

const call = (args: string[], stateDirectory?: string): HookCall => ({
  event: "any",
  called: "/hook",
  program: "/quota-sentry",
  args,
  stateDirectory,
});

const CASES: [string, HookCall[], Record<string, unknown>, string[]][] = [
  ["no hooks", [], {}, []],
  ["none were given", [call(["start", "--quiet"])], {}, []],
  ["the script's state", [call(["start", "--quiet"], "/a")], { stateDir: "/a" }, ["/a"]],
  [
    "those of a session's start, which starts the daemon",
    [
      call(["guard", "--on=tool", "--state-dir=/a b"]),
      call(["start", "--quiet", "--state-dir=/a b", "--threshold-percent=80", "--source=codex"]),
    ],
    { stateDir: "/a b", thresholdPercent: 80, source: "codex" },
    ["/a b"],
  ],
  [
    "of hooks that look at different states",
    [call(["start", "--quiet", "--state-dir=/a"]), call(["guard", "--on=tool"], "/b")],
    { stateDir: "/a" },
    ["/a", "/b"],
  ],
  [
    "what another version may know is left out",
    [call(["start", "--quiet", "--threshold-percent=80", "--new-option=1"])],
    { thresholdPercent: 80 },
    [],
  ],
  [
    "what only other hooks have counts too",
    [call(["guard", "--on=tool", "--source=codex"]), call(["start", "--threshold-percent=80"])],
    { thresholdPercent: 80, source: "codex" },
    [],
  ],
  ["what is wrong is none", [call(["start", "--bogus"]), call(["what"])], {}, []],
];
for (const [name, calls, expected, directories] of CASES) {
  Deno.test(`options of hooks: ${name}`, () => {
    const { stateDir, thresholdPercent, source } = optionsOfHooks(calls);
    const found = { stateDir, thresholdPercent, source };
    const nothing = { stateDir: undefined, thresholdPercent: undefined, source: undefined };
    assertEquals(found, { ...nothing, ...expected });
    assertEquals(stateDirectoriesOf(calls).toSorted(), directories);
  });
}
