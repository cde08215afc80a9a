import { resolve } from "@std/path";
import { EXIT } from "../cli/exit_codes.ts";
import { print } from "../cli/output.ts";
import { SHARED } from "../config/shared.ts";
import { bundleOf, type Findings } from "../doctor/bundle.ts";
import type { Check } from "../doctor/check.ts";
import type { Patient } from "../doctor/doctor.ts";
import { filesIn } from "../doctor/files_in.ts";
import { ownWords, Redaction } from "../doctor/redaction.ts";
import { changeElsewhere } from "../files/elsewhere.ts";
import { fileInfo } from "../files/file_info.ts";
import { DISABLE_VARIABLE, NOTICE_FILE_VARIABLE } from "../guard/environment.ts";
import type { Harness, HookCall } from "../harness/harness.ts";
import { KINDS } from "../harness/registry.ts";
import { readLogTail } from "../history/log_tail.ts";
import { pastBetween } from "../history/open.ts";
import type { PastEvent } from "../history/past.ts";
import { stableProgramPath } from "../process/program_path.ts";
import { SYSTEM } from "../process/system.ts";
import { daemonNote } from "../state/daemon_note.ts";
import { HISTORY_DIRECTORY } from "../state/history_files.ts";
import { readRevivals } from "../state/revivals.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { waitingIn } from "../state/waiting.ts";
import { withoutHome } from "../text/without_home.ts";
import { facts } from "./version.ts";

/** So much of the log and of the events is told. */
const MAX_LINES = 200;
const MAX_EVENTS = 100;

/** A hooks file, or a gate, that is larger is not looked into. */
const MAX_BYTES = 1024 * 1024;

/** What the doctor has looked at, and found. */
export interface Looked {
  readonly patient: Patient;
  readonly checks: readonly Check[];
  readonly harness: Harness;
  readonly hooksPath: string;
  readonly calls: readonly HookCall[];
}

/**
 * `doctor --bundle FILE`: writes what a bug report needs into a new file, 0600, or prints it.
 *
 * @param file Relative to the working directory; `-` for stdout.
 * @throws When there is something of that name, or it cannot be written.
 */
export async function writeBundle(file: string, looked: Looked): Promise<number> {
  const path = resolve(file);
  if (file !== "-") assertFree(path);
  const redaction = new Redaction(Deno.env.get("HOME"), ownWords());
  const bundle = bundleOf(await findingsOf(looked), redaction);
  const text = `${JSON.stringify(bundle, null, 2)}\n`;
  if (file === "-") {
    print(text);
    return EXIT.ok;
  }
  await changeElsewhere({ path, before: undefined, after: text, mode: 0o600 });
  print(
    `${withoutHome(path)} was written (${Math.ceil(text.length / 1024)} KiB), and sent nowhere.\n` +
      "It has versions, settings, what doctor found, the state, and the last of the log and of the\n" +
      "events. Names, accounts and texts of yours are left out. Look at it before you send it.\n",
  );
  return EXIT.ok;
}

function assertFree(path: string): void {
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new Error(
    `${withoutHome(path)} is there already, and nothing was written; name a new file`,
  );
}

async function findingsOf(
  { patient, checks, harness, hooksPath, calls }: Looked,
): Promise<Findings> {
  const { directory, resolved, hooks, now } = patient;
  const isAlive = directory.isDaemonAlive();
  const note = daemonNote(directory);
  const unreadable: string[] = [];
  // What is broken is no reason to tell nothing: it is what the report is for.
  const reading = <T>(name: string, read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch {
      unreadable.push(name);
      return otherwise;
    }
  };
  return {
    now: now(),
    program: facts(),
    system: { name: SYSTEM.name, arch: Deno.build.arch },
    paths: {
      program: await stableProgramPath(),
      state: directory.path,
      home: harness.home,
      hooksFile: hooksPath,
    },
    variables: OUR_VARIABLES.filter((name) => Deno.env.get(name) !== undefined),
    resolved,
    checks,
    state: directory.state(),
    gate: reading("gate", () => gateOf(directory), undefined),
    pausedUntil: directory.pausedUntil(now()),
    daemon: isAlive
      ? { pid: directory.daemonPid(), build: note?.build, sees: note?.sees ?? [] }
      : undefined,
    waiting: await waitingIn(directory),
    revivals: reading("revivals", () => readRevivals(directory), []),
    files: {
      state: filesIn(directory.path),
      history: filesIn(`${directory.path}/${HISTORY_DIRECTORY}`),
    },
    hooks: hooks.report,
    calls,
    hooksPerEvent: reading("hooks", () => hooksPerEvent(hooksPath), {}),
    log: reading("log", () => linesOf(directory), []),
    events: reading("events", () => eventsOf(directory, now()), []),
    unreadable,
  };
}

const OUR_VARIABLES = [
  ...KINDS.filter(({ place }) => place.below === undefined).map(({ place }) => place.variable),
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  DISABLE_VARIABLE,
  NOTICE_FILE_VARIABLE,
  ...Object.values(SHARED).map(({ variable }) => variable),
];

function gateOf(directory: StateDirectory): Findings["gate"] {
  const path = directory.file("gate");
  const info = fileInfo(path);
  if (info === undefined || info.size > MAX_BYTES) return undefined;
  return { text: Deno.readTextFileSync(path), until: info.mtime };
}

function linesOf(directory: StateDirectory): readonly string[] {
  return readLogTail(directory.file("log"), undefined)?.lines.slice(-MAX_LINES) ?? [];
}

/** Those of the last week. */
function eventsOf(directory: StateDirectory, now: Date): readonly PastEvent[] {
  const week = new Date(now.getTime() - 7 * 86_400_000);
  return pastBetween(directory, week, now).events.slice(-MAX_EVENTS);
}

/** Of the shape of a hooks file how many hooks each event has; of its texts nothing. */
function hooksPerEvent(path: string): Record<string, number> {
  const info = fileInfo(path);
  if (info === undefined || info.size > MAX_BYTES) return {};
  const { hooks = {} } = JSON.parse(Deno.readTextFileSync(path));
  return Object.fromEntries(
    Object.entries(hooks).map(([event, groups]) => [
      event,
      Array.isArray(groups) ? groups.length : 0,
    ]),
  );
}
