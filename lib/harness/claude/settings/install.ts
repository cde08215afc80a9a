import { dirname, join } from "@std/path";
import { tryLockDirectory } from "../../../files/directory_lock.ts";
import { makeDirectoryElsewhere } from "../../../files/elsewhere.ts";
import { readIfThere } from "../../../files/if_there.ts";
import { messageOf } from "../../../text/message_of.ts";
import { freeNameFor } from "../../backup.ts";
import { Changes } from "../../changes.ts";
import type { HookOutcome, HookProgram } from "../../harness.ts";
import { HOOK_SCRIPT_NAME, hookScript } from "../../hook_script.ts";
import { HooksFileError, UnchangeableError } from "../../hooks/hooks_file.ts";
import { originalIn } from "../../hooks/original.ts";
import { type FileOnDisk, readOnDisk, realPath } from "../../hooks/user_file.ts";
import {
  isWrappable,
  STATUS_LINE_NAME,
  statusLineCommand,
  statusLineScript,
} from "../status_line.ts";
import { limitOf, mayStand } from "../events.ts";
import { claudeVersion } from "../version.ts";
import { managedOff } from "./managed.ts";
import { ourHooks } from "./our_hooks.ts";
import { otherHomes } from "./other_homes.ts";
import { ownStatusLine } from "./own_status_line.ts";
import {
  brokenEntries,
  isStatusLineReplaceable,
  ourPart,
  SETTINGS_FILE,
  switchedOffIn,
} from "./settings_file.ts";

/** Two at once would each put back what the other did. */
export const BUSY =
  "another install or uninstall is at work on these settings; nothing was changed";

/** Claude Code would run none of them. */
class OffError extends Error {
  override name = "OffError";
}

/** Adds our hooks, and our status line, to Claude Code's settings; on failure all is put back. */
export async function install(hooksPath: string, program: HookProgram): Promise<HookOutcome> {
  const changes = new Changes();
  let left: string[] = [];
  try {
    await makeDirectoryElsewhere(dirname(hooksPath));
    using lock = tryLockDirectory(dirname(await realPath(hooksPath) ?? hooksPath));
    if (!lock) return { kind: "failed", message: BUSY };
    const plan = await planFor(hooksPath, program);
    await change(plan, changes).catch(async (error) => {
      left = await changes.undo();
      throw error;
    });
    const hasChanged = changes.areAny;
    return { kind: "done", lines: linesFor(hooksPath, plan, hasChanged), hasChanged };
  } catch (error) {
    return { kind: "failed", message: failureOf(error, hooksPath, left) };
  }
}

/** A script of ours beside the settings. */
interface Script {
  readonly path: string;
  readonly text: string;
}

/** What is to be done to the files. */
interface Plan {
  readonly file: FileOnDisk;
  /** The text of the settings with ours. */
  readonly after: string;
  /** Without; undefined for no file. */
  readonly original: string | undefined;
  /** Where that is kept, or is to be; undefined when there is nothing to keep. */
  readonly backup: string | undefined;
  readonly scripts: readonly Script[];
  readonly events: readonly string[];
  /** Other homes whose settings are this file. */
  readonly others: readonly string[];
  /** What is to be said of the status line. */
  readonly statusLine: string;
  /** What this Claude Code does not let us hold; undefined for nothing. */
  readonly limit: string | undefined;
  /** Entries of somebody else's that Claude Code cannot understand. */
  readonly broken: readonly string[];
}

