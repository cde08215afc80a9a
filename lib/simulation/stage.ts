import { basename, dirname, join } from "@std/path";
import { SHARED } from "../config/shared.ts";
import { stopDaemon } from "../daemon/stop_daemon.ts";
import { makeDirectoryElsewhere, removeTreeElsewhere, writeElsewhere } from "../files/elsewhere.ts";
import { DISABLE_VARIABLE, NOTICE_FILE_VARIABLE } from "../guard/environment.ts";
import { HOOK_SCRIPT_NAME, hookScript } from "../harness/hook_script.ts";
import { PLAYER } from "../harness/registry.ts";
import { delay } from "../process/delay.ts";
import { spawnItself } from "../process/itself.ts";
import { stableProgramPath } from "../process/program_path.ts";
import { signalChild } from "../process/signal_child.ts";
import { StateDirectory } from "../state/state_directory.ts";

/** The name of a simulation's directory begins so. */
const PREFIX = "quota-sentry-simulation-";

/** How often to look whether the process that wants the simulation lives, in milliseconds. */
const LOOK_EVERY_MS = 500;

/** Ending takes a tenth of a second; on a machine that is busy to its limit, seconds. */
const END_TIMEOUT_MS = 15_000;

/** Where everything of a simulation is, below its directory; the environment of its processes says so. */
export interface Stage {
  readonly stateDirectory: StateDirectory;
  /** The home of the harness that is played, with the hook script in it. */
  readonly home: string;
  /** What `XDG_CONFIG_HOME` names; it need not be there. */
  readonly configHome: string;
  /** Ends the simulation. */
  readonly signal: AbortSignal;
}

/**
 * Runs a simulation in a process of its own, which is started in a private temporary directory since it
 * may write there alone, and removes what it leaves behind. It sees neither the user's settings nor the
 * user's agents.
 *
 * @param args What the hidden command `simulation` is to show.
 * @param parent The directory for temporary files.
 * @param signal Ends it early.
 * @returns Its exit code.
 */
export async function runOnStage(
  args: readonly string[],
  parent: string,
  signal: AbortSignal,
): Promise<number> {
  const directory = join(parent, `${PREFIX}${crypto.randomUUID()}`);
  const stage = stageIn(directory, signal);
  try {
    for (const path of [stage.stateDirectory.path, stage.home]) {
      await makeDirectoryElsewhere(path);
    }
    // There before the process is that may run it: it looks for it when it starts.
    const hook = hookScript(await stableProgramPath(), stage.stateDirectory.path);
    await writeElsewhere(join(stage.home, HOOK_SCRIPT_NAME), hook, 0o700);
    if (signal.aborted) return 1;
    const child = spawnItself({
      args: ["simulation", ...args],
      cwd: directory,
      env: environmentOf(stage),
      stdout: "inherit",
      stderr: "inherit",
      // A Ctrl-C is ours alone: it ends in order.
      detached: true,
    });
    let kill: ReturnType<typeof setTimeout> | undefined;
    const end = () => {
      signalChild(child, "SIGTERM");
      kill = setTimeout(() => signalChild(child, "SIGKILL"), END_TIMEOUT_MS);
    };
    signal.addEventListener("abort", end, { once: true });
    const { code } = await child.status;
    signal.removeEventListener("abort", end);
    clearTimeout(kill);
    return code;
  } finally {
    await stopDaemon(stage.stateDirectory);
    await removeTreeElsewhere(directory);
  }
}

/**
 * Runs a simulation in the working directory, for {@linkcode runOnStage}. Where the process that asked
 * for it is killed, this one removes what there is.
 *
 * @returns undefined where this is no simulation's directory.
 */
export async function playOnStage(
  play: (stage: Stage) => Promise<number>,
): Promise<number | undefined> {
  const directory = Deno.cwd();
  if (!basename(directory).startsWith(PREFIX)) return undefined;
  const parent = Deno.ppid;
  const ended = new AbortController();
  Deno.addSignalListener("SIGTERM", () => ended.abort());
  const isAlone = () => Deno.ppid !== parent;
  const watch = setInterval(() => isAlone() && ended.abort(), LOOK_EVERY_MS);
  const stage = stageIn(directory, ended.signal);
  try {
    return await play(stage);
  } finally {
    clearInterval(watch);
    await stopDaemon(stage.stateDirectory);
    if (isAlone()) {
      // What a process may run, Deno does not let it remove.
      Deno.env.set("PATH", Deno.env.get("PATH")!.replace(`${stage.home}:`, ""));
      await removeTreeElsewhere(directory);
    }
  }
}

/** Waits until the next whole second: what resets does so on one. Gives it in milliseconds. */
export async function nextSecond(signal: AbortSignal): Promise<number> {
  const ms = Math.ceil(Date.now() / 1000) * 1000;
  await delay(ms - Date.now(), signal);
  return ms;
}

function stageIn(directory: string, signal: AbortSignal): Stage {
  return {
    stateDirectory: new StateDirectory(join(directory, "cache", "quota-sentry")),
    home: join(directory, "home"),
    configHome: join(directory, "config"),
    signal,
  };
}

function environmentOf({ stateDirectory, home, configHome }: Stage): Record<string, string> {
  const settings = Object.values(SHARED).map(({ variable }) => variable);
  return {
    ...Object.fromEntries(
      [...settings, DISABLE_VARIABLE, NOTICE_FILE_VARIABLE].map((name) => [name, ""]),
    ),
    [PLAYER.variable]: home,
    XDG_CACHE_HOME: dirname(stateDirectory.path),
    XDG_CONFIG_HOME: configHome,
    // Programs may be run by their names only.
    PATH: `${home}:${Deno.env.get("PATH") ?? ""}`,
  };
}
