import {
  type Edit,
  findNodeAtLocation,
  format,
  type FormattingOptions,
  type JSONPath,
  modify,
  parseTree,
} from "jsonc-parser";
import * as z from "zod";
import { forUser } from "../../text/for_user.ts";
import { messageOf } from "../../text/message_of.ts";
import type { Hook } from "./hook.ts";
import { isOurs } from "./ours.ts";

/** A hooks file is not what its harness accepts; the message says what is wrong with it. */
export class HooksFileError extends Error {
  override name = "HooksFileError";
}

/** A file that its harness reads all the same cannot be changed without changing what is the user's. */
export class UnchangeableError extends HooksFileError {
  override name = "UnchangeableError";
}

/** A hook that stands in a file. */
export interface PlacedHook extends Hook {
  /** Which of its event's groups it is, from 0; Codex's trust goes by it. */
  readonly index: number;
}

/** A hooks file, as it is read; what else a harness keeps in it stands beside the hooks. */
export interface HooksFile {
  readonly hooks?: Readonly<Record<string, readonly unknown[]>>;
}

const Group = z.looseObject({ hooks: z.array(z.unknown()) });

/** Writes a text anew in which one more hook stands. */
export type Append = (text: string, hook: Hook) => string;

/** The JSON file in which a harness's hooks stand. All text in it that is not ours stays, to the byte. */
export class HooksFormat {
  readonly #objectionTo: (value: unknown) => string | undefined;

  /**
   * @param objectionTo Why the harness would not read such a file, or undefined where it would: then it is
   * a {@linkcode HooksFile}.
   */
  constructor(objectionTo: (value: unknown) => string | undefined) {
    this.#objectionTo = objectionTo;
  }

  /**
   * Adds hooks at the end of their events, where they do not move anybody else's: Codex's trust goes by
   * position.
   *
   * @param text The file as it is; undefined when there is none.
   * @throws {HooksFileError} When the file is not one that the harness accepts.
   */
  add(text: string | undefined, hooks: readonly Hook[], append: Append = insertGroup): string {
    // One order, so that the same hooks give the same text again.
    const sorted = hooks.toSorted((a, b) => a.event < b.event ? -1 : 1);
    if (isBlank(text)) {
      const file = Object.fromEntries(sorted.map(({ event, group }) => [event, [group]]));
      return `${JSON.stringify({ hooks: file }, null, 2)}\n`;
    }
    const file = this.parse(text);
    const groups: Record<string, readonly unknown[]> = { ...file.hooks };
    let result = text;
    for (const hook of sorted) {
      groups[hook.event] = [...groups[hook.event] ?? [], hook.group];
      result = append(result, hook);
    }
    return verified(result, { ...file, hooks: groups });
  }

  /** {@linkcode add}, in each way in which a version of ours has done it; the present one first. */
  readonly ways: readonly ((text: string | undefined, hooks: readonly Hook[]) => string)[] = [
    insertGroup,
    insertFormatted,
  ].map(
    (append) => (text: string | undefined, hooks: readonly Hook[]) => this.add(text, hooks, append),
  );

  /**
   * The hooks of ours in a file, in its order.
   *
   * @throws {HooksFileError} When the file is not one that the harness accepts.
   */
  find(text: string): PlacedHook[] {
    if (isBlank(text)) return [];
    return Object.entries(this.parse(text).hooks ?? {}).flatMap(([event, groups]) =>
      groups.flatMap((value, index) => {
        const group = Group.safeParse(value);
        const isAllOurs = group.success && group.data.hooks.length > 0 &&
          group.data.hooks.every(isOurs);
        return isAllOurs ? [{ event, group: value as Hook["group"], index }] : [];
      })
    );
  }

  /**
   * Whether a file has a handler of ours, be it among others of its group.
   *
   * @throws {HooksFileError} When the file is not one that the harness accepts.
   */
  hasOurs(text: string): boolean {
    if (isBlank(text)) return false;
    return Object.values(this.parse(text).hooks ?? {}).some((groups) =>
      groups.some((value) => oursIn(value).length > 0)
    );
  }

  /**
   * Removes the handlers of ours, the groups that are then empty, and the events that are then empty.
   *
   * @throws {HooksFileError} When the file is not one that the harness accepts.
   */
  remove(text: string): string {
    if (isBlank(text)) return text;
    const file = this.parse(text);
    if (!file.hooks) return text;
    const kept: Record<string, readonly unknown[]> = { ...file.hooks };
    let result = text;
    for (const [event, groups] of Object.entries(file.hooks)) {
      const left = groups.map(withoutOurs);
      // From the end, so that the indices before stay true.
      for (let index = groups.length - 1; index >= 0; index--) {
        for (const path of oursIn(groups[index])) {
          result = removeNode(result, ["hooks", event, index, ...path]);
        }
      }
      kept[event] = left.filter((group) => group !== undefined);
      if (groups.length > 0 && kept[event].length === 0) {
        delete kept[event];
        result = removeNode(result, ["hooks", event]);
      }
    }
    return verified(result, { ...file, hooks: kept });
  }

