import type { Options } from "../cli/options.ts";
import type { StartOutcome } from "../daemon/start_daemon.ts";
import { fail } from "../doctor/check.ts";
import type { Coverage } from "../doctor/coverage.ts";
import type { HookOutcome } from "../harness/harness.ts";
import type { HomeSetup } from "../setup/home_setup.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { messageOf } from "../text/message_of.ts";
import { withoutHome } from "../text/without_home.ts";
import { coverageIn, firstReading, look } from "./doctor.ts";
import { withHooksDirectory, withHooksOptions } from "./hook_options.ts";
import { hooksPathOf } from "./hooks_path.ts";
import { installIn } from "./install_hook.ts";
import { startIn } from "./start.ts";
import { namedStateDirectory } from "./state_directory.ts";
import { codexOf } from "./target.ts";

/**
 * Installs the hooks in a Codex home, starts its daemon, and looks whether that protects its sessions:
 * what `install-hook`, `start`, `doctor` and `doctor --coverage` do. What is so already stays.
 *
 * @param hasCodex Codex is on PATH.
 * @param say Takes each line for people as soon as it is known.
 */
export async function setUpHome(
  home: string,
  hasCodex: boolean,
  say: (line: string) => void,
): Promise<HomeSetup> {
  const options = { home };
  const hooks = await install(options);
  const isSignedIn = codexOf(options).account() !== undefined;
  if (hooks.kind === "failed") {
    say("  The hooks were not installed.");
    return { home, hooks, daemon: undefined, checks: [], coverage: undefined, isSignedIn };
  }
  for (const line of hooks.lines) say(`  ${line}`);

  const daemon = await start(options);
  say(`  ${DAEMON_LINES[daemon.kind]}`);
  if (daemon.kind === "started") {
    await firstReading(new StateDirectory(await stateDirectoryOf(options)));
  }
  const checks = await look(options).catch((error) => [
    fail("doctor", messageOf(error), "run: quota-sentry doctor"),
  ]);
  for (const { name, result, text, todo } of checks) {
    // How long each hook takes, `doctor` tells; which requests are not held, is told below.
    if (result === "warn" && !/^(hook |requests$)/.test(name)) say(`  ${name}: ${text} → ${todo}`);
  }
  // What Codex does not run holds nothing, and is told by the checks.
  const isTrusted = checks.some(({ name, result }) => name === "trust" && result === "ok");
  const tried = !hasCodex
    ? "codex was not found on PATH"
    : isTrusted
    ? await tryOut(options)
    : "Codex does not run the hooks, or could not be asked";
  if (typeof tried === "string") {
    say(`  Not tried whether requests are held: ${tried}.`);
    return { home, hooks, daemon, checks, coverage: undefined, isSignedIn };
  }
  const held = tried.filter(({ result }) => result === "held").length;
  const kinds = tried.filter(({ result }) => result !== "none").length;
  say(`  Tried on a spent quota: ${held} of ${kinds} kinds of requests that can be held are.`);
  return { home, hooks, daemon, checks, coverage: tried, isSignedIn };
}

const DAEMON_LINES: Readonly<Record<StartOutcome["kind"], string>> = {
  "started": "The daemon was started.",
  "already-running": "The daemon runs already.",
  "failed": "The daemon did not start.",
};

/**
 * Tells what {@linkcode setUpHome} would do. Changes nothing.
 *
 * @returns False where something stands in its way.
 */
export async function tellPlan(
  home: string,
  hasCodex: boolean,
  say: (line: string) => void,
): Promise<boolean> {
  const options = { home };
  const codex = codexOf(options);
  const path = hooksPathOf(options, codex);
  const report = await codex.inspect(path);
  if (report.kind === "failed") {
    say(`  The hooks could not be installed: ${report.message}`);
    return false;
  }
  const isDone = report.hooks.length > 0 && report.missing.length === 0 &&
    report.hooks.every(({ isAsWritten, standing }) =>
      isAsWritten && (standing === "trusted" || standing === "unlisted")
    );
  const trust = hasCodex ? "and have Codex trust them" : "and Codex would ask you to review them";
  say(
    isDone
      ? "  The hooks are in place."
      : `  Would install the hooks in ${withoutHome(path)}, ${trust}.`,
  );
  const isRunning = new StateDirectory(await stateDirectoryOf(options)).isDaemonAlive();
  say(isRunning ? "  The daemon runs already." : "  Would start the daemon.");
  return true;
}

/** True where hooks of ours are in the home's hooks file, whatever is to be said of them. */
export async function hasHooks(home: string): Promise<boolean> {
  const codex = codexOf({ home });
  return (await codex.calls(hooksPathOf({ home }, codex))).length > 0;
}

async function install(options: Options): Promise<HookOutcome> {
  try {
    return (await installIn(options)).outcome;
  } catch (error) {
    return { kind: "failed", message: messageOf(error) };
  }
}

async function start(options: Options): Promise<StartOutcome> {
  try {
    return await startIn(await withHooksOptions(options));
  } catch (error) {
    return { kind: "failed", reason: messageOf(error) };
  }
}

/** Which requests are held, or why that could not be tried. Each trial has an end of its own. */
async function tryOut(options: Options): Promise<readonly Coverage[] | string> {
  try {
    return (await coverageIn(options)).requests;
  } catch (error) {
    return messageOf(error);
  }
}

async function stateDirectoryOf(options: Options): Promise<string> {
  return namedStateDirectory(await withHooksDirectory(options));
}
