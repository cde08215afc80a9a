/** What a command is, that somebody wrote to run Codex unattended. */
export type ExecCommand =
  /** No `codex exec`. */
  | { readonly kind: "other" }
  | {
    readonly kind: "exec";
    /** The words that go on with a session of it, but for the session and the message. */
    readonly resume: readonly string[];
    /** The directory that it names for its work, as it is written; undefined where it names none. */
    readonly directory: string | undefined;
  }
  /** It may be one, but nobody can go on with its session by these words. */
  | { readonly kind: "unsure"; readonly why: string };

/**
 * What is done with an option. `images` take all words up to the next option, and belong to the prompt,
 * as `image` does, which takes one; `dropped` is a switch that names a session.
 */
type Does = "value" | "switch" | "images" | "image" | "dropped" | { readonly unsure: string };

type Options = Readonly<Record<string, Does>>;

const EPHEMERAL = { unsure: "with --ephemeral Codex keeps no session to go on with" };
const WORKTREE = { unsure: "--worktree gives each run a directory of its own" };

/** Known to `codex`, `codex exec` and `codex exec resume` alike (0.163 and 0.169, their --help). */
const EVERYWHERE: Options = {
  "-c": "value",
  "--config": "value",
  "--enable": "value",
  "--disable": "value",
  "--strict-config": "switch",
  "-m": "value",
  "--model": "value",
  "--dangerously-bypass-approvals-and-sandbox": "switch",
  "--yolo": "switch",
  "--dangerously-bypass-hook-trust": "switch",
  "--worktree": WORKTREE,
};

/** Known to `codex` and `codex exec`. */
const BOTH: Options = {
  ...EVERYWHERE,
  "-i": "images",
  "--image": "images",
  "--oss": "switch",
  "--local-provider": "value",
  "-p": "value",
  "--profile": "value",
  "-s": "value",
  "--sandbox": "value",
  "--approve-for-me": "switch",
  "--full-auto": "switch",
  "-C": "value",
  "--cd": "value",
  "--add-dir": "value",
};

/** Known to `codex`, before its command. */
const BEFORE: Options = {
  ...BOTH,
  "--remote": "value",
  "--remote-auth-token-env": "value",
  "-a": "value",
  "--ask-for-approval": "value",
  "--search": "switch",
  "--no-alt-screen": "switch",
  "--no-daemon": "switch",
};

/** Known to `codex exec` and `codex exec resume`. */
const RUN: Options = {
  "--thread-source": "value",
  "--cyber-access-program": "value",
  "--skip-git-repo-check": "switch",
  "--trust": "switch",
  "--ephemeral": EPHEMERAL,
  "--ignore-user-config": "switch",
  "--ignore-rules": "switch",
  "--output-schema": "value",
  "--json": "switch",
  "--experimental-json": "switch",
  "-o": "value",
  "--output-last-message": "value",
};

const EXEC: Options = { ...BOTH, ...RUN, "--color": "value" };

const RESUME: Options = {
  ...EVERYWHERE,
  ...RUN,
  "--last": "dropped",
  "--all": "dropped",
  "-i": "image",
  "--image": "image",
};

/** Options of `npx` and `bunx`, before the package. */
const RUNNER: Options = {
  "-y": "switch",
  "--yes": "switch",
  "--no": "switch",
  "--no-install": "switch",
  "--offline": "switch",
  "--prefer-offline": "switch",
  "-q": "switch",
  "--quiet": "switch",
  "--bun": "switch",
  "-p": "value",
  "--package": "value",
};

/** Codex by its name, a path, or its package. */
const CODEX = /^(.*\/)?codex$|^@openai\/codex(@[^/]*)?$/;

const OTHER: ExecCommand = { kind: "other" };

/**
 * Reads a command as it was written. Pure. Whoever goes on with its session needs all its options again:
 * Codex remembers no sandbox. Those before `resume` count there too, also the ones that `resume` itself
 * does not know (seen with 0.169.0).
 *
 * @param command The program and its arguments.
 */
