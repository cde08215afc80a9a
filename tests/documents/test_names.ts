/** A literal that begins a call by which tests, steps and scenarios are named, or follows `name:`. */
const NAMED =
  /(?:\b(?:Deno\.test|\w+Test|step|scenario)\(\s*|\bname:\s*)("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;

/** A line that is a comment. */
const COMMENT = /^\s*(?:\/\/|\/?\*).*$/gm;

/**
 * Whether a test file names a test, a step or a scenario so. What stands in the holes of a template must
 * itself be there as a word of its own.
 *
 * @param text The file's text.
 */
export function namesTest(text: string, name: string): boolean {
  const code = text.replace(COMMENT, "");
  return [...code.matchAll(NAMED)].some(([, literal]) => {
    const pattern = literal!.slice(1, -1).split(/\$\{[^}]*\}/).map(RegExp.escape).join("(.+)");
    const filled = new RegExp(`^${pattern}$`).exec(name);
    return filled !== null && filled.slice(1).every((word) => code.includes(`"${word}"`));
  });
}
