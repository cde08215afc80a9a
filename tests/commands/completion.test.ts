import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname } from "@std/path";
import { shown } from "../../lib/cli/command.ts";
import { shownOptions } from "../../lib/cli/help.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { SETTINGS } from "../../lib/config/table.ts";
import { readText, Sandbox } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";

const NAMES = shown(COMMANDS).map(({ name }) => name);
const KEYS = Object.keys(SETTINGS);

/** Lines up to the cursor, and what is offered there. */
const LINES: [string, readonly string[]][] = [
  ["", NAMES],
  ["sta", ["start", "status"]],
  ["zz", []],
  ["--v", ["--version"]],
  ["help sim", ["simulate"]],
  ["completion ", ["bash", "fish", "zsh"]],
  ["completion bash ", []],
  ["config ", ["check", "get", "list", "path", "schema", "set", "unset"]],
  ["config get ", KEYS],
  ["config unset windows.weekly.", KEYS.filter((key) => key.startsWith("windows.weekly."))],
  ["config --home /x set pa", ["pace"]],
  ["config --home=/x set pace ", ["false", "true"]],
  ["config set windows.fiveHour.mode ", ["advisory", "hold", "off"]],
  ["status --js", ["--json"]],
  ["pause 1h --unt", ["--until"]],
  ["pause 1h ", []],
  ["poll --source co", ["codex", "codexbar"]],
  ["poll --interval-seconds ", []],
  ["poll --interval-seconds 5 --exit", ["--exit-code"]],
  ["guard --on ", ["compact", "model", "request", "tool"]],
  ["simulate fl", ["flicker"]],
  ["simulate --replay hist", ["history"]],
  ["simulate --set windows.weekly.m", ["windows.weekly.mode="]],
  ["simulate --set pace=true --set resetB", ["resetBufferSeconds="]],
  ["status -- --js", []],
  ["simulation ", []],
];

Deno.test("completion: an option is the same in every command that has it", () => {
  const seen = new Map<string, string>();
  for (const command of shown(COMMANDS)) {
    for (const { flag, value, values = [], placeholder = "" } of shownOptions(command)) {
      const kind = JSON.stringify([value === "switch", values, /FILE|DIR/.exec(placeholder)?.[0]]);
      assertEquals(seen.get(flag) ?? kind, kind, `${command.name} --${flag}`);
      seen.set(flag, kind);
    }
  }
});

Deno.test("completion: other words are refused", async () => {
  await using box = new Sandbox();
  for (const words of [[], ["tcsh"], ["bash", "zsh"]]) {
    const { code, stdout, stderr } = await box.run(["completion", ...words]);
    assertEquals([code, stdout], [64, ""]);
    assertMatch(stderr, /completion takes: bash \| zsh \| fish/);
  }
});

/** Puts a shell's script into a file. */
async function scriptFor(box: Sandbox, shell: string): Promise<string> {
  const { code, stdout, stderr } = await box.run(["completion", shell]);
  assertEquals([code, stderr], [0, ""]);
  const path = `${box.root}/completion.${shell}`;
  Deno.writeTextFileSync(path, stdout);
  return path;
}

/** Runs a program of a shell; gives what it printed. */
async function output(box: Sandbox, shell: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await box.startProgram(shell, args).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals([code, err], [0, ""], out);
  return out!;
}

/** What was printed for each line: behind a line that repeats it, one word a line. */
function offered(text: string): string[][] {
  return text.split("\u0001").slice(1).map((part) => part.split("\n").filter(Boolean).sort());
}

function assertOffered(answers: string[][], lines = LINES): void {
  assertEquals(answers.length, lines.length);
  for (const [index, [line, words]] of lines.entries()) {
    assertEquals(answers[index], words.toSorted(), `quota-sentry ${line}`);
  }
}

/** Words as bash has them: an equals sign is one of its own. */
function bashWords(line: string): string[] {
  return `quota-sentry ${line}`.split(" ").flatMap((word) => word.split(/(=)/))
    .filter((word, index, all) => word !== "" || index === all.length - 1);
}

