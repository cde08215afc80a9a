import type { Options } from "../cli/options.ts";
import { type StartOutcome, whatFailed } from "../daemon/start_outcome.ts";
import { fail } from "../doctor/check.ts";
import type { Coverage } from "../doctor/coverage.ts";
import { quotaOf } from "../doctor/doctor.ts";
import type { HookOutcome } from "../harness/harness.ts";
import type { HomeSetup } from "../setup/home_setup.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { messageOf } from "../text/message_of.ts";
import { withoutHome } from "../text/without_home.ts";
import { coverageIn, firstReading, lookAt } from "./doctor.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { hooksPathOf } from "./hooks_path.ts";
import { installIn } from "./install_hook.ts";
import { startIn } from "./start.ts";
import { namedStateDirectory } from "./state_directory.ts";
import { harnessOf, type NamedHome } from "./target.ts";

/**
 * Installs the hooks in a home of a harness, starts its daemon, and looks whether that protects its sessions:
 * what `install-hook`, `start`, `doctor` and `doctor --coverage` do. What is so already stays.
 *
 * @param hasProgram The harness's program is on PATH.
 * @param say Takes each line for people as soon as it is known.
 */
export async function setUpHome(
  { provider, home }: NamedHome,
  hasProgram: boolean,
  say: (line: string) => void,
): Promise<HomeSetup> {
  const options = { provider, home };
  const harness = harnessOf(options);
  const hooks = await install(options);
  const begun = { harness, home, hasProgram, hooks };
  if (hooks.kind === "failed") {
    say("  The hooks were not installed.");
    const nothing = { daemon: undefined, checks: [], quota: undefined, coverage: undefined };
    return { ...begun, ...nothing, signedIn: "unknown" };
  }
  for (const line of hooks.lines) say(`  ${line}`);

  const daemon = await start(options);
  say(`  ${daemonLine(daemon)}`);
  const directory = new StateDirectory(await stateDirectoryOf(options));
  if (daemon.kind === "started") await firstReading(directory);
  const signedIn = harness.signedIn(directory);
  say("  Looking whether all is in place, and trying each hook, which takes some seconds...");
  const { checks, quota } = await look(options);
  const isRead = checks.some(({ name, result }) => name === "reading" && result === "ok");
  for (const { name, result, text, todo } of checks) {
    // A quota that cannot be read is one that the state does not have.
    if (name === "state" && !isRead) continue;
    // How long each hook takes, `doctor` tells; which requests are not held, is told below.
    if (result === "warn" && !/^(hook |requests$)/.test(name)) say(`  ${name}: ${text} → ${todo}`);
  }
  // What Codex does not run holds nothing, and is told by the checks.
  const isTrusted = checks.some(({ name, result }) => name === "trust" && result === "ok");
  const tried = harness.asksTrust && !hasProgram
    ? `${harness.program} was not found on PATH`
    : isTrusted
    ? await tryOut(options)
    : `${harness.name} does not run the hooks, or could not be asked`;
  if (typeof tried === "string") {
    say(`  Not tried whether requests are held: ${tried}.`);
    return { ...begun, daemon, checks, quota, coverage: undefined, signedIn };
  }
  const held = tried.filter(({ result }) => result === "held").length;
  const kinds = tried.filter(({ result }) => result !== "none").length;
  say(`  Tried on a spent quota: ${held} of ${kinds} kinds of requests that can be held are.`);
  return { ...begun, daemon, checks, quota, coverage: tried, signedIn };
}

function daemonLine(daemon: StartOutcome): string {
  switch (daemon.kind) {
    case "started":
      return "The daemon was started.";
    case "already-running":
      return "The daemon runs already.";
    case "failed":
      return `The daemon ${whatFailed(daemon)}.`;
  }
}

/**
 * Tells what {@linkcode setUpHome} would do. Changes nothing.
 *
 * @returns False where something stands in its way.
 */
export async function tellPlan(
  { provider, home }: NamedHome,
  hasProgram: boolean,
  say: (line: string) => void,
): Promise<boolean> {
  const options = { provider, home };
  const harness = harnessOf(options);
  const path = hooksPathOf(options, harness);
  const report = await harness.inspect(path);
  if (report.kind === "failed") {
    say(`  The hooks could not be installed: ${report.message}`);
    return false;
  }
  const isDone = report.hooks.length > 0 && report.missing.length === 0 &&
    report.hooks.every(({ isAsWritten, standing }) =>
      isAsWritten && (standing === "trusted" || standing === "unlisted")
    );
  const { name, asksTrust } = harness;
  const trust = hasProgram
    ? `, and have ${name} trust them`
    : `, and ${name} would ask you to review them`;
  say(
    isDone
      ? "  The hooks are in place."
      : `  Would install the hooks in ${withoutHome(path)}${asksTrust ? trust : ""}.`,
  );
  const isRunning = new StateDirectory(await stateDirectoryOf(options)).isDaemonAlive();
  say(isRunning ? "  The daemon runs already." : "  Would start the daemon.");
  return true;
}

/** True where hooks of ours are in the home's hooks file, whatever is to be said of them. */
export async function hasHooks({ provider, home }: NamedHome): Promise<boolean> {
  const harness = harnessOf({ provider, home });
  return (await harness.calls(hooksPathOf({ home }, harness))).length > 0;
}

/** What the doctor finds; that it could not look is a finding too. */
async function look(options: Options): Promise<Pick<HomeSetup, "checks" | "quota">> {
  try {
    const { checks, patient } = await lookAt(options);
    return { checks, quota: quotaOf(patient) };
  } catch (error) {
    const checks = [fail("doctor", messageOf(error), "run: quota-sentry doctor")];
    return { checks, quota: undefined };
  }
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
    return await startIn(options);
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
