import { join } from "@std/path";
import { spawnItself } from "../process/itself.ts";
import { earlierVersion, INSTALL, named, skippedHooks } from "../hooks/findings.ts";
import type { HookReport, InstalledHook } from "../hooks/harness.ts";
import type { SeenHooks } from "../hooks/seen.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** A hook that takes longer than this is felt, in milliseconds. */
const BUDGET_MS = 250;

/** Longer than a hook that is let pass ever takes, in milliseconds. */
const RUN_TIMEOUT_MS = 10_000;

/**
 * Checks the hooks that a harness reported.
 *
 * @param seen What it said at the start of a session, for when it cannot be asked now.
 */
export async function checkHooks(
  report: HookReport,
  harness: string,
  seen: readonly SeenHooks[],
): Promise<Check[]> {
  if (report.kind === "failed") {
    return [fail("hooks", report.message, INSTALL)];
  }
  const checks = [installed(report), trusted(report, harness, seen)];
  if (report.limit !== undefined) {
    checks.push(warn("requests", report.limit, `update ${harness}`));
  }
  for (const hook of report.hooks) checks.push(await tryOut(hook));
  return checks;
}

function installed({ hooks, missing }: HookReport & { kind: "read" }): Check {
  const wrong = hooks.filter(({ isAsWritten }) => !isAsWritten).map(({ event }) => event);
  if (hooks.length === 0) return fail("hooks", "no hooks of ours are installed", INSTALL);
  if (missing.length > 0) return fail("hooks", earlierVersion(missing), INSTALL);
  if (wrong.length > 0) {
    const text = `not as this version writes them: ${wrong.join(", ")}`;
    return fail("hooks", text, INSTALL);
  }
  return ok("hooks", `installed: ${hooks.map(({ event }) => event).join(", ")}`);
}

function trusted(
  { hooks, version, problem }: HookReport & { kind: "read" },
  harness: string,
  seen: readonly SeenHooks[],
): Check {
  if (problem !== undefined) return fail("trust", problem, `mend that, then ${INSTALL}`);
  if (hooks.length === 0) return fail("trust", "there is nothing to trust", INSTALL);
  const isUnknown = hooks.some(({ standing }) => standing === "unknown");
  const skipped = isUnknown
    ? seen.flatMap((each) => skippedHooks(each.harness, each.version, each.hooks) ?? [])[0]
    : skippedHooks(harness, version, hooks);
  if (skipped !== undefined) return fail("trust", skipped, INSTALL);
  if (isUnknown) {
    const text = `${harness} could not be asked whether it trusts the hooks`;
    return fail("trust", text, `put ${harness} on PATH, or look into /hooks in it`);
  }
  return ok("trust", `${named(harness, version)} has them enabled and trusts them`);
}

/**
 * Runs a hook as the harness would, with input, and let pass: whether it holds is for the state, not
 * for the doctor.
 */
async function tryOut({ event, words }: InstalledHook): Promise<Check> {
  const name = `hook ${event}`;
  const [program, ...args] = words ?? [];
  if (program === undefined || !await isThisProgram(program)) {
    return warn(name, "it calls another program, which was not tried", INSTALL);
  }
  const before = performance.now();
  const child = spawnItself({
    args,
    cwd: "/",
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { QUOTA_SENTRY_DISABLE: "1" },
  });
  const timeout = setTimeout(() => child.kill("SIGKILL"), RUN_TIMEOUT_MS);
  const input = JSON.stringify({ session_id: "doctor", hook_event_name: event, cwd: "/" });
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
  ]);
  clearTimeout(timeout);
  const ms = Math.round(performance.now() - before);
  if (status.code !== 0 || stdout !== "" || stderr !== "") {
    const text = `it ended with code ${status.code} and printed ${
      stdout.length + stderr.length
    } bytes`;
    return fail(name, text, INSTALL);
  }
  // Starting the daemon is done once a session; it may take its time.
  const budget = event === "SessionStart" ? RUN_TIMEOUT_MS : BUDGET_MS;
  return ms <= budget
    ? ok(name, `runs in ${ms} ms, silently`)
    : warn(name, `takes ${ms} ms, more than ${budget}`, "see whether this machine is busy");
}

/** True for a path that leads to the program that runs. */
export async function isThisProgram(path: string): Promise<boolean> {
  try {
    return await Deno.realPath(path) === await Deno.realPath(Deno.execPath());
  } catch {
    return false;
  }
}

/** The hooks file's name for a report, without the user's home. */
export function withoutHome(path: string): string {
  const home = Deno.env.get("HOME");
  return home && path.startsWith(`${home}/`) ? join("~", path.slice(home.length + 1)) : path;
}
