import { dirname, join } from "@std/path";
import { tryLockDirectory } from "../../../files/directory_lock.ts";
import { makeDirectoryElsewhere } from "../../../files/elsewhere.ts";
import { readIfThere } from "../../../files/if_there.ts";
import { isExecutable } from "../../../process/program_path.ts";
import { messageOf } from "../../../text/message_of.ts";
import { freeNameFor } from "../../backup.ts";
import { Changes } from "../../changes.ts";
import type { HookOutcome, HookProgram } from "../../harness.ts";
import { HOOK_SCRIPT_NAME, hookScript } from "../../hook_script.ts";
import type { Hook } from "../../hooks/hook.ts";
import { HooksFileError, UnchangeableError } from "../../hooks/hooks_file.ts";
import { originalIn } from "../../hooks/original.ts";
import { scriptValues } from "../../hooks/script_values.ts";
import { type FileOnDisk, readOnDisk, realPath } from "../../hooks/user_file.ts";
import { AppServer, AppServerError, CodexMissingError } from "../app_server.ts";
import { ConfigFile } from "./config_file.ts";
import { isNewerEvent, limitOf } from "./events.ts";
import { HOOKS_FILE, OUR_PART } from "./hooks_file.ts";
import { isCodexHomes, sessionDirectoryFor } from "./hooks_path.ts";
import { otherHome } from "./other_home.ts";
import { ourHooks } from "./our_hooks.ts";
import { isActive, listHooks, matching, switchedOffBy, trustChanges, unlisted } from "./trust.ts";
import { keysOf, nameInKeys, trustAhead } from "./trust_ahead.ts";

/** Two at once would each put back what the other did. */
export const BUSY =
  "another install or uninstall is at work on this hooks file; nothing was changed";

const RESTART = "Restart Codex sessions that are running: they keep the hooks they started with.";

/**
 * Adds our hooks to a hooks file and has Codex trust exactly these. When that fails, whatever was
 * changed is put back.
 */
export async function install(
  hooksPath: string,
  program: HookProgram,
  home: string | undefined,
): Promise<HookOutcome> {
  const changes = new Changes();
  let left: string[] = [];
  try {
    await makeDirectoryElsewhere(dirname(hooksPath));
    using lock = tryLockDirectory(dirname(await realPath(hooksPath) ?? hooksPath));
    if (!lock) return { kind: "failed", message: BUSY };
    const plan = { ...await planFor(hooksPath, program), home };
    const trust = await changeAndTrust(plan, changes).catch(async (error) => {
      left = await changes.undo();
      throw error;
    });
    const names = plan.hooks.map(({ event }) => event).join(", ");
    if (!changes.areAny) {
      const line = `The hooks ${names} are in ${hooksPath} already; nothing was changed.`;
      return { kind: "done", lines: [line, ...trust], hasChanged: false };
    }
    const [verb, backup] = plan.file.text === plan.after
      ? ["The hooks are in place:", undefined]
      : ["Installed the hooks", plan.backup];
    return {
      kind: "done",
      lines: [
        `${verb} ${names} in ${hooksPath}.`,
        ...(backup === undefined ? [] : [`The file without them is in ${backup}.`]),
        ...trust,
        RESTART,
      ],
      hasChanged: true,
    };
  } catch (error) {
    return { kind: "failed", message: failureOf(error, hooksPath, left) };
  }
}

/** What is to be done to the files. */
interface Plan {
  /** The hooks file, as the user names it. */
  readonly hooksPath: string;
  readonly home: string | undefined;
  readonly file: FileOnDisk;
  /** Its text with our hooks. */
  readonly after: string;
  readonly hooks: readonly Hook[];
  /** Its text without them; undefined for no file. */
  readonly original: string | undefined;
  /** Where that is kept, or is to be; undefined when there is nothing to keep. */
  readonly backup: string | undefined;
  /** The script that they call; undefined when it is left as it is. */
  readonly script: { readonly path: string; readonly text: string } | undefined;
}

async function planFor(hooksPath: string, program: HookProgram): Promise<Omit<Plan, "home">> {
  const file = await readOnDisk(hooksPath);
  // Beside the file itself: a home in which it is a link may go, and its links with it.
  const script = program.stateDirectory === undefined ? undefined : {
    path: join(dirname(file.path), HOOK_SCRIPT_NAME),
    text: hookScript(program.path, program.stateDirectory),
  };
  const hooks = ourHooks(script ? { ...program, path: script.path } : program);
  const { text: original, copy } = file.text === undefined
    ? { text: undefined, copy: undefined }
    : await originalIn(OUR_PART, file.path, file.text);
  const after = HOOKS_FILE.add(original, hooks);
  const other = await otherHome(hooksPath, file.path, HOOKS_FILE.find(file.text ?? ""));
  if (other?.holdsFile) {
    if (after !== file.text || (script && !await isExecutable(script.path))) {
      throw new SharedError(
        `it is a link to ${file.path}, whose hooks the Codex with CODEX_HOME=${other.path} trusts ` +
          `as they are; run first: CODEX_HOME=${other.path} quota-sentry install-hook`,
      );
    }
    return { hooksPath, file, after, hooks, original, backup: undefined, script: undefined };
  }
  // A script that is only of another version may be replaced: it is the same hook to all of them.
  if (other && (after !== file.text || (script && await looksElsewhere(script.path, program)))) {
    throw new SharedError(
      `it is a link to ${file.path}, as is the hooks file of the Codex with ` +
        `CODEX_HOME=${other.path}, which trusts the hooks as they are and would skip others; run ` +
        `first: CODEX_HOME=${other.path} quota-sentry uninstall-hook`,
    );
  }
  const backup = original === undefined ? undefined : copy ?? await freeNameFor(file.path);
  return { hooksPath, file, after, hooks, original, backup, script };
}

