import { VERSION } from "../process/version.ts";
import { wrapped } from "../text/wrapped.ts";
import { type Command, paragraphsOf, sentenceOf, shown } from "./command.ts";
import { ABOUT, EXIT_CODES, shownOptions, synopsis, synopsisOf, VARIABLES } from "./help.ts";

/** The page of the whole program, for man(1), in roff. */
export function programPage(commands: readonly Command[]): string {
  return page("quota-sentry", ABOUT, [
    section("synopsis", [line("quota-sentry COMMAND", "[OPTIONS]")]),
    section("description", [
      text(`Quota Sentry ${ABOUT}. Options come after the command.`),
    ]),
    section(
      "commands",
      shown(commands).map(({ name, summary }) =>
        `.TP\n.BR ${roff(pageName(name))} (1)\n${text(`${summary}.`)}`
      ),
    ),
    section("environment", VARIABLES.map(([name, does]) => entry(name, does))),
    section("exit status", EXIT_CODES.map(([code, is]) => entry(code, is))),
  ]);
}

/** The page of one command. */
export function commandPage(command: Command): string {
  const { name, summary, examples = [] } = command;
  const options = shownOptions(command);
  return page(pageName(name), summary, [
    section("synopsis", [line("quota-sentry", synopsisOf(command))]),
    section("description", [sentenceOf(command), ...paragraphsOf(command)].map(text)),
    ...(options.length === 0 ? [] : [
      section("options", options.map((spec) => entry(synopsis(spec), `${spec.help}.`))),
    ]),
    ...(examples.length === 0 ? [] : [
      section("examples", examples.map(([typed, does]) => entry(typed, `${does}.`))),
    ]),
    section("see also", [".BR quota\\-sentry (1)"]),
  ]);
}

/** The name of a command's page. */
export function pageName(command: string): string {
  return `quota-sentry-${command}`;
}

function page(name: string, about: string, sections: readonly string[]): string {
  return [
    `.TH "${roff(name.toUpperCase())}" 1 "" "Quota Sentry ${VERSION}"`,
    section("name", [`${roff(name)} \\- ${roff(about)}`]),
    ...sections,
  ].join("\n") + "\n";
}

/** Blocks of roff under a heading. */
function section(heading: string, blocks: readonly string[]): string {
  const isTagged = blocks[0]?.startsWith(".TP");
  return `.SH ${heading.toUpperCase()}\n${blocks.join(isTagged ? "\n" : "\n.PP\n")}`;
}

/** What is typed as it stands, and what follows it. */
function line(typed: string, rest: string): string {
  return `.B ${roff(typed)}\n${text(rest)}`;
}

function entry(term: string, meaning: string): string {
  return `.TP\n.B ${roff(term)}\n${text(meaning)}`;
}

/** Text in lines; what stands between backticks is bold. */
function text(plain: string): string {
  const set = roff(plain).replace(/\\\(ga(.+?)\\\(ga/g, "\\fB$1\\fR");
  // A line that begins like a request is none.
  return wrapped(set, 78).map((line) => /^[.']/.test(line) ? `\\&${line}` : line).join("\n");
}

/** Characters that mean something to roff, or that it would set as others. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "~": "\\(ti",
  "^": "\\(ha",
};

function roff(plain: string): string {
  return plain.replace(/[\\\-'"`~^]|[^\x20-\x7e]/g, (character) =>
    ESCAPES[character] ??
      `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`);
}
