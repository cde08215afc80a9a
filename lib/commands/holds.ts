import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, settingsOf } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import { standingOf } from "../guard/standing.ts";
import type { Death } from "../harness/death.ts";
import { VERSION } from "../process/version.ts";
import { nameOf } from "../report/session_name.ts";
import { isForgotten } from "../revive/judge.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { type Waiting, waitingIn } from "../state/waiting.ts";
import { outputOf } from "../terminal/output.ts";
import { laidOut } from "../terminal/wrap.ts";
import { forUser } from "../text/for_user.ts";
import { localTime } from "../text/local_time.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { withoutHome } from "../text/without_home.ts";
import { shown } from "./held_sessions.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { namedStateDirectory, whyUnusable } from "./state_directory.ts";
import { codexOf, forEachHome, homeOf } from "./target.ts";

/** Version of the JSON that `--json` prints. Keys are only ever added. */
const SCHEMA_VERSION = 1;

/** Who waits in one home. */
interface Facts {
  readonly home: string | undefined;
  readonly directory: string;
  /** Why those wait that do; undefined where the state does not say. */
  readonly why: string | undefined;
  readonly waiting: readonly (Waiting & { readonly end: Date | undefined })[];
  /** Sessions that stopped at the wall, the last one first. */
  readonly stopped: readonly Death[];
}

/** `holds`: who waits, since when, until when and why, and who stopped at the wall. */
export async function holds({ options }: Invocation): Promise<number> {
  const now = new Date();
  const all: Facts[] = [];
  for (const each of forEachHome(options)) all.push(await factsOf(each, now));
  if (options.json) {
    const about = { schemaVersion: SCHEMA_VERSION, version: VERSION };
    const json = options.all
      ? { ...about, homes: all.map(jsonOf) }
      : { ...about, ...jsonOf(all[0]!) };
    print(`${JSON.stringify(json, null, 2)}\n`);
    return EXIT.ok;
  }
  const lines = options.all
    ? all.flatMap((each) => [
      `${each.home === undefined ? each.directory : shown(each.home)}:`,
      ...linesOf(each, now).map((line) => `  ${line}`),
    ])
    : linesOf(all[0]!, now);
  const output = outputOf();
  print(lines.flatMap((line) => laidOut(line, output)).map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}

async function factsOf(asked: Options, now: Date): Promise<Facts> {
  const options = await withHooksDirectory(asked);
  const directory = new StateDirectory(namedStateDirectory(options));
  const { settings } = await loadSettings(settingsOf(options), homeOf(options));
  const isUsable = whyUnusable(directory.path) === undefined;
  const state = isUsable ? directory.state() : undefined;
  const standing = state && standingOf(state, {
    now,
    isDaemonAlive: directory.isDaemonAlive(),
    maxStateAgeSeconds: settings.maxStateAgeSeconds,
  });
  const block = standing?.status === "blocked" ? standing.until : undefined;
  const { maxHoldSeconds = null } = state?.guard ?? {};
  const endOf = ({ since, until }: Waiting) => {
    const bound = maxHoldSeconds === null ? Infinity : +since + maxHoldSeconds * 1000;
    const ends = [block ?? until, new Date(bound)].filter((each) => each && !isNaN(+each));
    return ends.toSorted((a, b) => +a! - +b!)[0];
  };
  const { wall, home } = codexOf(options);
  const deaths = settings.revive === "off" ? [] : await wall?.deaths(now) ?? [];
  return {
    home,
    directory: directory.path,
    why: standing && forUser(standing.reason),
    waiting: (isUsable ? await waitingIn(directory) : [])
      .map((each) => ({ ...each, end: endOf(each) })),
    stopped: deaths.filter((death) => !isForgotten(death, now)),
  };
}

function linesOf({ waiting, stopped, why }: Facts, now: Date): string[] {
  const sessions = stopped.length === 1 ? "1 session" : `${stopped.length} sessions`;
  return [
    ...(waiting.length === 0 ? ["nobody waits"] : [
      `${waiting.length === 1 ? "1 agent waits" : `${waiting.length} agents wait`}${
        why === undefined ? "" : `: ${why}`
      }`,
      ...waiting.flatMap((each) => {
        const until = each.end === undefined ? "" : `, until ${localTime(each.end, now)}`;
        const name = nameOf(each, waiting);
        const pid = each.session === undefined ? "" : `, pid ${each.pid}`;
        return [
          `  ${name}  ${each.directory === undefined ? "" : shown(each.directory)}`.trimEnd(),
          `    since ${localTime(each.since, now)}${until}${before(each)}${pid}`,
        ];
      }),
    ]),
    ...(stopped.length === 0 ? [] : [
      `${sessions} stopped at the wall: quota-sentry revive`,
      ...stopped.map(({ session, directory, diedAt }) =>
        `  ${session.slice(0, 8)}  ${forUser(withoutHome(directory))}, at ${localTime(diedAt, now)}`
      ),
    ]),
  ];
}

const STEPS = {
  prompt: "a prompt",
  model: "a request to the model",
  compact: "a compaction",
  tool: "a tool call",
} as const;

function before({ step }: Waiting): string {
  return step === undefined ? "" : `, before ${STEPS[step]}`;
}

function jsonOf({ home, directory, why, waiting, stopped }: Facts): Record<string, unknown> {
  return {
    home: home ?? null,
    stateDirectory: directory,
    waiting: waiting.map((each) => ({
      session: each.session ?? null,
      pid: each.pid,
      directory: each.directory ?? null,
      before: each.step ?? null,
      since: formatTimestamp(each.since),
      until: each.end === undefined ? null : formatTimestamp(each.end),
      why: why ?? null,
    })),
    stopped: stopped.map(({ session, directory, place, diedAt, resetsAt }) => ({
      session,
      directory,
      place,
      diedAt: diedAt.toISOString(),
      resetsAt: resetsAt ? formatTimestamp(resetsAt) : null,
    })),
  };
}
