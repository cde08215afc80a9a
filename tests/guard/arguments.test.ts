import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { optionSpec } from "../../lib/cli/options.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { SHARED_NAMES, sharedArguments } from "../../lib/config/shared.ts";
import { parseGuardArguments } from "../../lib/guard/arguments.ts";

const guardOptions = COMMANDS.find(({ name }) => name === "guard")!.options;

/** A value that the option takes. */
function valueFor(name: string): string {
  return { on: "model", source: "codex" }[name] ?? "7";
}

function optionsOf(args: readonly string[]): Record<string, unknown> {
  return { ...parseGuardArguments(args).options };
}

for (const name of guardOptions) {
  const { flag, key, value } = optionSpec(name);
  Deno.test(`the guard's own parser knows --${flag}, as the command line's does`, () => {
    const word = name === "provider" ? "claude" : valueFor(name);
    const args = value === "switch" ? [`--${flag}`] : [`--${flag}`, word];
    const expected = value === "switch" ? true : value === "number" ? 7 : word;
    assertEquals(optionsOf(args)[key], expected);
    assertEquals(parseGuardArguments(args).wrong, false);
    if (value !== "switch") assertEquals(optionsOf([`--${flag}=${word}`])[key], expected);
  });
}

Deno.test("what a guard was given, it and all that it starts are given again", () => {
  const options = {
    thresholdPercent: 90.5,
    resetBufferSeconds: 0,
    intervalSeconds: 7,
    maxStateAgeSeconds: 8,
    source: "codex",
  };
  assertEquals(Object.keys(options), [...SHARED_NAMES]);
  const args = sharedArguments(options);
  assertEquals(parseGuardArguments(args), { options, wrong: false });
  for (const command of ["poll", "start", "daemon"]) {
    const parsed = parseCommandLine(COMMANDS, [command, ...args]);
    assertEquals(parsed.kind === "command" ? parsed.options : parsed, options, command);
  }
  assertEquals(sharedArguments({}), []);
});

const VALUES = [
  ...["0", "0.5", "1", "95", "95.5", "100", "101", "3600", "3601", "86400", "86401", "604801"],
  ...["-1", "+5", "0x10", "1e1", "Infinity", "-Infinity", "NaN", "95 ", " 95", "9 5", "95%", "1_0"],
  ...["", "ten", "٩٥", "5.", ".5", "--5", "95\n", "model", "codex", "Codex", "../x"],
];
for (const name of guardOptions) {
  const { flag, key, value } = optionSpec(name);
  if (value === "switch" || name === "source") continue;
  Deno.test(`the guard's own parser takes and refuses for --${flag} what the command line's does`, () => {
    for (const word of VALUES) {
      const args = [`--${flag}=${word}`];
      const other = parseCommandLine(COMMANDS, ["guard", ...args]);
      const { options, wrong } = parseGuardArguments(args);
      assertEquals(wrong, other.kind === "error", word);
      const expected = other.kind === "command" ? other.options[key] : undefined;
      assertEquals((options as unknown as Record<string, unknown>)[key], expected, word);
    }
  });
}

for (
  const args of [
    ["--nonsense"],
    ["--state-dir"],
    ["--state-dir="],
    ["--interval-seconds", "soon"],
    ["--interval-seconds=-1"],
    ["--threshold-percent=Infinity"],
    ["--threshold-percent=0x10"],
    ["--threshold-percent=1e1"],
    ["--threshold-percent=95 "],
    ["--interval-seconds", "-1"],
    ["--source=nosuch"],
    ["word"],
    ["--on=prompt"],
    ["--on"],
    ["--constructor", "1"],
    ["--toString"],
    ["toString"],
    ["--threshold-percent=90", "--threshold-percent=900"],
  ]
) {
  Deno.test(`the guard's own parser leaves out ${args.join(" ")}, and takes the rest`, () => {
    const all = [...args, "--start-daemon", "--reset-buffer-seconds=5"];
    const { options, wrong } = parseGuardArguments(all);
    const right = { startDaemon: true };
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    assertEquals(Object.fromEntries(given), { ...right, resetBufferSeconds: 5 });
    assertEquals(wrong, true);
  });
}
