/** A TOML text that cannot be split into its statements; the message says where. */
export class TomlError extends Error {
  override name = "TomlError";
}

/** The heading of a table, or a key with its value, as it stands in a TOML text. */
export interface Statement {
  /** The key from the root on: of a pair, the table's that it stands in included. */
  readonly path: readonly string[];
  /** The value as it is written; undefined for a heading. */
  readonly value: string | undefined;
  /** Where its first line begins. */
  readonly start: number;
  /** Where the line after its last one begins. */
  readonly end: number;
}

const BLANK = /(?:[ \t\r\n\uFEFF]|#[^\n]*)*/y;
const KEY = /[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*/y;
/** Between the elements of an array. */
const LINE_BREAK = /\n|#[^\n]*/y;
/** A string, or what else a value is made of. */
const STRING =
  /"""(?:\\[^]|[^\\])*?"""(?!")|'''[^]*?'''(?!')|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^"'#[\]{}\n]+/y;
const REST_OF_LINE = /[ \t\r]*(?:#[^\n]*)?(?:\n|$)/y;

/**
 * Splits a TOML text into its statements, so that whole ones can be added and taken away while all
 * else stays byte for byte. It checks no more than it needs for that.
 *
 * @throws {TomlError} When it comes to something else than a statement.
 */
export function statementsIn(text: string): Statement[] {
  const statements: Statement[] = [];
  let table: string[] = [];
  let at = 0;
  /** Goes on behind what the pattern matches here, and returns its first group, or all of it. */
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match?.[1] ?? match?.[0];
  };
  const need = (isThere: boolean) => {
    if (isThere) return;
    throw new TomlError(`line ${text.slice(0, at).split("\n").length} cannot be understood`);
  };
  const takeKey = (): string[] => {
    const parts: string[] = [];
    do {
      const part = take(KEY);
      need(part !== undefined);
      parts.push(unquote(part!));
    } while (take(/\./y));
    return parts;
  };
  const takeValue = (): string => {
    const start = at;
    let depth = 0;
    while (at < text.length && (depth > 0 || !/[\n#]/.test(text[at]!))) {
      if (take(/[[{]/y)) depth++;
      else if (take(/[\]}]/y)) depth--;
      else need((take(LINE_BREAK) ?? take(STRING)) !== undefined);
      need(depth >= 0);
    }
    need(depth === 0 && at > start);
    return text.slice(start, at).trim();
  };
  for (take(BLANK); at < text.length; take(BLANK)) {
    const start = text.lastIndexOf("\n", at - 1) + 1;
    const opening = take(/\[\[?/y);
    let value: string | undefined;
    const key = takeKey();
    if (opening) {
      need(take(opening === "[" ? /\]/y : /\]\]/y) !== undefined);
      table = key;
    } else {
      need(take(/=[ \t]*/y) !== undefined);
      value = takeValue();
    }
    need(take(REST_OF_LINE) !== undefined);
    const path = opening ? key : [...table, ...key];
    statements.push({ path, value, start: skipMark(text, start), end: at });
  }
  return statements;
}

/** A string as a TOML text has it in one line. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007F");
}

/** What a key or a string of one line says, of any of the ways to write it. */
export function unquote(written: string): string {
  if (written.startsWith("'")) return written.slice(1, -1);
  if (!written.startsWith('"')) return written;
  const escape = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g;
  return written.slice(1, -1).replace(escape, (_, x, u, U, letter) => {
    if (letter === undefined) return String.fromCodePoint(parseInt(x ?? u ?? U, 16));
    return ESCAPES[letter] ?? letter;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
  e: "\u001b",
};

/** A byte order mark is no part of the first statement. */
function skipMark(text: string, start: number): number {
  return start === 0 && text.startsWith("\uFEFF") ? 1 : start;
}
