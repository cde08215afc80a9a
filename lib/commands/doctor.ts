import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, settingsOf } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { sharedArguments } from "../config/shared.ts";
import { loadSettings } from "../config/load.ts";
import { type Check, ok, warn } from "../doctor/check.ts";
import { type Coverage, coverageOf, coverageText } from "../doctor/coverage.ts";
import { examine, type Patient, quotaOf, type QuotaStanding } from "../doctor/doctor.ts";
import { changeModeElsewhere } from "../files/elsewhere.ts";
import { isDisabled } from "../guard/environment.ts";
import { named } from "../harness/findings.ts";
import type { Harness, HookCall } from "../harness/harness.ts";
import { kindNamed } from "../harness/registry.ts";
import { readSeen, stillTrue, withSameTrust } from "../harness/seen.ts";
import { VERSION } from "../process/version.ts";
import { sourceNamed } from "../sources/sources.ts";
import { isClosable } from "../state/closable.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { whyNotOurs } from "../state/why_foreign.ts";
import { type Output, outputOf } from "../terminal/output.ts";
import { laidOut } from "../terminal/wrap.ts";
import { withoutHome } from "../text/without_home.ts";
import { type Looked, writeBundle } from "./bundle.ts";
import { optionsOfHooks, stateDirectoriesOf } from "./hook_options.ts";
import { hooksPathOf } from "./hooks_path.ts";
import { eachWithHooks } from "./meant.ts";
import { plannedProgram } from "./planned_program.ts";
import { rulesOfHooks } from "./rules.ts";
import { startIn } from "./start.ts";
import { startCommand } from "./start_command.ts";
import { namedStateDirectory } from "./state_directory.ts";
import {
  forEachHome,
  harnessOf,
  homeHeldOn,
  homeOf,
  homesWithHooks,
  ofQuota,
  sameAccount,
} from "./target.ts";

/** Version of the JSON that `--json` prints. Keys are only ever added. */
const SCHEMA_VERSION = 1;

/** What the doctor found of one home. */
interface Diagnosis {
  /** The harness's. */
  readonly id: string;
  /** The harness's. */
  readonly name: string;
  readonly home: string | undefined;
  readonly isProtected: boolean;
  readonly quota: QuotaStanding;
  readonly repairs: readonly string[];
  readonly checks: readonly Check[];
}

/** `doctor`: tells whether sessions are protected. */
export async function doctorCommand({ options }: Invocation): Promise<number> {
  if (options.bundle !== undefined) return await bundle(options, options.bundle);
  const homes = options.all ? forEachHome(options, homesWithHooks) : await eachWithHooks(options);
  const [first] = homes;
  if (options.coverage) {
    if (options.all && homes.length > 1) {
      throw new Error("--coverage looks at one home; name it with --home");
    }
    return await showCoverage(first!, options.fix ? (await examineAndFix(first!)).repairs : []);
  }
  const isOne = homes.length === 1 && !options.all;
  const all: Diagnosis[] = [];
  for (const each of homes) {
    const diagnosis = await examineAndFix(each);
    all.push(diagnosis);
    if (options.json) continue;
    const lines = isOne ? [] : [`${diagnosis.name} home ${withoutHome(diagnosis.home!)}`, ""];
    print([...lines, ...textOf(diagnosis, outputOf()), ...(isOne ? [] : [""])].join("\n") + "\n");
  }
  const isProtected = all.every((each) => each.isProtected);
  if (options.json) print(`${JSON.stringify(jsonOf(options, all, isProtected), null, 2)}\n`);
  return isProtected ? EXIT.ok : EXIT.failed;
}

/** What a bug report needs; see {@linkcode writeBundle}. */
async function bundle(options: Options, file: string): Promise<number> {
  const others = [options.all, options.json, options.fix, options.coverage];
  if (others.some((each) => each !== undefined)) {
    throw new Error(
      "--bundle looks at one home, and goes without --all, --json, --fix, --coverage",
    );
  }
  return await writeBundle(file, await lookAt((await eachWithHooks(options))[0]!));
}

async function examineAndFix(options: Options): Promise<Diagnosis> {
  // Nothing is looked at, or started, in a directory that is open to others.
  const closed = options.fix ? await close(options) : [];
  let looked = await lookAt(options);
  const repairs = options.fix ? [...closed, ...await repair(options, looked.checks)] : [];
  if (repairs.length > 0) looked = await lookAt(options);
  const { patient, checks, harness: { id, name, home } } = looked;
  const isProtected = checks.every(({ result }) => result !== "fail");
  return { id, name, home, isProtected, quota: quotaOf(patient), repairs, checks };
}

