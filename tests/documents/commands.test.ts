import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { wrongWith, wrongWithOption } from "./known.ts";
import { type Block, documents, type Piece, read } from "./markdown.ts";
import { EXITS, NOT_RUN } from "./not_run.ts";
import { commandsIn, linesOf } from "./shell.ts";
import { Stage } from "./stage.ts";

const DOCUMENTS = documents();
const BLOCKS = DOCUMENTS.flatMap(({ blocks }) => blocks);

/** So many blocks run at once. */
const AT_ONCE = 4;

/** How the text of a block becomes a script, by its kind; null for one that has no commands. */
const KINDS: Readonly<Record<string, ((block: Block) => Script) | null>> = {
  sh: ({ text }) => ({ shell: "sh", script: text }),
  // What a prompt has in it is run when it is shown.
  bash: ({ text }) => ({ shell: "bash", script: `${text}\n: "\${PS1@P}"` }),
  // `compinit` alone takes seconds; tests/commands/completion.test.ts has it.
  zsh: ({ text }) => ({
    shell: "zsh",
    script: `compdef() { : }\n${text}\nprint -P "$RPROMPT" >/dev/null`,
  }),
  fish: ({ text }) => ({ shell: "fish", script: text }),
  tmux: ({ text }) => ({ shell: "sh", script: within(text, /#\(([^)]+)\)/g) }),
  toml: ({ text }) => ({ shell: "sh", script: within(text, /^command = "(.*)"$/gm) }),
  // What somebody has typed and what was printed then: shown.test.ts.
  console: ({ text }) => ({ shell: "none", script: within(text, /^\$ ((?:.*\\\n)*.*)$/gm) }),
  text: null,
  // What somebody is to put into a file.
  markdown: null,
  json: null,
};

/** What a shell is to do; `none` only looks at it. */
interface Script {
  readonly shell: string;
  readonly script: string;
}

function within(text: string, pattern: RegExp): string {
  return [...text.matchAll(pattern)].map(([, command]) => command).join("\n");
}

function scriptOf(block: Block): Script | undefined {
  const kind = KINDS[block.kind];
  if (kind === undefined) {
    throw new Error(`${at(block)}: a block of an unknown kind "${block.kind}"`);
  }
  return kind?.(block);
}

function at({ path, line }: Piece): string {
  return `${path}:${line}`;
}

function whyNotRun(line: string): string | undefined {
  return NOT_RUN.find(([start]) => line === start || line.startsWith(`${start} `))?.[1];
}

function isScript(program: string): boolean {
  return /^(\.\/)?scripts\//.test(program);
}

/** What is wrong with the commands of a block, without running it. */
function faultsIn(block: Block): string[] {
  const script = scriptOf(block)?.script ?? "";
  return commandsIn(script).flatMap((words) => wrongWith(words) ?? [])
    .map((wrong) => `${at(block)}: ${wrong}`);
}

/** What is wrong with the code in a document's sentences. */
function faultsInSpan(span: Piece): string[] {
  const { text } = span;
  const isCall = /^(quota-sentry(-run)? |(\.\/)?scripts\/\w)/.test(text);
  const [first] = text.split(" ");
  const isCommand = text !== first && COMMANDS.some(({ name }) => name === first);
  const wrong = isCall
    ? commandsIn(text).map(wrongWith)
    : isCommand
    ? [wrongWith(["quota-sentry", ...commandsIn(text)[0]!])]
    : /^--[a-z]/.test(text)
    ? [wrongWithOption(text)]
    : [];
  return wrong.filter((each) => each !== undefined).map((each) => `${at(span)}: ${text}: ${each}`);
}

Deno.test("documents: every command in them is one that there is, with options that it has", () => {
  assert(BLOCKS.length > 20, "the documents have blocks");
  const spans = DOCUMENTS.flatMap((document) => document.spans);
  assertEquals([...BLOCKS.flatMap(faultsIn), ...spans.flatMap(faultsInSpan)], []);
});

for (
  const [text, wrong] of [
    ["```sh\nquota-sentry status --jsno\n```\n", /:1: status has no option --jsno/],
    ["```sh\nA=1 quota-sentry statsu && make\n```\n", /:1: there is no command "statsu"/],
    ['```sh\nx="$(quota-sentry wait --need lots)"\n```\n', /:1: --need takes/],
    ["```sh\n./scripts/test --soka\n```\n", /:1: there is no option --soka/],
    ["```sh\n./scripts/test tests/gaurd\n```\n", /:1: there is no tests\/gaurd/],
    ["```sh\n./scripts/deno task bench --check-raedme\n```\n", /:1: there is no option --check-r/],
    ["```sh\n./scripts/deno task bunch\n```\n", /:1: there is no task bunch/],
    ["```sh\nquota-sentry-run --retires 2 -- codex exec x\n```\n", /:1: there is no option --ret/],
    ["```sh\nquota-sentry config set windows.fivehour.mode hold\n```\n", /:1: there is no setting/],
    [
      "```tmux\nset -g status-right '#(quota-sentry promt)'\n```\n",
      /:1: there is no command "promt/,
    ],
    ['```toml\ncommand = "quota-sentry prompt --jsno"\n```\n', /:1: prompt has no option/],
    [
      "```console\n$ quota-sentry hisotry \\\n    --last 24h\n```\n",
      /:1: there is no command "hiso/,
    ],
    ["A\n`quota-sentry pause --untill TIME`.\n", /:2: .*: there is no option --untill/],
    ["`doctor --coverge`\n", /:1: .*: doctor has no option --coverge/],
    ["`config set notIntoNewYear true`\n", /:1: .*: there is no setting notIntoNewYear/],
    ["`--no-such-thing N`\n", /:1: .*: there is no option --no-such-thing/],
    ["```perl\nprint\n```\n", /:1: a block of an unknown kind "perl"/],
    ["```\nwhat is printed\n```\n", /:1: a block of an unknown kind ""/],
  ] as const
) {
  Deno.test(`documents: a mistake in one is found: ${text.replaceAll(/\n/g, " ")}`, () => {
    const { blocks, spans } = read("x.md", text);
    let faults: string[] = [];
    try {
      faults = [...blocks.flatMap(faultsIn), ...spans.flatMap(faultsInSpan)];
    } catch (error) {
      faults = [String(error)];
    }
    assertEquals(faults.length, 1, faults.join("\n"));
    assert(wrong.test(faults[0]!), faults[0]);
  });
}

Deno.test("documents: every block of commands runs, on a machine that has nothing yet", async () => {
  const faults: string[] = [];
  const blocks = BLOCKS.filter((block) => faultsIn(block).length === 0).values();
  const work = async () => {
    for (const block of blocks) {
      const script = scriptOf(block);
      if (script !== undefined && script.shell !== "none") {
        faults.push(...await faultsOf(block, script));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  assertEquals(faults, []);
});

/** Runs what a block says, but for what cannot be. */
async function faultsOf(block: Block, { shell, script }: Script): Promise<string[]> {
  const lines = linesOf(script).filter((line) => whyNotRun(line) === undefined);
  if (lines.length === 0) return [];
  // They are there to change the repository, or take their time.
  const ours = commandsIn(lines.join("\n")).find(([program]) => isScript(program!));
  if (ours !== undefined) return [`${at(block)}: say in not_run.ts why ${ours[0]} is not run`];
  const callsCodex = commandsIn(script).some((words) => words.includes("codex"));
  await using stage = new Stage(callsCodex);
  const expected = lines.map((line) => {
    const code = EXITS.find(([each]) => line === each)?.[1];
    return code === undefined ? line : `code=0; ${line} || code=$?; [ $code = ${code} ]`;
  });
  const ended = await stage.play(shell, expected.join("\n"));
  return ended === undefined || ended.code === 0
    ? []
    : [`${at(block)}: it exits with ${ended.code}\n${ended.stdout}${ended.stderr}`];
}

Deno.test("documents: what is not run is in one of them", () => {
  const lines = BLOCKS.flatMap((block) => linesOf(scriptOf(block)?.script ?? ""));
  const unused = [...NOT_RUN, ...EXITS].filter(([start]) =>
    !lines.some((line) => line === start || line.startsWith(`${start} `))
  );
  assertEquals(unused.map(([start]) => start), []);
});

Deno.test("documents: JSON that they show is JSON", () => {
  const blocks = BLOCKS.filter(({ kind }) => kind === "json");
  assert(blocks.length > 0);
  for (const { text } of blocks) JSON.parse(text);
});
