import { assert, assertEquals, assertMatch } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { commandHelp } from "../../lib/cli/help.ts";
import { optionSpec } from "../../lib/cli/options.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";

const WRONG: [string, RegExp][] = [
  ["statsu", /no command "statsu"; did you mean status\?/],
  ["zzzzzzzz", /no command "zzzzzzzz"; see --help/],
  ["--state-dir x status", /the command comes first/],
  ["poll --treshold-percent 5", /no option --treshold-percent; did you mean --threshold-percent\?/],
  ["poll --threshold=5", /did you mean --threshold-percent\?/],
  ["poll --threshold-percent", /takes a number above 0 and up to 100$/],
  ["poll --threshold-percent ten", /not "ten"/],
  ["poll --threshold-percent 0", /above 0/],
  ["poll --threshold-percent 101", /up to 100/],
  ["poll --threshold-percent=-5", /above 0/],
  ["poll --threshold-percent 1e1", /not "1e1"/],
  ["start --interval-seconds 0", /from 1 to 86400/],
  ["poll --reset-buffer-seconds 3601", /from 0 to 3600/],
  ["poll --source ../x", /--source takes a name, not "..\/x"$/],
  ["poll --provider Codex", /--provider takes a name, not "Codex"$/],
  ["guard --on prompt", /--on takes model, request, compact or tool, not "prompt"$/],
  ["poll --state-dir", /--state-dir needs a value/],
  ["status now", /takes options only, not "now"/],
  ["status -x", /no option -x/],
  [
    "config set --threshold-percent 90",
    /no option --threshold-percent; did you mean windows\.fiveHour\.thresholdPercent\?$/,
  ],
  ["config get --max-state-age=5", /did you mean maxStateAgeSeconds\?$/],
  ["config list --jsno", /config has no option --jsno; see --help$/],
  ["stop --hooks-path x", /stop has no option --hooks-path/],
];

for (const [line, message] of WRONG) {
  Deno.test(`command line: ${line}`, () => {
    const parsed = parseCommandLine(COMMANDS, line.split(" "));
    assertEquals(parsed.kind, "error");
    assertMatch(parsed.kind === "error" ? parsed.message : "", message);
  });
}

Deno.test("command line: what was given, and nothing else, has a value", () => {
  const parsed = parseCommandLine(COMMANDS, ["start", "--threshold-percent=90", "--quiet"]);
  assert(parsed.kind === "command");
  assertEquals(parsed.options, { thresholdPercent: 90, quiet: true });
});

Deno.test("command line: behind -- all are words", () => {
  const line = ["resume-of", "--message=- go on", "--", "codex", "--json", "--", "--since=x"];
  const parsed = parseCommandLine(COMMANDS, line);
  assert(parsed.kind === "command");
  assertEquals(parsed.options, { message: "- go on" });
  assertEquals(parsed.words, ["codex", "--json", "--", "--since=x"]);
  assertEquals(parseCommandLine(COMMANDS, ["status", "--", "now"]).kind, "error");
});

Deno.test("command line: a dash is a value behind what takes one, and else a word", () => {
  const optionsOf = (...args: string[]) => {
    const parsed = parseCommandLine(COMMANDS, args);
    return parsed.kind === "command" ? [parsed.options, parsed.words] : parsed;
  };
  assertEquals(optionsOf("doctor", "--bundle", "-"), [{ bundle: "-" }, []]);
  assertEquals(optionsOf("doctor", "--bundle=-"), [{ bundle: "-" }, []]);
  assertEquals(optionsOf("resume-of", "--message", "-", "x"), [{ message: "-" }, ["x"]]);
  assertEquals(parseCommandLine(COMMANDS, ["doctor", "--json", "-"]).kind, "error");
});

for (const { name, options, hidden } of COMMANDS) {
  if (hidden) continue;
  Deno.test(`command line: ${name} --help tells of every option, in lines that fit`, () => {
    const parsed = parseCommandLine(COMMANDS, [name, "--help"]);
    assert(parsed.kind === "help");
    const text = commandHelp(parsed.command!);
    for (const option of options) {
      const { flag, hidden } = optionSpec(option);
      assertEquals(text.includes(`--${flag}`), !hidden);
    }
    for (const line of text.split("\n")) assert(line.length <= 80, line);
    assertEquals(parseCommandLine(COMMANDS, [name, "--version"]).kind, "version");
  });
}
