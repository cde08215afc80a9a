import { existsSync } from "@std/fs/exists";
import { dirname } from "@std/path";
import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { configPath } from "../config/load.ts";
import { stopDaemon } from "../daemon/stop_daemon.ts";
import { clearElsewhere } from "../files/elsewhere.ts";
import { realPathOf } from "../files/real_path.ts";
import { linkAt } from "../process/link_at.ts";
import { spawnItself } from "../process/itself.ts";
import { knownHomes, knownProviders } from "../state/homes.ts";
import { stateDirectory } from "../state/location.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { waitingIn } from "../state/waiting.ts";
import { messageOf } from "../text/message_of.ts";
import { shown } from "./held_sessions.ts";
import { hookCalls, stateDirectoriesOf } from "./hook_options.ts";
import { mayHaveOurs } from "./may_have_ours.ts";
import { uninstallService } from "./service.ts";
import { noAnswer } from "./stop.ts";
import { directoryOf, harnessOf, homesThere, type NamedHome } from "./target.ts";

/**
 * `uninstall`: takes back, in all homes, what sessions are protected by, so that the program can be
 * removed; with `--purge`, all that it has written too.
 */
export async function uninstall({ options }: Invocation): Promise<number> {
  const all = homesThere();
  const others = await othersIn(all);
  for (const [home, program] of others) {
    print(
      `${shown(home.home)}: its hooks call ${
        shown(program)
      }, and stay; so do its daemon and state.\n`,
    );
  }
  const homes = all.filter((home) => !others.has(home));
  // The hooks tell where they look, as long as they are there.
  const theirs = directoriesAt(await pathsFor([...others.keys()])).map(({ path }) => path);
  const directories = directoriesAt([
    ...await pathsFor(homes),
    ...others.size > 0 ? [] : pathsBeside(),
  ]).filter(({ path }) => !theirs.includes(path));
  if (!await removeHooks(homes)) {
    printError(
      "hooks are left, so the daemons, settings and state stay too; mend this, then uninstall again",
    );
    return EXIT.failed;
  }
  // Before the daemons: it might start one.
  let isDone = others.size > 0 || await uninstallService() === EXIT.ok;
  for (const directory of directories) isDone = await end(directory) && isDone;
  if (!isDone) return EXIT.failed;
  if (others.size > 0) return options.purge ? await purge(directories, undefined) : EXIT.ok;
  return options.purge ? await purge(directories, settingsDirectory()) : keep(directories);
}

/** The homes whose hooks call another program that is there, and which: they are for that one to take back. */
async function othersIn(homes: readonly NamedHome[]): Promise<Map<NamedHome, string>> {
  const ours = realPathOf(Deno.execPath());
  const others = new Map<NamedHome, string>();
  for (const home of homes) {
    const programs = (await hookCalls(home)).map((call) => call.program);
    const there = programs.filter((program) => existsSync(program, { isFile: true }));
    if (there.length > 0 && there.every((program) => realPathOf(program) !== ours)) {
      others.set(home, there[0]!);
    }
  }
  return others;
}

/** Where homes, and their hooks, look. */
async function pathsFor(homes: readonly NamedHome[]): Promise<(string | undefined)[]> {
  const ofHooks = await Promise.all(
    homes.map(async (home) => stateDirectoriesOf(await hookCalls(home))),
  );
  return [...homes.map((home) => directoryOf(home)), ...ofHooks.flat()];
}

/** Where states of homes that have gone, and of providers, are. */
function pathsBeside(): (string | undefined)[] {
  const usual = stateDirectory({}, Deno.env.get, Deno.cwd);
  return usual === undefined ? [] : [
    usual,
    ...knownHomes(new StateDirectory(usual)).map(({ directory }) => directory.path),
    ...knownProviders(new StateDirectory(usual)).map((provider) => directoryOf({ provider })),
  ];
}

/** Those that are there and ours, each once. */
function directoriesAt(paths: readonly (string | undefined)[]): StateDirectory[] {
  const there = paths.filter((path) =>
    path !== undefined && existsSync(path, { isDirectory: true })
  );
  const real = new Map(there.map((path) => [Deno.realPathSync(path!), path!]));
  return [...real.values()].map((path) => new StateDirectory(path))
    .filter((directory) => directory.isOurs());
}

/** Removes the hooks of all homes; false where some are left. */
async function removeHooks(homes: readonly NamedHome[]): Promise<boolean> {
  let isDone = true;
  for (const each of homes) {
    const harness = harnessOf(each);
    const path = harness.hooksPath();
    if (path === undefined || !await mayHaveOurs(path, harness)) continue;
    const outcome = await harness.uninstall(path);
    if (outcome.kind === "done") {
      print(`${shown(each.home)}: ${outcome.lines.join("\n")}\n`);
    } else {
      printError(outcome.message);
      isDone = false;
    }
  }
  return isDone;
}

/** Lets those go that are held, and ends the daemon; false where it does not end. */
async function end(directory: StateDirectory): Promise<boolean> {
  const held = (await waitingIn(directory)).length;
  if (held > 0) {
    const who = held === 1 ? "1 agent was held; it goes" : `${held} agents were held; they go`;
    print(`${who} on now, unguarded.\n`);
    const { status } = spawnItself({
      args: ["release", "--all", `--state-dir=${directory.path}`],
      stderr: "inherit",
    });
    await status;
  }
  const pid = directory.daemonPid();
  switch (await stopDaemon(directory)) {
    case "not-running":
      return true;
    case "stopped":
      print(`The daemon${pid ? ` (pid ${pid})` : ""} has ended.\n`);
      return true;
    case "timeout":
      printError(noAnswer(directory));
      return false;
  }
}

/** Says what stays. */
function keep(directories: readonly StateDirectory[]): number {
  const settings = settingsDirectory();
  const kept = [
    ...(settings === undefined ? [] : [settings]),
    ...directories.map(({ path }) => path),
  ].map(shown);
  if (kept.length > 0) print(`Settings, state and history stay: ${kept.join(", ")}.\n`);
  return EXIT.ok;
}

/** Removes what was written, and nothing else that is there. */
async function purge(
  directories: readonly StateDirectory[],
  settings: string | undefined,
): Promise<number> {
  const all = [
    ...directories.map(({ path }) => ["clear-state", path] as const),
    ...(settings === undefined ? [] : [["clear-settings", settings] as const]),
  ];
  let code: number = EXIT.ok;
  for (const [operation, path] of all) {
    try {
      // Where it is a link, that is the user's, and so is the directory that it leads to.
      const isLink = linkAt(path) !== undefined;
      await clearElsewhere(operation, Deno.realPathSync(path), { removesDirectory: !isLink });
      const isLeft = !isLink && existsSync(path);
      print(`Removed ${shown(path)}${isLeft ? ", but for what is not ours in it" : ""}.\n`);
    } catch (error) {
      printError(messageOf(error));
      code = EXIT.failed;
    }
  }
  return code;
}

/** The directory of the user's settings; undefined where there is none. */
function settingsDirectory(): string | undefined {
  const path = configPath();
  return path !== undefined && existsSync(dirname(path)) ? dirname(path) : undefined;
}
