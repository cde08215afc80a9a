/*
 * Runs the tests, several files at once, and those that cannot share the machine after them. Prints the
 * ten slowest, and fails when a test has failed or something of the run is left: a process, or a file in
 * the directory for temporary ones that all of it has to itself. Arguments that are files or directories
 * of tests choose among them; all others go to `deno test`.
 *
 * Needs all permissions.
 */
import { pathsBelow } from "../tests/support/paths_below.ts";
import { processesIn } from "../tests/support/processes.ts";
import { kill, removeWhole } from "../tests/support/sandbox.ts";

/** Files that measure or change the process that runs them. */
const ALONE = ["tests/codex/app_server.test.ts", "tests/memory.test.ts"];

/**
 * So many files at once: twice as many as there are cores, since half of a test's time is waiting. Whoever
 * finds one that fails by that has found a fault: an agent's machine is busy, too.
 */
const JOBS = 2 * navigator.hardwareConcurrency;

/** A test, and how long it took. */
interface Timed {
  readonly name: string;
  readonly seconds: number;
}

/** What came of one `deno test`. */
interface Outcome {
  readonly isGreen: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly tests: readonly Timed[];
}

/** What runs now, to be ended with us. */
let running: Deno.ChildProcess | undefined;

/** Somebody has told us to end. */
let isEnding = false;

async function main(args: string[]): Promise<number> {
  const directory = await Deno.realPath(await Deno.makeTempDir({ prefix: "qs-tests-" }));
  // Some tests are another user's.
  await Deno.chmod(directory, 0o711);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, async () => {
      if (isEnding) return;
      isEnding = true;
      const ended = running?.status;
      end(running);
      await ended;
      await tidy(directory);
      Deno.exit(1);
    });
  }
  const chosen = args.filter((arg) => arg.startsWith("tests/"));
  const others = args.filter((arg) => !chosen.includes(arg));
  const files = [...pathsBelow("tests")].filter((path) => path.endsWith(".test.ts")).sort()
    .filter((file) => chosen.length === 0 || chosen.some((path) => file.startsWith(path)));
  const outcomes: Outcome[] = [];
  for (const isAlone of [false, true]) {
    const these = files.filter((file) => ALONE.includes(file) === isAlone);
    if (these.length === 0) continue;
    const flags = isAlone ? [] : ["--parallel"];
    outcomes.push(await run([...flags, ...others, ...these], directory));
  }
  // What the comments show.
  if (chosen.length === 0) outcomes.push(await run([...others, "--doc", "lib"], directory));
  const left = await tidy(directory);
  const tests = outcomes.flatMap(({ tests }) => tests).sort((a, b) => b.seconds - a.seconds);
  console.log("\nThe slowest:");
  for (const { name, seconds } of tests.slice(0, 10)) {
    console.log(`  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
  }
  for (const each of left) console.log(`left behind: ${each}`);
  const sum = (key: "passed" | "failed" | "skipped") =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
  console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
  return outcomes.every(({ isGreen }) => isGreen) && left.length === 0 ? 0 : 1;
}

/** Runs `deno test` to its end, with its output shown as it comes. */
async function run(args: readonly string[], directory: string): Promise<Outcome> {
  const report = `${directory}/report.xml`;
  const flags = (Deno.env.get("QUOTA_SENTRY_DENO_FLAGS") ?? "").split(" ").filter(Boolean);
  running = new Deno.Command(Deno.execPath(), {
    args: ["test", ...flags, "--allow-all", "--no-check", `--junit-path=${report}`, ...args],
    env: { TMPDIR: directory, DENO_JOBS: String(JOBS) },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const { success } = await running.status;
  // All else is the signal's.
  if (isEnding) await new Promise<never>(() => {});
  running = undefined;
  return { isGreen: success, ...readReport(report) };
}

/** The report of one run; it is removed. Without one, no test was come to. */
function readReport(path: string): Omit<Outcome, "isGreen"> {
  let text = "";
  try {
    text = Deno.readTextFileSync(path);
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const cases = [...text.matchAll(/<testcase ([^>]*?)(\/?)>([^]*?)(?=<testcase |<\/testsuite>)/g)];
  const all = cases.map(([, attributes = "", , body = ""]) => ({
    name: unescape(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? ""),
    seconds: Number(/\btime="([\d.]+)"/.exec(attributes)?.[1] ?? 0),
    result: /<(failure|skipped)\b/.exec(body)?.[1] ?? "passed",
  }));
  // A step is named after its test, and is no test of its own.
  const names = new Set(all.map(({ name }) => name));
  const isStep = (name: string) => {
    const end = name.lastIndexOf(" > ");
    return end > 0 && names.has(name.slice(0, end));
  };
  const tests = all.filter(({ name }) => !isStep(name));
  const count = (wanted: string) => tests.filter(({ result }) => result === wanted).length;
  return { passed: count("passed"), failed: count("failure"), skipped: count("skipped"), tests };
}

function unescape(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** Ends all that the run has left and removes its directory; returns what that was. */
async function tidy(directory: string): Promise<string[]> {
  const left: string[] = [];
  for (const { pid, command } of processesIn(directory)) {
    left.push(`process ${pid}: ${command}`);
    kill(pid);
  }
  // What is in a directory tells which test's it was.
  left.push(...[...pathsBelow(directory)].slice(0, 20));
  // What is being ended may write for a moment yet; what is mounted there stays.
  await removeWhole(directory, 10_000).catch(() =>
    left.push(`what cannot be removed: ${directory}`)
  );
  return left;
}

function end(child: Deno.ChildProcess | undefined): void {
  try {
    child?.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

Deno.exit(await main(Deno.args));