/** Whether a script of ours is there that looks at another state than it is to. */
async function looksElsewhere(path: string, { stateDirectory }: HookProgram): Promise<boolean> {
  const looksAt = scriptValues(await readIfThere(path) ?? "").stateDirectory;
  return looksAt !== undefined && looksAt !== stateDirectory;
}

/** The hooks belong to another home too, and are not to be changed from here. */
class SharedError extends Error {
  override name = "SharedError";
}

/** Makes the change and returns the lines about trust. */
async function changeAndTrust(plan: Plan, changes: Changes): Promise<string[]> {
  let started: AppServer;
  try {
    started = await AppServer.start({ home: plan.home });
  } catch (error) {
    if (!(error instanceof CodexMissingError)) throw error;
    await changeHooks(plan, changes);
    return [
      "codex was not found on PATH, so the hooks are not trusted yet: " +
      "Codex will ask you to review them when it starts, and skips them until then.",
    ];
  }
  await using server = started;
  return await trustInCodex(server, plan, changes);
}

async function changeHooks(
  { file, after, original, backup, script }: Plan,
  changes: Changes,
): Promise<void> {
  const { path, text: before, mode } = file;
  if (backup !== undefined && before !== after) {
    await changes.make({ path: backup, before: await readIfThere(backup), after: original, mode });
  }
  // Before the hooks that call it; one that nobody calls does no harm.
  if (script) {
    const { path, text } = script;
    await changes.make({ path, before: await readIfThere(path), after: text, mode: 0o700 });
  }
  await changes.make({ path, before, after, mode });
}

async function trustInCodex(server: AppServer, plan: Plan, changes: Changes): Promise<string[]> {
  const { hooksPath, home, hooks, file } = plan;
  const cwd = await sessionDirectoryFor(hooksPath, home);
  const before = await listHooks(server, file.path, cwd);
  if (before.hooks.length === 0) await checkRunsHooks(server, before.problem);
  (await ConfigFile.read(home)).checkTakesTrust();
  await changeHooks(plan, changes);
  const after = await listHooks(server, file.path, cwd);
  if (
    after.hooks.length === 0 && after.problem === undefined && !await isCodexHomes(hooksPath, home)
  ) {
    return [
      `Codex does not read ${hooksPath} (its own is in CODEX_HOME), so there was nothing to trust.`,
    ];
  }
  const unknown = unlisted(after.hooks, hooks).map(({ event }) => event);
  if (!unknown.every(isNewerEvent)) {
    throw new AppServerError(
      after.problem ?? "codex does not list the hooks that were just written",
    );
  }
  const name = await nameInKeys(hooksPath);
  const config = await ConfigFile.read(home);
  const { trust, forget } = trustChanges(before.hooks, after.hooks, matching(after.hooks, hooks));
  const ahead = await trustAhead(HOOKS_FILE.find(plan.after), after.hooks, name);
  const earlier = unlisted(before.hooks, HOOKS_FILE.find(file.text ?? ""));
  const outdated = await keysOf(earlier, name, config.trusted);
  const wanted = [...trust, ...ahead];
  const keys = wanted.map(({ key }) => key);
  await changes.make(config.with({
    trust: wanted,
    forget: [...forget, ...outdated].filter((key) => !keys.includes(key)),
  }));
  const now = await listHooks(server, file.path, cwd);
  const active = matching(now.hooks, hooks).filter(isActive);
  if (active.length !== hooks.length - unknown.length) {
    throw new AppServerError(now.problem ?? "codex did not take over the trust");
  }
  const limit = limitOf(server.version, unknown);
  return ["Codex trusts them.", ...(limit === undefined ? [] : [limit])];
}

/**
 * @throws {AppServerError} When Codex would run no hook at all.
 */
async function checkRunsHooks(server: AppServer, problem: string | undefined): Promise<void> {
  if (problem !== undefined) throw new AppServerError(problem);
  const setting = await switchedOffBy(server);
  if (setting === undefined) return;
  throw new AppServerError(
    `hooks are switched off in Codex (${setting}, under [features] in its config.toml); ` +
      "take that away if you want them, then install again",
  );
}

function failureOf(error: unknown, hooksPath: string, left: readonly string[]): string {
  const why = messageOf(error);
  if (error instanceof SharedError) return `${hooksPath} was left as it is: ${why}`;
  if (error instanceof HooksFileError) {
    const end = error instanceof UnchangeableError
      ? ";"
      : ". Codex skips every hook of such a file;";
    return `${hooksPath} was left as it is: ${why}${end} mend it, then install again`;
  }
  if (left.length === 0) return `the hooks were not installed, and everything is as it was: ${why}`;
  return `the hooks were not installed: ${why}. ${left.join(" ")} ` +
    "If it holds hooks of ours: quota-sentry uninstall-hook";
}