async function planFor(hooksPath: string, program: HookProgram): Promise<Plan> {
  const file = await readOnDisk(hooksPath);
  const off = switchedOffIn(file.text) ?? await managedOff();
  if (off !== undefined) throw new OffError(off);
  const directory = dirname(file.path);
  const own = await ownStatusLine(file.path, file.text);
  const part = ourPart(own);
  const { text: original, copy } = file.text === undefined
    ? { text: undefined, copy: undefined }
    : await originalIn(part, file.path, file.text);
  const { stateDirectory } = program;
  const hookPath = join(directory, HOOK_SCRIPT_NAME);
  const version = await claudeVersion();
  const there = SETTINGS_FILE.find(file.text ?? "").map(({ event }) => event);
  const hooks = ourHooks(stateDirectory === undefined ? program : { ...program, path: hookPath })
    .filter(({ event }) => mayStand(version, event, there));
  const placed = hooks.map((hook) => ({ ...hook, index: 0 }));
  const linePath = join(directory, STATUS_LINE_NAME);
  const takesLine = stateDirectory !== undefined && isWrappable(own) &&
    isStatusLineReplaceable(file.text);
  const statusLine = takesLine ? statusLineCommand(linePath) : undefined;
  const scripts = stateDirectory === undefined ? [] : [
    { path: hookPath, text: hookScript(program.path, stateDirectory) },
    ...(takesLine
      ? [{
        path: linePath,
        text: statusLineScript({ program: program.path, stateDirectory, own }),
      }]
      : []),
  ];
  const after = part.ways[0]!(original, { hooks: placed, statusLine });
  return {
    file,
    after,
    original,
    backup: original === undefined ? undefined : copy ?? await freeNameFor(file.path),
    scripts,
    events: hooks.map(({ event }) => event),
    others: await otherHomes(hooksPath, file.path),
    statusLine: takesLine ? toldBy(own) : LEFT,
    limit: limitOf(version),
    broken: original === undefined ? [] : brokenEntries(SETTINGS_FILE.parse(original || "{}")),
  };
}

const LEFT = "The status line was left as it is, so that the quota is read through codexbar alone.";

function toldBy(own: string | undefined): string {
  return own === undefined
    ? "Its status line shows the quota now, and tells it to us."
    : "Its status line shows what it has shown, and tells us the quota.";
}

async function change(plan: Plan, changes: Changes): Promise<void> {
  const { file, after, original, backup, scripts } = plan;
  const { path, text: before, mode } = file;
  if (backup !== undefined && before !== after) {
    await changes.make({ path: backup, before: await readIfThere(backup), after: original, mode });
  }
  // Before the settings that call them; one that nobody calls does no harm.
  for (const { path, text } of scripts) {
    await changes.make({ path, before: await readIfThere(path), after: text, mode: 0o700 });
  }
  await changes.make({ path, before, after, mode });
}

function linesFor(hooksPath: string, plan: Plan, hasChanged: boolean): string[] {
  const { file, after, backup, statusLine, limit, broken, others } = plan;
  const names = plan.events.join(", ");
  const shared = others.length === 0 ? [] : [
    `It is the settings of ${
      others.join(", ")
    } as well: sessions of all these homes are held on one ` +
    "quota. If they are not one account, give each a settings.json of its own.",
  ];
  const limits = limit === undefined ? [] : [limit];
  const warning = broken.length === 0 ? limits : [
    ...limits,
    `It has hooks that Claude Code cannot understand (${
      broken.join(", ")
    }): versions up to 2.1.197 ` +
    "then run none at all. Take these out.",
  ];
  if (!hasChanged) {
    return [
      `The hooks ${names} are in ${hooksPath} already; nothing was changed.`,
      ...shared,
      ...warning,
    ];
  }
  const isNew = file.text !== after;
  return [
    `${isNew ? "Installed the hooks" : "The hooks are in place:"} ${names} in ${hooksPath}.`,
    ...(isNew && backup !== undefined ? [`The file without them is in ${backup}.`] : []),
    ...shared,
    statusLine,
    ...warning,
    "Claude Code sessions that are running take them over in a second or two.",
  ];
}

function failureOf(error: unknown, hooksPath: string, left: readonly string[]): string {
  const why = messageOf(error);
  if (error instanceof OffError) {
    return `${hooksPath} was left as it is: ${why}; take that away if you want them, then install again`;
  }
  if (error instanceof HooksFileError) {
    const end = error instanceof UnchangeableError ? ";" : ". Claude Code passes over such a file;";
    return `${hooksPath} was left as it is: ${why}${end} mend it, then install again`;
  }
  if (left.length === 0) return `the hooks were not installed, and everything is as it was: ${why}`;
  return `the hooks were not installed: ${why}. ${left.join(" ")} ` +
    "If it holds hooks of ours: quota-sentry uninstall-hook claude";
}
