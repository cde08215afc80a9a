import {
  applyEdits,
  findNodeAtLocation,
  type FormattingOptions,
  type JSONPath,
  type ModificationOptions,
  modify,
  parseTree,
} from "jsonc-parser";
import * as z from "zod";
import { readIfThere } from "../../../files/if_there.ts";
import { forUser } from "../../../text/for_user.ts";
import { messageOf } from "../../../text/message_of.ts";
import { copiesOf } from "../../backup.ts";

import { type CodexHook, isOurs } from "./our_hooks.ts";

/** `hooks.json` is not what Codex accepts; the message says what is wrong with it. */
export class HooksFileError extends Error {
  override name = "HooksFileError";
}

/** A hook that stands in a file. */
export interface PlacedHook extends CodexHook {
  /** Which of its event's groups it is, from 0; Codex's trust goes by it. */
  readonly index: number;
}

const Group = z.looseObject({ hooks: z.array(z.unknown()) });
const HooksFile = z.strictObject({
  description: z.unknown().optional(),
  hooks: z.record(z.string(), z.array(z.unknown())).optional(),
});

/**
 * Adds hooks at the end of their events, where they do not move anybody else's: Codex's trust goes by
 * position. All other text stays as it is, to the byte.
 *
 * @param text The file as it is; undefined when there is none.
 * @throws {HooksFileError} When the file is not one that Codex accepts.
 */
export function addHooks(
  text: string | undefined,
  hooks: readonly CodexHook[],
  append = insertGroup,
): string {
  // One order, so that the same hooks give the same text again.
  const sorted = hooks.toSorted((a, b) => a.event < b.event ? -1 : 1);
  if (isBlank(text)) {
    const file = Object.fromEntries(sorted.map(({ event, group }) => [event, [group]]));
    return `${JSON.stringify({ hooks: file }, null, 2)}\n`;
  }
  const file = parse(text);
  const expected = { ...file, hooks: { ...file.hooks } };
  let result = text;
  for (const hook of sorted) {
    expected.hooks[hook.event] = [...expected.hooks[hook.event] ?? [], hook.group];
    result = append(result, hook);
  }
  return verified(result, expected);
}

/** Puts a group behind the others of its event, written as the file is if nothing else moves then. */
function insertGroup(text: string, hook: CodexHook): string {
  const formatted = insertFormatted(text, hook);
  return isInsertion(text, formatted) ? formatted : insertWith(text, hook, {});
}

/** As earlier versions did it: lines that it comes into are written anew. */
function insertFormatted(text: string, hook: CodexHook): string {
  return insertWith(text, hook, { formattingOptions: formattingOf(text) });
}

function insertWith(
  text: string,
  { event, group }: CodexHook,
  options: ModificationOptions,
): string {
  const edits = modify(text, ["hooks", event, -1], group, { ...options, isArrayInsertion: true });
  return applyEdits(text, edits);
}

/** True when the one text is the other with something put in at one place. */
function isInsertion(before: string, after: string): boolean {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  return after.endsWith(before.slice(start));
}

/**
 * The hooks of ours in a file, in its order.
 *
 * @throws {HooksFileError} When the file is not one that Codex accepts.
 */
export function findOurHooks(text: string): PlacedHook[] {
  if (isBlank(text)) return [];
  return Object.entries(parse(text).hooks ?? {}).flatMap(([event, groups]) =>
    groups.flatMap((value, index) => {
      const group = Group.safeParse(value);
      const isAllOurs = group.success && group.data.hooks.length > 0 &&
        group.data.hooks.every(isOurs);
      return isAllOurs ? [{ event, group: value as CodexHook["group"], index }] : [];
    })
  );
}

/**
 * Removes the handlers of ours, the groups that are then empty, and the events that are then empty.
 * All other text stays as it is.
 *
 * @throws {HooksFileError} When the file is not one that Codex accepts.
 */
export function removeOurHooks(text: string): string {
  if (isBlank(text)) return text;
  const file = parse(text);
  const expected = { ...file, hooks: { ...file.hooks } };
  let result = text;
  for (const [event, groups] of Object.entries(file.hooks ?? {})) {
    const left = groups.map(withoutOurs);
    // From the end, so that the indices before stay true.
    for (let index = groups.length - 1; index >= 0; index--) {
      for (const path of oursIn(groups[index])) {
        result = removeNode(result, ["hooks", event, index, ...path]);
      }
    }
    expected.hooks[event] = left.filter((group) => group !== undefined);
    if (groups.length > 0 && expected.hooks[event].length === 0) {
      delete expected.hooks[event];
      result = removeNode(result, ["hooks", event]);
    }
  }
  return file.hooks ? verified(result, expected) : text;
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
function removeNode(text: string, path: JSONPath): string {
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
 * @throws {HooksFileError} When it does not; a hooks file is not to be risked.
 */
function verified(text: string, expected: unknown): string {
  if (JSON.stringify(JSON.parse(text)) === JSON.stringify(expected)) return text;
  throw new HooksFileError("it is written in a way that cannot be changed safely");
}

/**
 * The file as it was before ours were added: the backup where adding ours to it gives exactly the
 * file that there is, else the file without ours.
 *
 * @returns undefined when there was no file.
 * @throws {HooksFileError} When the file is not one that Codex accepts.
 */
export function originalOf(text: string, backup: string | undefined): string | undefined {
  const ours = findOurHooks(text);
  if (ours.length === 0) return removeOurHooks(text);
  if (backup !== undefined && addsUpTo(backup, ours, text)) return backup;
  if (addHooks(undefined, ours) === text) return undefined;
  return removeOurHooks(text);
}

/**
 * The file as it was, with the copy of it that says so.
 *
 * @param path The file itself.
 * @throws {HooksFileError} When the file is not one that Codex accepts.
 */
export async function originalIn(
  path: string,
  text: string,
): Promise<{ text: string | undefined; copy: string | undefined }> {
  const ours = findOurHooks(text);
  const copies = await copiesOf(path);
  const copy = copies.find((each) => addsUpTo(each.text, ours, text));
  // Earlier versions kept it there. It may as well be the user's, and is left to them.
  const earlier = copy ? undefined : await readIfThere(`${path}.bak`).catch(() => undefined);
  const original = originalOf(text, copy?.text ?? earlier);
  return { text: original, copy: copies.find((each) => each.text === original)?.path };
}

function addsUpTo(backup: string, ours: readonly CodexHook[], text: string): boolean {
  try {
    return [insertGroup, insertFormatted].some((append) => addHooks(backup, ours, append) === text);
  } catch (error) {
    if (error instanceof HooksFileError) return false;
    throw error;
  }
}

function parse(text: string): z.infer<typeof HooksFile> {
  if (text.startsWith("\uFEFF")) throw new HooksFileError("it begins with a byte order mark");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = forUser(messageOf(error));
    throw new HooksFileError(`it is not valid JSON (${why})`);
  }
  const parsed = HooksFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `"${key}"`).join(", ");
    throw new HooksFileError(`it has keys that Codex does not accept: ${keys}`);
  }
  const where = issue?.path.join(".") || "the file";
  throw new HooksFileError(`${where} is not what Codex expects there`);
}

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