export function execCommand(command: readonly string[]): ExecCommand {
  const words = [...command];
  const kept: string[] = [];
  const program = takeProgram(words, kept);
  if (program !== "codex") return program;

  const before = takeOptions(words, kept, BEFORE);
  if (before) return before;
  const name = words.shift();
  // `--`, another command, the prompt of a TUI, or nothing.
  if (name !== "exec" && name !== "e") return OTHER;
  kept.push(name);

  let prompts = 0;
  while (words.length > 0) {
    const wrong = takeOptions(words, kept, EXEC);
    if (wrong) return wrong;
    const word = words.shift();
    if (word === undefined) break;
    if (word === "--") {
      prompts += words.length;
      break;
    }
    if (prompts === 0) {
      if (word === "resume") return takeResume(words, kept);
      if (word === "help") return OTHER;
      if (word === "review") return { kind: "unsure", why: "nobody can go on with a review" };
      if (word === "fork") return { kind: "unsure", why: "it copies another session" };
    }
    prompts++;
  }
  if (prompts > 1) return { kind: "unsure", why: "it has more than one prompt" };
  return { kind: "exec", resume: [...kept, "resume"], directory: directoryIn(kept) };
}

/** The words that go on with a session. */
export function resumeWords(
  { resume }: ExecCommand & { kind: "exec" },
  session: string,
  message: string,
): string[] {
  return [...resume, ...(message.startsWith("-") ? ["--"] : []), session, message];
}

/** Whether these words start Codex, which is then taken. */
function takeProgram(words: string[], kept: string[]): "codex" | ExecCommand {
  const [first = ""] = words;
  const isRunner = /^(.*\/)?(npx|bunx)$/.test(first);
  if (isRunner) {
    kept.push(words.shift()!);
    if (takeOptions(words, kept, RUNNER)) return unknownProgram(first, words);
    if (words[0] === "--") kept.push(words.shift()!);
  }
  // A package by that name is somebody else's.
  if (words[0] !== undefined && CODEX.test(words[0]) && (isRunner || !words[0].startsWith("@"))) {
    kept.push(words.shift()!);
    return "codex";
  }
  return unknownProgram(first, words);
}

function unknownProgram(program: string, words: readonly string[]): ExecCommand {
  const codex = words.findIndex((word) => CODEX.test(word));
  const isExec = codex !== -1 && words.slice(codex).some((word) => word === "exec" || word === "e");
  return isExec
    ? { kind: "unsure", why: `it is not known what ${program} does with the words behind it` }
    : OTHER;
}

function takeResume(words: string[], kept: string[]): ExecCommand {
  kept.push("resume");
  while (words.length > 0) {
    const wrong = takeOptions(words, kept, RESUME);
    if (wrong) return wrong;
    // A session and a prompt: others take their place.
    if (words.shift() === "--") break;
  }
  return { kind: "exec", resume: kept, directory: directoryIn(kept) };
}

/** Takes the options up to the first other word, or `--`; what is to be said again goes to `kept`. */
function takeOptions(words: string[], kept: string[], options: Options): ExecCommand | undefined {
  while (words[0] !== undefined && words[0].startsWith("-") && !["-", "--"].includes(words[0])) {
    const word = words.shift()!;
    if (["-h", "--help", "-V", "--version"].includes(word)) return OTHER;
    const { name, isWhole } = nameOf(word);
    const does = Object.hasOwn(options, name) ? options[name] : undefined;
    if (does === undefined || (!isWhole && (does === "switch" || does === "dropped"))) {
      return { kind: "unsure", why: `its option ${name} is not known` };
    }
    if (typeof does === "object") return { kind: "unsure", why: does.unsure };
    const values = isWhole ? takeValues(words, does) : [];
    if (values === undefined) {
      return { kind: "unsure", why: `it cannot be told which the value of ${name} is` };
    }
    if (does === "value" || does === "switch") kept.push(word, ...values);
  }
  return undefined;
}

/** The name of an option, and whether that is all of the word: `--name=value`, `-nvalue` and `-n=value` are more. */
function nameOf(word: string): { name: string; isWhole: boolean } {
  const name = word.startsWith("--") ? word.split("=", 1)[0]! : word.slice(0, 2);
  return { name, isWhole: name === word };
}

/** The words that belong to an option; undefined where one is missing, or looks like an option. */
function takeValues(words: string[], does: Does): string[] | undefined {
  if (does === "switch" || does === "dropped") return [];
  const isValue = (word: string | undefined) =>
    word !== undefined && (word === "-" || !word.startsWith("-"));
  if (!isValue(words[0])) return undefined;
  const values = [words.shift()!];
  while (does === "images" && isValue(words[0])) values.push(words.shift()!);
  return values;
}

/** The directory among options that were taken. */
function directoryIn(options: readonly string[]): string | undefined {
  let found: string | undefined;
  options.forEach((word, index) => {
    if (word === "-C" || word === "--cd") found = options[index + 1];
    else if (word.startsWith("--cd=")) found = word.slice("--cd=".length);
    else if (/^-C./.test(word)) found = word.slice(2).replace(/^=/, "");
  });
  return found;
}
