import { assertEquals, assertMatch } from "@std/assert";
import { shown } from "../../lib/cli/command.ts";
import { commandPage, pageName, programPage } from "../../lib/cli/man.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { Sandbox } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";

/** All pages by their names; one more says what roff would take for something else. */
const PAGES: Readonly<Record<string, string>> = {
  "quota-sentry": programPage(COMMANDS),
  ...Object.fromEntries(shown(COMMANDS).map((each) => [pageName(each.name), commandPage(each)])),
  "quota-sentry-odd": commandPage({
    name: "odd",
    summary: "a \"word\" of 'these'",
    details: [
      ".not a request \\n, and `quota-sentry odd` is bold…",
      "",
      "'nor here",
      `${"filled ".repeat(11)}.nor on this line`,
    ],
    options: [],
    load: COMMANDS[0]!.load,
  }),
};

/** Runs a program on all pages; gives what it printed. */
async function onPages(box: Sandbox, program: string, args: readonly string[]): Promise<string> {
  const paths = Object.entries(PAGES).map(([name, text]) => {
    const path = `${box.root}/${name}.1`;
    Deno.writeTextFileSync(path, text);
    return path;
  });
  const { stdout, stderr } = await box.startProgram(program, [...args, ...paths]).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("man: prints the page of the program or of a command", async () => {
  await using box = new Sandbox();
  const [program, status, wrong, hidden] = await Promise.all([
    ["man"],
    ["man", "status"],
    ["man", "statsu"],
    ["man", "daemon"],
  ].map((args) => box.run(args)));
  assertEquals([program!.code, program!.stdout], [0, PAGES["quota-sentry"]]);
  assertEquals([status!.code, status!.stdout], [0, PAGES["quota-sentry-status"]]);
  assertEquals([wrong!.code, wrong!.stdout, hidden!.code], [64, "", 64]);
  assertMatch(wrong!.stderr, /did you mean status\?/);
});

const mandoc = findTool("mandoc");
Deno.test({
  name: "man: mandoc finds no fault in any page, and shows what it says",
  ignore: mandoc === undefined,
  fn: async () => {
    await using box = new Sandbox();
    const lint = await onPages(box, mandoc!, ["-Tlint", "-Wwarning"]);
    // A page is as old as its program.
    const faults = lint.split("\n").filter((line) => !/missing date|^$/.test(line));
    assertEquals(faults, []);
    const shown = await onPages(box, mandoc!, ["-Tutf8"]);
    // Bold is struck twice.
    const text = shown.replace(/.[\b]/g, "").replace(/\s+/g, " ");
    assertMatch(text, /quota-sentry-odd - a "word" of 'these'/);
    assertMatch(text, /\.not a request \\n, and quota-sentry odd is bold… 'nor here filled/);
    assertMatch(text, /filled \.nor on this line/);
    assertMatch(text, /--state-dir DIR where the state is \(default: ~\/\.cache\/quota-sentry\)\./);
    assertMatch(text, /quota-sentry config set windows\.fiveHour\.thresholdPercent 90/);
  },
});

const groff = findTool("groff");
Deno.test({
  name: "man: groff has nothing to warn of",
  ignore: groff === undefined,
  fn: async () => {
    await using box = new Sandbox();
    assertEquals(await onPages(box, groff!, ["-man", "-ww", "-Tutf8", "-z"]), "");
  },
});
