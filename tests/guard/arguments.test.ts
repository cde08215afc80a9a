import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { optionSpec } from "../../lib/cli/options.ts";
import { parseGuardArguments } from "../../lib/guard/arguments.ts";

const guardOptions = COMMANDS.find(({ name }) => name === "guard")!.options;

for (const name of guardOptions) {
  const { flag, key, value } = optionSpec(name);
  Deno.test(`the guard's own parser knows --${flag}, as the command line's does`, () => {
    const word = name === "on" ? "model" : "7";
    const args = value === "switch" ? [`--${flag}`] : [`--${flag}`, word];
    const expected = value === "switch" ? true : value === "number" ? 7 : word;
    const parsed = parseGuardArguments(args) as Record<string, unknown> | undefined;
    assertEquals(parsed?.[key], expected);
    if (value !== "switch") {
      const joined = parseGuardArguments([`--${flag}=${word}`]) as
        | Record<string, unknown>
        | undefined;
      assertEquals(joined?.[key], expected);
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
    ["word"],
    ["--on=prompt"],
    ["--constructor", "1"],
    ["--toString"],
  ]
) {
  Deno.test(`the guard's own parser leaves ${args.join(" ")} to the other`, () => {
    assertEquals(parseGuardArguments(args), undefined);
  });
}