function jsonOf(
  options: Options,
  all: readonly Diagnosis[],
  isProtected: boolean,
): Record<string, unknown> {
  const head = { schemaVersion: SCHEMA_VERSION, version: VERSION, protected: isProtected };
  const each = all.map(({ id, home, isProtected, quota, repairs, checks }) => ({
    provider: id,
    home: home ?? null,
    protected: isProtected,
    quota,
    repairs,
    checks,
  }));
  if (options.all) return { ...head, homes: each };
  return { ...each[0], ...head, ...(each.length > 1 ? { homes: each } : {}) };
}

/** Which requests are held, and by which version of the harness; see {@linkcode coverageOf}. */
export async function coverageIn(
  options: Options,
): Promise<{ readonly requests: readonly Coverage[]; readonly version: string | null }> {
  const harness = harnessOf(options);
  const report = await harness.inspect(hooksPathOf(options, harness));
  const requests = await coverageOf(harness, report, temporaryDirectory());
  return { requests, version: report.kind === "read" ? report.version ?? null : null };
}

async function showCoverage(options: Options, repairs: readonly string[]): Promise<number> {
  const harness = harnessOf(options);
  const { requests, version } = await coverageIn(options);
  const isCovered = requests.every(({ result }) => result !== "hole");
  if (options.json) {
    const json = {
      schemaVersion: SCHEMA_VERSION,
      version: VERSION,
      harness: { name: harness.name, version },
      covered: isCovered,
      repairs,
      requests,
    };
    print(`${JSON.stringify(json, null, 2)}\n`);
  } else {
    const lines = [
      ...repairs.map((each) => `repaired: ${each}`),
      ...coverageText(requests),
      "",
      isCovered
        ? `${named(harness.name, version)}: every request that can be held is.`
        : `${named(harness.name, version)}: NOT every request that can be held is.`,
    ];
    print(lines.map((line) => `${line}\n`).join(""));
  }
  return isCovered ? EXIT.ok : EXIT.failed;
}

/** Looks at everything that protection of one home hangs on. Changes nothing. */
export async function lookAt(options: Options): Promise<Looked> {
  const harness = harnessOf(options);
  const hooksPath = hooksPathOf(options, harness);
  const calls = await harness.calls(hooksPath);
  const asked = withOptionsOfHooks(options, calls);
  const directory = new StateDirectory(namedStateDirectory(asked));
  const resolved = await loadSettings(settingsOf(asked), homeOf(asked));
  const last = directory.state()?.source;
  const realPath = await Deno.realPath(hooksPath).catch(() => hooksPath);
  const seen = (await stillTrue(readSeen(directory)))
    .filter(({ hooksFile }) => hooksFile.path === realPath);
  const rules = await rulesOfHooks(directory.path, options, options.stateDir !== undefined);
  const patient: Patient = {
    directory,
    resolved,
    source: sourceNamed(resolved.settings.source, {
      directory,
      harness: harnessOf(ofQuota(asked)),
      last,
    }),
    hooks: {
      report: await harness.inspect(hooksPath),
      harness,
      seen: await withSameTrust(seen),
      profiles: await harness.profiles(),
      stateDirectories: stateDirectoriesOf(calls),
      parent: temporaryDirectory(),
    },
    wall: harness.wall,
    canFollow: harness.follow(directory) !== undefined,
    isQuotaOfAnother: kindNamed(harness.id).quotaOf !== undefined,
    isDisabled: isDisabled(),
    signedIn: harness.signedIn(directory),
    rules: rules && sharedArguments(rules),
    start: `run: ${startCommand(options)}`,
    now: () => new Date(),
  };
  const checks = [...await examine(patient), ...checkHome(directory, harness)];
  return { patient, checks, harness, hooksPath, calls };
}

