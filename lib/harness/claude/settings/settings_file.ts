import { findNodeAtLocation, parseTree } from "jsonc-parser";
import * as z from "zod";
import { hookWords } from "../../hooks/hook_command.ts";
import {
  type HooksFile,
  HooksFileError,
  HooksFormat,
  inserted,
  type PlacedHook,
  removeNode,
  verified,
} from "../../hooks/hooks_file.ts";
import type { OurPart } from "../../hooks/original.ts";
import { STATUS_LINE_NAME } from "../status_line.ts";

const Shape = z.looseObject({ hooks: z.record(z.string(), z.array(z.unknown())).optional() });

/**
 * `settings.json`, as Claude Code reads it: strict JSON. It passes over a file that it cannot read, in
 * silence where it has no terminal.
 */
export const SETTINGS_FILE = new HooksFormat((value) => {
  const issue = Shape.safeParse(value).error?.issues[0];
  return issue && `${issue.path.join(".") || "the file"} is not what Claude Code expects there`;
});

/** What of the settings is ours. */
export interface OurSettings {
  readonly hooks: readonly PlacedHook[];
  /** The command of the status line, where that is ours. */
  readonly statusLine: string | undefined;
}

const StatusLine = z.looseObject({ type: z.literal("command"), command: z.string() });

/**
 * The command of the status line, the user's or ours; undefined where there is none that can be
 * understood.
 *
 * @throws {HooksFileError} When the file is not one that Claude Code reads.
 */
export function statusLineIn(text: string | undefined): string | undefined {
  return StatusLine.safeParse(settingIn(text, "statusLine")).data?.command;
}

/** True where ours can stand in its place: for none, and for one that can be understood. */
export function isStatusLineReplaceable(text: string | undefined): boolean {
  const current = settingIn(text, "statusLine");
  return current === undefined || StatusLine.safeParse(current).success;
}

/** True for the command of a status line that we have written. */
export function isOurStatusLine(command: string | undefined): command is string {
  const [program = ""] = command === undefined ? [] : hookWords(command) ?? [];
  return program.split("/").at(-1) === STATUS_LINE_NAME;
}

/**
 * Whether the settings have a hook of ours, or our status line.
 *
 * @throws {HooksFileError} When the file is not one that Claude Code reads.
 */
export function hasOurs(text: string): boolean {
  return SETTINGS_FILE.hasOurs(text) || isOurStatusLine(statusLineIn(text));
}

/**
 * Our part of the settings.
 *
 * @param own The command of the user's status line, in whose place ours stands; undefined for none.
 */
export function ourPart(own: string | undefined): OurPart<OurSettings> {
  return {
    find(text) {
      const [hooks, command] = [SETTINGS_FILE.find(text), statusLineIn(text)];
      const statusLine = isOurStatusLine(command) ? command : undefined;
      return hooks.length === 0 && statusLine === undefined ? undefined : { hooks, statusLine };
    },
    ways: SETTINGS_FILE.ways.map((add) => (text, { hooks, statusLine }) => {
      const added = add(text, hooks);
      return statusLine === undefined ? added : withStatusLine(added, statusLine);
    }),
    remove(text) {
      const left = withoutHooks(text, SETTINGS_FILE.remove(text));
      if (!isOurStatusLine(statusLineIn(left))) return left;
      return own === undefined ? withoutStatusLine(left) : withStatusLine(left, own);
    },
  };
}

/** The settings without `hooks`, where nobody but us had any in them. */
function withoutHooks(before: string, left: string): string {
  if (left === before) return left;
  const { hooks = {}, ...others } = SETTINGS_FILE.parse(left);
  if (Object.keys(hooks).length > 0) return left;
  return verified(removeNode(left, ["hooks"]), others);
}

/** The settings with this status line; a user's keeps whatever else is said of it. */
function withStatusLine(text: string, command: string): string {
  const file = SETTINGS_FILE.parse(text);
  const current = valueAt(file, "statusLine");
  if (current === undefined) {
    const statusLine = { type: "command", command };
    return verified(inserted(text, ["statusLine"], statusLine), { ...file, statusLine });
  }
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, ["statusLine", "command"]);
  const understood = StatusLine.safeParse(current);
  if (!node || !understood.success) {
    throw new HooksFileError("statusLine is not what Claude Code expects there");
  }
  const end = node.offset + node.length;
  const result = text.slice(0, node.offset) + JSON.stringify(command) + text.slice(end);
  return verified(result, { ...file, statusLine: { ...current as object, command } });
}

function withoutStatusLine(text: string): string {
  const { statusLine: _, ...left } = SETTINGS_FILE.parse(text) as Record<string, unknown>;
  return verified(removeNode(text, ["statusLine"]), left);
}

/** Why Claude Code runs none of our hooks by these settings; undefined where it does. */
export function switchedOffIn(text: string | undefined): string | undefined {
  return settingIn(text, "disableAllHooks") === true
    ? "hooks are switched off in Claude Code: disableAllHooks"
    : undefined;
}

const Entry = z.looseObject({ type: z.string(), command: z.unknown().optional() });
const Group = z.looseObject({ hooks: z.array(z.unknown()) });

/**
 * Entries of somebody else's that Claude Code cannot understand: 2.1.197 then passes over every hook of
 * the file, in silence; 2.1.331 over that entry alone.
 *
 * @returns Where they stand, such as `PreToolUse[0].hooks[1]`.
 */
export function brokenEntries({ hooks = {} }: HooksFile): string[] {
  return Object.entries(hooks).flatMap(([event, groups]) =>
    groups.flatMap((value, index) => {
      const group = Group.safeParse(value);
      if (!group.success) return [`${event}[${index}]`];
      return group.data.hooks.flatMap((each, at) => {
        const entry = Entry.safeParse(each);
        const isSound = entry.success &&
          (entry.data.type !== "command" || typeof entry.data.command === "string");
        return isSound ? [] : [`${event}[${index}].hooks[${at}]`];
      });
    })
  );
}

/** What the text of the settings says there; undefined for no file, and for an empty one. */
function settingIn(text: string | undefined, name: string): unknown {
  return text === undefined || text.trim() === ""
    ? undefined
    : valueAt(SETTINGS_FILE.parse(text), name);
}

function valueAt(file: HooksFile, name: string): unknown {
  return (file as Readonly<Record<string, unknown>>)[name];
}