  /**
   * Reads a file that holds something.
   *
   * @throws {HooksFileError} When the file is not one that the harness accepts.
   */
  parse(text: string): HooksFile {
    if (text.startsWith("\uFEFF")) throw new HooksFileError("it begins with a byte order mark");
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      const why = forUser(messageOf(error));
      throw new HooksFileError(`it is not valid JSON (${why})`);
    }
    const objection = this.#objectionTo(value);
    if (objection !== undefined) throw new HooksFileError(objection);
    // As it was read: the keys are to keep their order.
    return value as HooksFile;
  }
}

/** Puts a group behind the others of its event, written as the file is if nothing else moves then. */
function insertGroup(text: string, { event, group }: Hook): string {
  return inserted(text, ["hooks", event, -1], group);
}

/** As earlier versions did it: lines that it comes into are written anew. */
function insertFormatted(text: string, { event, group }: Hook): string {
  return insertWith(text, ["hooks", event, -1], group, formattingOf(text));
}

/** The text with a new value in it, written as the file is if nothing else moves then. */
export function inserted(text: string, path: JSONPath, value: unknown): string {
  const formatted = insertWith(text, path, value, formattingOf(text));
  return isInsertion(text, formatted) ? formatted : insertWith(text, path, value);
}

/** @param formatting How to write the lines anew that it comes into; undefined leaves them. */
function insertWith(
  text: string,
  path: JSONPath,
  value: unknown,
  formatting?: FormattingOptions,
): string {
  const edits = modify(text, path, value, { isArrayInsertion: true });
  const result = withEdits(text, edits);
  const [edit] = edits;
  if (formatting === undefined || edit === undefined) return result;
  let [begin, end] = [edit.offset, edit.offset + edit.content.length];
  while (begin > 0 && !isLineEnd(result[begin - 1])) begin--;
  while (end < result.length && !isLineEnd(result[end])) end++;
  const lines = { offset: begin, length: end - begin };
  return withEdits(result, format(result, lines, { ...formatting, keepLines: false }));
}

/**
 * The text with edits made in it, in their order. In one go: jsonc-parser copies the text for each, and a
 * large file on one line has ten thousands.
 */
function withEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let end = 0;
  for (const { offset, length, content } of edits) {
    parts.push(text.slice(end, offset), content);
    end = offset + length;
  }
  return parts.join("") + text.slice(end);
}

function isLineEnd(character: string | undefined): boolean {
  return character === "\n" || character === "\r";
}

/** True when the one text is the other with something put in at one place. */
function isInsertion(before: string, after: string): boolean {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  return after.endsWith(before.slice(start));
}

/** Paths, within a group, of what is ours: the group itself, or handlers in it, last first. */
function oursIn(value: unknown): JSONPath[] {
  const group = Group.safeParse(value);
  if (!group.success) return [];
  const ours = group.data.hooks.map(isOurs);
  if (!ours.includes(true)) return [];
  if (!ours.includes(false)) return [[]];
  return ours.flatMap((isOne, index) => isOne ? [["hooks", index]] : []).reverse();
}

function withoutOurs(value: unknown): unknown {
  const group = Group.safeParse(value);
  if (!group.success || !group.data.hooks.some(isOurs)) return value;
  const hooks = group.data.hooks.filter((handler) => !isOurs(handler));
  // Of the value itself: the keys are to keep their order.
  return hooks.length > 0 ? { ...value as object, hooks } : undefined;
}

/** Cuts an element or a property out of the text, with the comma that belonged to it. */
export function removeNode(text: string, path: JSONPath): string {
  const root = parseTree(text);
  const found = root && findNodeAtLocation(root, path);
  if (!found) return text;
  const node = found.parent?.type === "property" ? found.parent : found;
  const siblings = node.parent?.children ?? [];
  const index = siblings.indexOf(node);
  const [previous, next] = [siblings[index - 1], siblings[index + 1]];
  const start = !next && previous ? previous.offset + previous.length : node.offset;
  const end = next ? next.offset : node.offset + node.length;
  return text.slice(0, start) + text.slice(end);
}

/**
 * The text, if it says what it is to say.
 *
 * @throws {UnchangeableError} When it does not; a hooks file is not to be risked.
 */
export function verified(text: string, expected: unknown): string {
  if (JSON.stringify(JSON.parse(text)) === JSON.stringify(expected)) return text;
  const why = "it is written in a way that cannot be changed safely, such as with one key twice";
  throw new UnchangeableError(why);
}

/** True for a file that holds nothing, or is none. */
function isBlank(text: string | undefined): text is undefined | "" {
  return text === undefined || text.trim() === "";
}

/** Writes as the file is written: its indentation, its line ends. */
function formattingOf(text: string): FormattingOptions {
  const indentation = /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
  return {
    insertSpaces: !indentation.startsWith("\t"),
    tabSize: indentation.startsWith("\t") ? 1 : indentation.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
}