/** Hooks that two homes share look at one state: that is right where they are one account. */
function checkHome(directory: StateDirectory, harness: Harness): Check[] {
  const other = homeHeldOn(directory, harness);
  if (other === undefined) return [];
  const text = `its hooks look at the state of ${withoutHome(other)}, and hold on that quota`;
  return sameAccount(harness, [{ provider: harness.id, home: other }]).length > 0
    ? [ok("home", `${text}: it is one account`)]
    : [
      warn(
        "home",
        `${text}, which may be another account's`,
        "give this home a hooks file of its own, then run: quota-sentry install-hook",
      ),
    ];
}

/** Sessions have what their hooks were installed with: that is what is judged, unless asked otherwise. */
function withOptionsOfHooks(options: Options, calls: readonly HookCall[]): Options {
  const ofHooks = optionsOfHooks(calls);
  return {
    ...ofHooks,
    stateDir: options.stateDir ?? ofHooks.stateDir,
    provider: options.provider ?? ofHooks.provider,
    home: options.home,
  };
}

function temporaryDirectory(): string {
  return Deno.env.get("TMPDIR") || "/tmp";
}

/** Closes a state directory that others may write into, if it is the user's own; returns what was done. */
async function close(options: Options): Promise<string[]> {
  const harness = harnessOf(options);
  const calls = await harness.calls(hooksPathOf(options, harness));
  const directory = namedStateDirectory(withOptionsOfHooks(options, calls));
  if (whyNotOurs(directory) === undefined || !isClosable(directory)) return [];
  await changeModeElsewhere(directory);
  return ["the state directory was closed to others"];
}

/** Repairs what can be repaired safely; returns what was done. */
async function repair(asked: Options, checks: readonly Check[]): Promise<string[]> {
  const harness = harnessOf(asked);
  const isWrong = (name: string) =>
    checks.some((check) => check.name === name && check.result !== "ok");
  const calls = await harness.calls(hooksPathOf(asked, harness));
  const options = withOptionsOfHooks(asked, calls);
  const directory = new StateDirectory(namedStateDirectory(options));
  const repairs: string[] = [];
  if (isWrong("daemon") || isWrong("state")) {
    const { provider, home, stateDir } = options;
    const { hooksPath } = asked;
    const isNamed = asked.stateDir !== undefined;
    const one = { provider, home, stateDir, hooksPath };
    const outcome = await startIn(one, { isNamed, replaces: true });
    if (outcome.kind === "started") repairs.push("the daemon was started");
    await firstReading(directory);
  }
  if (checks.some(({ name, result }) => name === "privacy" && result === "warn")) {
    await changeModeElsewhere(directory.path);
    repairs.push("the modes of the state directory");
  }
  if (isWrong("hooks") || isWrong("trust")) {
    const hooksPath = hooksPathOf(asked, harness);
    const { program } = await plannedProgram(harness, hooksPath, asked);
    const outcome = await harness.install(hooksPath, program);
    if (outcome.kind === "done") repairs.push("the hooks were installed");
  }
  return repairs;
}

/** A daemon that was just started writes its first state within a second or two. */
export async function firstReading(directory: StateDirectory): Promise<void> {
  const startedAt = Date.now() - 1000;
  for (let waited = 0; waited < 5_000; waited += 50) {
    const readAt = directory.state()?.readAt.getTime() ?? 0;
    if (readAt >= startedAt) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function textOf(diagnosis: Diagnosis, output: Output): string[] {
  const { checks, repairs } = diagnosis;
  const width = Math.max(...checks.map(({ name }) => name.length));
  // What goes on below has most of the line on a narrow terminal, too.
  const indent = " ".repeat(Math.min(8 + width, Math.floor(output.columns / 3)));
  const lines = checks.flatMap(({ name, result, text, todo }) => [
    ...laidOut(`${result.padEnd(4)}  ${name.padEnd(width)}  ${text}`, output, indent),
    ...(todo === "" ? [] : laidOut(`${indent}→ ${todo}`, output)),
  ]);
  return [
    ...repairs.map((each) => `repaired: ${each}`),
    ...lines,
    "",
    ...laidOut(verdictOf(diagnosis), output, ""),
  ];
}

function verdictOf({ name, isProtected, quota }: Diagnosis): string {
  if (!isProtected) return `Your ${name} sessions are NOT protected; they go on, unguarded.`;
  switch (quota) {
    case "known":
      return `Your ${name} sessions are protected.`;
    case "awaited":
      return `Your ${name} sessions are protected from the first reading of the quota on.`;
    case "none":
      return `Your ${name} sessions have no quota that could run out; nothing is held.`;
  }
}