Deno.test("completion: bash offers commands, options, settings and values", async () => {
  await using box = new Sandbox();
  const path = await scriptFor(box, "bash");
  Deno.mkdirSync(`${box.home}/a directory`);
  Deno.writeTextFileSync(`${box.home}/a file`, "");
  const lines: typeof LINES = [
    ...LINES,
    ["poll --source=code", ["codex", "codexbar"]],
    ["poll --source=", Object.keys(sourcesOf())],
    ["poll --home a", ["a directory"]],
    ["install-hook --hooks-path=a", ["a directory", "a file"]],
  ];
  const calls = lines.map(([line]) => {
    const words = bashWords(line).map((word) => `'${word}'`);
    return `COMP_WORDS=(${words.join(" ")}) COMP_CWORD=${words.length - 1}\n` +
      `COMPREPLY=()\n_quota_sentry\nprintf '\\001'\nprintf '%s\\n' "\${COMPREPLY[@]}"\n`;
  });
  const script = `set -u\nsource '${path}'\n${calls.join("")}`;
  assertOffered(offered(await output(box, "bash", ["-c", script])), lines);
  // Where the user's bash does not break words at an equals sign.
  const whole = "COMP_WORDS=(quota-sentry poll --source=code) COMP_CWORD=2\n_quota_sentry\n" +
    `printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = await output(box, "bash", ["-uc", `source '${path}'\n${whole}`]);
  assertEquals(text, "--source=codexbar\n--source=codex\n");
  const registered = await output(box, "bash", [
    "-uc",
    `source '${path}'\ncomplete -p quota-sentry`,
  ]);
  assertEquals(registered, "complete -F _quota_sentry quota-sentry\n");
});

function sourcesOf(): Record<string, true> {
  const row = SETTINGS.source!;
  assert("words" in row);
  return Object.fromEntries(row.words.map((word) => [word, true]));
}

const shellcheck = findTool("shellcheck");
Deno.test({
  name: "completion: shellcheck has nothing to say of the script for bash",
  ignore: shellcheck === undefined,
  fn: async () => {
    await using box = new Sandbox();
    const path = await scriptFor(box, "bash");
    assertEquals(await output(box, shellcheck!, ["--shell=bash", path]), "");
  },
});

const fish = findTool("fish");
Deno.test({
  name: "completion: fish offers commands, options, settings and values",
  ignore: fish === undefined,
  fn: async () => {
    await using box = new Sandbox();
    const path = await scriptFor(box, "fish");
    const lines: typeof LINES = [...LINES, ["poll --source=c", [
      "--source=codex",
      "--source=codexbar",
    ]]];
    const calls = lines.map(([line]) =>
      `printf '\\x01'; complete -C 'quota-sentry ${line}' | string replace -r '\\t.*' ''\n`
    );
    const script = `source '${path}'\n${calls.join("")}true\n`;
    assertOffered(offered(await output(box, fish!, ["--no-config", "-c", script])), lines);
  },
});

const zsh = findTool("zsh");
const functions = zsh && zshFunctions(zsh);
Deno.test({
  name: "completion: zsh offers commands, options, settings and values",
  ignore: functions === undefined,
  fn: async () => {
    await using box = new Sandbox();
    const path = await scriptFor(box, "zsh");
    const lines: typeof LINES = [...LINES, ["poll --source=code", ["codex", "codexbar"]]];
    const out = `${box.root}/offered`;
    Deno.writeTextFileSync(`${box.root}/inner`, innerZsh(path, out));
    Deno.writeTextFileSync(`${box.root}/outer`, outerZsh(`${box.root}/inner`, lines, zsh!));
    await output(box, zsh!, ["-f", `${box.root}/outer`]);
    assertOffered(offered(readText(out)!), lines);
  },
});

/** Where zsh's own functions and modules are, if it has them. */
function zshFunctions(zsh: string): string | undefined {
  const real = Deno.realPathSync(zsh);
  const root = real.replace(/\/(usr\/)?bin\/zsh5?$/, "");
  const [found] = [root, dirname(root)].filter((each) => {
    try {
      return Deno.statSync(`${each}/usr/share/zsh/functions`).isDirectory;
    } catch {
      return false;
    }
  });
  return found;
}

/** Where its functions and modules are, in zsh's words. */
const zshPaths = `root=${functions}
fpath=($root/usr/share/zsh/functions/Completion/{,Base,Zsh}(/N))
module_path=($root/usr/lib/*/zsh/*(/N))
`;

/** For a zsh with a terminal: what is offered is written down in place of being shown. */
function innerZsh(path: string, out: string): string {
  return `${zshPaths}PS1=ready
autoload -U compinit && compinit -D -u
source '${path}'
compadd() {
  # Asked for by completion functions alone, which go on with the answer.
  [[ " \${(j: :)@[1,(i)(-|--)]} " == *' -'[OAD]' '* ]] && { builtin compadd "$@"; return }
  local -a hits
  builtin compadd -O hits "$@"
  print -rl -- $hits >>'${out}'
  builtin compadd "$@"
}
zstyle ':completion:*' completer _complete
unsetopt automenu listambiguous
offer() {
  printf '\\x01' >>'${out}'
  zle complete-word
  zle kill-buffer
  print done
}
zle -N offer
bindkey '^I' offer
`;
}

function outerZsh(inner: string, lines: typeof LINES, zsh: string): string {
  const asks = lines.map(([line]) => `ask $'quota-sentry ${line}'\n`);
  return `${zshPaths}zmodload zsh/zpty
zpty inner '${zsh} -f -i'
zpty -w inner "source '${inner}'"
zpty -r -m inner text '*ready*'
ask() { zpty -n -w inner "$1"$'\\t'; zpty -r -m inner text '*done*' }
${asks.join("")}zpty -d inner
`;
}
