import { ROOT } from "./markdown.ts";

/** Where the doctor's findings are written. */
const FILES = [
  ...[...Deno.readDirSync(`${ROOT}lib/doctor`)].map(({ name }) => `lib/doctor/${name}`),
  "lib/commands/doctor.ts",
];

/** Something that the doctor may find amiss. */
export interface Finding {
  readonly file: string;
  /** Which check it is, where that is written there. */
  readonly name: string | undefined;
  /** What of its text is always the same, the longest piece; empty where others say it. */
  readonly text: string;
}

/** All of them, as the code has them. */
export function findings(): Finding[] {
  return [...ofChecks(), ...ofCoverage()];
}

/** What `--coverage` calls a hole. */
function ofCoverage(): Finding[] {
  const file = "lib/doctor/coverage.ts";
  const code = Deno.readTextFileSync(ROOT + file);
  return [...code.matchAll(/\bwhy: (["`].*?["`]),/g)]
    .map(([, text]) => ({ file, name: "coverage", text: longestOf(text!) }));
}

function ofChecks(): Finding[] {
  return FILES.flatMap((file) => {
    const code = Deno.readTextFileSync(ROOT + file);
    return [...code.matchAll(/\b(?:warn|fail)\(\s*/g)].flatMap((match) => {
      if (/function $/.test(code.slice(0, match.index))) return [];
      const [name = "", text = ""] = argumentsAt(code, match.index + match[0].length);
      const [, literal] = /^"(.*)"$/.exec(name) ?? [];
      return [{ file, name: literal, text: longestOf(behind(text, code.slice(0, match.index))) }];
    });
  });
}

/** The arguments of a call, as they are written. */
function argumentsAt(code: string, start: number): string[] {
  const all: string[] = [""];
  let depth = 0;
  let quote = "";
  for (let at = start; at < code.length; at += 1) {
    const char = code[at]!;
    if (quote === "" && depth === 0 && char === ")") break;
    if (quote === "" && depth === 0 && char === ",") {
      all.push("");
      continue;
    }
    if (quote === "" && "([{".includes(char)) depth += 1;
    if (quote === "" && ")]}".includes(char)) depth -= 1;
    if ('"`'.includes(char)) quote = quote === "" ? char : quote === char ? "" : quote;
    all[all.length - 1] += char;
  }
  return all.map((each) => each.trim());
}

/** What a name stands for that was said before. */
function behind(text: string, before: string): string {
  if (!/^\w+$/.test(text)) return text;
  const [value] = before.split(`const ${text} = `).slice(-1);
  return value === undefined || value === before ? "" : value.split(/;\n/)[0]!;
}

/** The longest piece of a text between what is put into it. */
function longestOf(code: string): string {
  const literals = [...code.matchAll(/"((?:[^"\\]|\\.)*)"|`([^`]*)`/g)]
    .flatMap(([, plain, template]) => plain ?? template!.split(/\$\{[^}]*\}/));
  const pieces = literals.map((each) => each.replace(/^[\s,;:()]+|[\s,;:()]+$/g, ""));
  return pieces.filter((each) => / /.test(each)).sort((a, b) => b.length - a.length)[0] ?? "";
}
