import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";
import { CODEX } from "../lib/harness/codex/codex.ts";
import { PLACE } from "../lib/harness/codex/home.ts";
import { homeHere } from "../lib/harness/home.ts";
import { INSTALL } from "../lib/harness/findings.ts";
import type { InstalledHook } from "../lib/harness/harness.ts";
import { SCENARIOS } from "../tests/codex/scenarios.ts";
import { BINARY } from "../tests/support/sandbox.ts";

const HELP = `Usage: scripts/autonomous-test [OPTIONS]

Runs every scenario with the real Codex CLI against a model on loopback, reads the quota once
through your own codexbar, and writes a report into .quota-sentry-runs/.
Your hooks, state and Codex configuration are not changed.

  --list                 name what would be run, and end
  --skip-live            do not call your codexbar
  --require-global-hook  fail unless the hooks are installed in your own Codex, and trusted
  --help                 this
`;

interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly note: string;
}

const options = parseArgs(Deno.args, {
  boolean: ["list", "skip-live", "require-global-hook", "help"],
  unknown: (argument) => {
    console.error(`scripts/autonomous-test: what is ${argument}? See --help`);
    Deno.exit(64);
  },
});
if (options.help) {
  console.log(HELP.trimEnd());
  Deno.exit(0);
}

const runs = join(fromFileUrl(new URL("..", import.meta.url)), ".quota-sentry-runs");
const startedAt = new Date();
const directory = join(runs, startedAt.toISOString().replaceAll(":", "").replace(/\.\d+Z$/, "Z"));

const checks: [string, () => Promise<string>][] = [
  ...SCENARIOS.map(({ name, run }): [string, () => Promise<string>] => [
    name,
    () => run().then(() => ""),
  ]),
  ...(options["skip-live"] ? [] : [["live: one reading through codexbar", livePoll] as const]),
  ...(options["require-global-hook"]
    ? [["global hooks: installed, enabled and trusted", globalHooks] as const]
    : []),
].map(([name, run]) => [name, run]);

if (options.list) {
  for (const [name] of checks) console.log(name);
  Deno.exit(0);
}

await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
const results: Result[] = [];
for (const [name, run] of checks) {
  const result = await attempt(name, run);
  results.push(result);
  const note = result.note === "" ? "" : `: ${result.note}`;
  console.log(`${result.ok ? "ok    " : "FAILED"} ${name} (${result.seconds} s)${note}`);
}
const failed = results.filter(({ ok }) => !ok).length;
const report = join(directory, "report.json");
const summary = { startedAt, passed: results.length - failed, failed, results };
await Deno.writeTextFile(report, JSON.stringify(summary, null, 2) + "\n", { mode: 0o600 });
console.log(`\n${results.length - failed} passed, ${failed} failed. Report: ${report}`);
Deno.exit(failed === 0 ? 0 : 1);

async function attempt(name: string, run: () => Promise<string>): Promise<Result> {
  const before = performance.now();
  const seconds = () => Math.round((performance.now() - before) / 100) / 10;
  try {
    const note = await run();
    return { name, ok: true, seconds: seconds(), note };
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error);
    return { name, ok: false, seconds: seconds(), note };
  }
}

async function livePoll(): Promise<string> {
  const stateDir = join(directory, "live-state");
  const { stdout } = await new Deno.Command(BINARY, {
    args: ["poll", `--state-dir=${stateDir}`],
  }).output();
  const line = new TextDecoder().decode(stdout).trim();
  if (!/^(open|blocked):/.test(line)) {
    throw new Error(`${line || "no answer"} (--skip-live leaves this out)`);
  }
  return line;
}

async function globalHooks(): Promise<string> {
  const codex = CODEX.with(homeHere(PLACE));
  const path = codex.hooksPath();
  if (path === undefined) throw new Error("neither CODEX_HOME nor HOME is set");
  const report = await codex.inspect(path);
  if (report.kind === "failed") throw new Error(report.message);
  if (report.hooks.length === 0 || report.missing.length > 0) {
    throw new Error(`not installed in ${path}, or not all; ${INSTALL}`);
  }
  const isActive = ({ standing }: InstalledHook) =>
    standing === "trusted" || standing === "unlisted";
  if (!report.hooks.every(isActive)) {
    throw new Error(`installed, but not all enabled and trusted; ${INSTALL}`);
  }
  return [path, ...report.limit === undefined ? [] : [report.limit]].join("; ");
}
