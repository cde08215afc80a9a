/** What may stand in front of a command. */
const KEYWORDS = new Set(["if", "then", "else", "while", "until", "do", "!", "exec"]);

/**
 * The simple commands of a shell script, each as its words, without assignments and redirections; those
 * of a substitution come first. It knows what documents need: quotes, `$(…)`, lists and pipes.
 */
export function commandsIn(script: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let isTarget = false;
  const endWord = () => {
    if (word !== undefined && !isTarget) words.push(word);
    if (word !== undefined) isTarget = false;
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    const first = words.findIndex((each) => !KEYWORDS.has(each) && !/^\w+=/.test(each));
    if (first >= 0) commands.push(words.slice(first));
    words = [];
  };
  let quoted = false;
  for (let at = 0; at < script.length; at += 1) {
    const char = script[at]!;
    if (char === "\\") {
      at += 1;
      if (script[at] !== "\n") word = (word ?? "") + script[at];
    } else if (script.startsWith("$(", at)) {
      const end = closing(script, at + 1);
      commands.push(...commandsIn(script.slice(at + 2, end)));
      word = (word ?? "") + script.slice(at, end + 1);
      at = end;
    } else if (char === '"') {
      quoted = !quoted;
      word ??= "";
    } else if (quoted) {
      word += char;
    } else if (char === "'") {
      const end = script.indexOf("'", at + 1);
      word = (word ?? "") + script.slice(at + 1, end);
      at = end;
    } else if (char === "#" && word === undefined) {
      at = script.indexOf("\n", at) - 1;
      if (at < 0) break;
    } else if (char === ">" || char === "<") {
      if (/^\d+$/.test(word ?? "")) word = undefined;
      endWord();
      isTarget = true;
      while ([">", "&"].includes(script[at + 1] ?? "")) at += 1;
    } else if (char === "\n" || ";|&".includes(char)) {
      endCommand();
    } else if (char === " " || char === "\t") {
      endWord();
    } else {
      word = (word ?? "") + char;
    }
  }
  endCommand();
  return commands;
}

/** Where the parenthesis ends that is opened here. */
function closing(script: string, start: number): number {
  let depth = 0;
  for (let at = start; at < script.length; at += 1) {
    if (script[at] === "(") depth += 1;
    if (script[at] === ")") depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error(`a parenthesis is not closed: ${script}`);
}

/** The lines of a script, without comments; one that goes on behind a backslash is one line. */
export function linesOf(script: string): string[] {
  return script.replaceAll(/\\\n\s*/g, "").split("\n")
    .map((line) => line.replace(/(^|\s)# .*$/, "").trim()).filter((line) => line !== "");
}
