import { quote, type Statement, statementsIn, unquote } from "./toml.ts";

/*
 * What Codex trusts stands in its `config.toml`, a table for each hook:
 *
 *     [hooks.state."/home/me/.codex/hooks.json:stop:0:0"]
 *     trusted_hash = "sha256:…"
 *     enabled = true
 *
 * Codex's own writer also rewrites what is not ours: byte order marks, line ends, inline tables. So
 * records are added and taken away here, in the text; Codex is asked afterwards whether they count.
 */

const STATE = ["hooks", "state"];

/** The configuration cannot take a record; the message says why. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

/** Trust to be written down: which key is to have which hash, and whether the hook is on. */
export interface TrustRecord {
  readonly key: string;
  readonly hash: string;
  readonly enabled: boolean;
}

/** What is to be written down, and which keys are to go. */
export interface TrustChanges {
  readonly trust: readonly TrustRecord[];
  readonly forget: readonly string[];
}

/**
 * The hashes that a configuration trusts, by key.
 *
 * @throws {TomlError} When the text cannot be understood.
 */
export function trustIn(text: string): Map<string, string> {
  return new Map(
    statementsIn(text).flatMap(({ path, value }) => {
      const [, , key, name] = path;
      const isHash = isIn(STATE, path) && name === "trusted_hash" && value !== undefined;
      return isHash ? [[key!, unquote(value)]] : [];
    }),
  );
}

/**
 * Whether records can be added: a table that is written in one line (`hooks = { … }`) takes none.
 *
 * @throws {ConfigError} When they cannot.
 * @throws {TomlError} When the text cannot be understood.
 */
export function checkTakesTrust(text: string): void {
  const inline = statementsIn(text).find(({ path, value }) =>
    value !== undefined && (path.join() === "hooks" || path.join() === STATE.join())
  );
  if (inline === undefined) return;
  throw new ConfigError(
    `"${inline.path.join(".")}" is written in one line, to which nothing can be added; ` +
      `write it as a table, [${inline.path.join(".")}]`,
  );
}

/**
 * A configuration with some records changed. New ones come at the end, behind a line break each, which
 * goes with them: taken away again, every byte is as it was, also where the last line has no end.
 *
 * @param text undefined when there is no file.
 * @returns undefined when there is nothing left of a file that was made for the records.
 * @throws {TomlError} When the text cannot be understood.
 * @throws {ConfigError} When a record that is to go has a key of somebody else's: a line that was
 * appended to the file stands in its last table.
 */
export function withTrust(
  text: string | undefined,
  { trust, forget }: TrustChanges,
): string | undefined {
  const before = text ?? "";
  const statements = statementsIn(before);
  const changed = trust.filter((record) => !stands(record, statements));
  const isToGo = ({ path }: Statement) =>
    isIn(STATE, path) &&
    (forget.includes(path[2]!) || changed.some(({ key }) => key === path[2]));
  const foreign = statements.find((statement) =>
    isToGo(statement) && statement.path.length > 3 && !OURS.includes(statement.path[3]!)
  );
  if (foreign !== undefined) {
    throw new ConfigError(
      `"${foreign.path[3]}" stands in a table of ours, where it says nothing to Codex; ` +
        "move it to the beginning of the file",
    );
  }
  const kept = without(before, statements, isToGo);
  const eol = before.match(/\r?\n/g)?.at(-1) ?? "\n";
  const added = changed.map(({ key, hash, enabled }) =>
    [
      `[${STATE.join(".")}.${quote(key)}]`,
      `${ENABLED} = ${enabled}`,
      `trusted_hash = ${quote(hash)}`,
      "",
    ].join(eol)
  );
  if (added.length === 0) {
    return kept === before ? text : wasMadeForThem(before, kept) ? undefined : kept;
  }
  return kept + (text === undefined ? "" : eol) + added.join(eol);
}

/** The first key of a record of ours; Codex's own writer puts the hash first. */
const ENABLED = "enabled";

/** All keys of a record. */
const OURS: readonly string[] = [ENABLED, "trusted_hash"];

/** A file of the user's that is empty begins with the line break before the first record. */
function wasMadeForThem(before: string, kept: string): boolean {
  return kept === "" && !/^\r?\n/.test(before);
}

/** True for a record that is there, in the form that we write. */
function stands({ key, hash, enabled }: TrustRecord, statements: readonly Statement[]): boolean {
  const its = statements.filter(({ path }) => isIn(STATE, path) && path[2] === key);
  const says = (name: string, wanted: string) =>
    its.some(({ path, value = "" }) => path[3] === name && unquote(value) === wanted);
  return says("trusted_hash", hash) && says(ENABLED, String(enabled));
}

/** Cuts statements out, and with a heading the blank line before it. */
function without(
  text: string,
  statements: readonly Statement[],
  isToGo: (statement: Statement) => boolean,
): string {
  const going = statements.filter(isToGo);
  const heading = headingOfCodexs(text, statements, going);
  let left = text;
  // From the end, so that the places before stay true.
  for (const { start, end, value } of [...heading, ...going].toReversed()) {
    const rest = left.slice(end);
    const head = left.slice(0, start);
    left = (value === undefined ? withoutBreak(head, rest) : head) + rest;
  }
  return left;
}

/** Without the line break that was put before a heading; not where it ends a line that others need. */
function withoutBreak(head: string, rest: string): string {
  const endsBlank = /(?:^\uFEFF?|\n)\r?\n$/.test(head);
  return endsBlank || /^(?:\r?\n|$)/.test(rest) ? head.replace(/\r?\n$/, "") : head;
}

/** The empty `[hooks.state]` that Codex's writer puts before the first record, if only ours follow. */
function headingOfCodexs(
  text: string,
  statements: readonly Statement[],
  going: readonly Statement[],
): Statement[] {
  const [first, pair] = going;
  const heading = statements[statements.indexOf(first!) - 1];
  const isOne = heading?.value === undefined && heading?.path.join() === STATE.join() &&
    text.slice(heading.end, first!.start).trim() === "" && pair?.path[3] === "trusted_hash" &&
    statements.every((other) => !isIn(STATE, other.path) || going.includes(other));
  return isOne ? [heading] : [];
}

/** True for the path of something in a table. */
function isIn(table: readonly string[], path: readonly string[]): boolean {
  return path.length > table.length && table.every((part, index) => part === path[index]);
}
