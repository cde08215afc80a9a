import { applyEdits, type FormattingOptions, modify } from "jsonc-parser";
import * as z from "zod";
import { type CodexHook, isOurs } from "./our_hooks.ts";

/** `hooks.json` is not what Codex accepts; the message says what is wrong with it. */
export class HooksFileError extends Error {
  override name = "HooksFileError";
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
export function addHooks(text: string | undefined, hooks: readonly CodexHook[]): string {
  if (isBlank(text)) {
    const file: Record<string, unknown[]> = {};
    for (const { event, group } of hooks) (file[event] ??= []).push(group);
    return `${JSON.stringify({ hooks: file }, null, 2)}\n`;
  }
  parse(text);
  const formattingOptions = formattingOf(text);
  return hooks.reduce(
    (result, { event, group }) =>
      applyEdits(
        result,
        modify(result, ["hooks", event, -1], group, { formattingOptions, isArrayInsertion: true }),
      ),
    text,
  );
}

/**
 * The hooks of ours in a file, in its order.
 *
 * @throws {HooksFileError} When the file is not one that Codex accepts.
 */
export function findOurHooks(text: string): CodexHook[] {
  if (isBlank(text)) return [];
  return Object.entries(parse(text).hooks ?? {}).flatMap(([event, groups]) =>
    groups.flatMap((value) => {
      const group = Group.safeParse(value);
      const isAllOurs = group.success && group.data.hooks.length > 0 &&
        group.data.hooks.every(isOurs);
      return isAllOurs ? [{ event, group: value as CodexHook["group"] }] : [];
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
  const formattingOptions = formattingOf(text);
  const remove = (from: string, path: (string | number)[]) =>
    applyEdits(from, modify(from, path, undefined, { formattingOptions }));
  let result = text;
  for (const [event, groups] of Object.entries(parse(text).hooks ?? {})) {
    let groupsLeft = groups.length;
    // From the end, so that the indices before stay true.
    for (let index = groups.length - 1; index >= 0; index--) {
      const group = Group.safeParse(groups[index]);
      if (!group.success) continue;
      const ours = group.data.hooks.map(isOurs);
      if (!ours.includes(true)) continue;
      if (!ours.includes(false)) {
        groupsLeft--;
        result = remove(result, ["hooks", event, index]);
        continue;
      }
      for (let handler = ours.length - 1; handler >= 0; handler--) {
        if (ours[handler]) result = remove(result, ["hooks", event, index, "hooks", handler]);
      }
    }
    if (groups.length > 0 && groupsLeft === 0) result = remove(result, ["hooks", event]);
  }
  return result;
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
  if (addHooks(undefined, ours) === text) return undefined;
  if (backup !== undefined && addsUpTo(backup, ours, text)) return backup;
  return removeOurHooks(text);
}

function addsUpTo(backup: string, ours: readonly CodexHook[], text: string): boolean {
  try {
    return addHooks(backup, ours) === text;
  } catch (error) {
    if (error instanceof HooksFileError) return false;
    throw error;
  }
}

function parse(text: string): z.infer<typeof HooksFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
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
