import type { InstalledHook } from "../harness/harness.ts";
import { namesIn } from "../files/names_in.ts";
import { spawnItself } from "../process/itself.ts";
import { killGroup } from "../process/kill_group.ts";
import { within } from "../process/within.ts";
import { PLACE_SUFFIX } from "../state/queue.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { isThisProgram } from "./hooks.ts";
import { setStage, type Stage } from "./stage.ts";

/** What a hook did on a spent quota; `not-tried` when what it calls is not this program. */
export type Trial = "waited" | "let-go" | "not-tried";

/** A block that outlasts the trial by far, in milliseconds. */
const BLOCK_MS = 120_000;

/** Longer than a call takes until it waits or ends, on a machine that is busy, in milliseconds. */
const TRIAL_MS = 30_000;

/** How often it is looked whether one waits, in milliseconds. */
const LOOK_EVERY_MS = 20;

/**
 * Calls what each hook calls, as it calls it, in a private temporary state directory whose quota is
 * spent, and looks whether it waits: who does has taken a place in the queue. Nothing of the user's is
 * read or changed.
 *
 * @param parent The directory for temporary files.
 */
export async function tryHolding(
  hooks: readonly InstalledHook[],
  parent: string,
): Promise<Map<string, Trial>> {
  const tried = hooks.map(async (hook) => [hook.event, await tryAlone(hook, parent)] as const);
  return new Map(await Promise.all(tried));
}

/** On a stage of its own: what one hook has learnt must not change what another does. */
async function tryAlone(hook: InstalledHook, parent: string): Promise<Trial> {
  await using stage = await setStage(parent, spentState());
  return await tryOne(hook, stage);
}

function spentState(): unknown {
  const now = Date.now();
  const end = formatTimestamp(new Date(now + BLOCK_MS));
  return {
    schemaVersion: 1,
    status: "blocked",
    reason: "a trial of the doctor's",
    usedPercent: 100,
    windowMinutes: 300,
    resetsAt: end,
    blockedUntil: end,
    updatedAt: formatTimestamp(new Date(now)),
  };
}

async function tryOne({ event, words }: InstalledHook, stage: Stage): Promise<Trial> {
  const [program, ...args] = words ?? [];
  if (program === undefined || !await isThisProgram(program)) return "not-tried";
  const queue = new StateDirectory(stage.directory).file("queue");
  const deadline = performance.now() + TRIAL_MS;
  await using hold = call(event, args, stage);
  while (
    !namesIn(queue).some((name) => name.endsWith(PLACE_SUFFIX)) && performance.now() < deadline
  ) {
    if (await within(hold.ended, LOOK_EVERY_MS)) return "let-go";
  }
  // Where no place is to be had, one waits without; and who is still there by now has let nobody go.
  return "waited";
}

/** A call of a hook's program, with a harness's input; killed with its children when disposed of. */
interface Call extends AsyncDisposable {
  readonly ended: Promise<unknown>;
}

function call(event: string, args: readonly string[], stage: Stage): Call {
  const child = spawnItself({
    args: [...args, `--state-dir=${stage.directory}`, "--no-notify"],
    cwd: "/",
    stdin: "piped",
    // In a session of its own it has no terminal to write to, and can be killed as a whole.
    detached: true,
    env: { ...stage.env, QUOTA_SENTRY_DISABLE: "", QUOTA_SENTRY_NOTICE_FILE: "" },
  });
  const input = JSON.stringify({ session_id: "doctor", hook_event_name: event, cwd: "/" });
  const writer = child.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(input)).then(() => writer.close());
  const ended = Promise.all([written.catch(() => {}), child.status]);
  return {
    ended,
    async [Symbol.asyncDispose]() {
      await killGroup(child);
      await ended;
    },
  };
}
