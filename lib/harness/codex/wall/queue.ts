import * as z from "zod";
import { delay } from "../../../process/delay.ts";
import { runBounded } from "../../../process/run_bounded.ts";
import { forUser } from "../../../text/for_user.ts";
import { messageOf } from "../../../text/message_of.ts";
import type { BroughtBack, Death, SentFate, SentMessage } from "../../death.ts";
import type { DeathMark } from "../../wall.ts";
import { AppServer, AppServerError, CodexMissingError } from "../app_server.ts";
import { environmentFor } from "../home.ts";
import { isStillDead } from "./find_deaths.ts";
import { whatFollowed } from "./what_followed.ts";

/** `codex queue` takes half a second. */
const QUEUE_BOUNDS = { deadlineMs: 20_000, maxBytes: 64 * 1024 };

/** How long a message may take to begin its turn, in milliseconds; at once, or up to 10 s in a terminal of its own (seen). */
const BEGUN_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;

const Queue = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/**
 * Sends one message into a session's queue: whoever has the session open runs it there, at once, or after
 * what the user began with Esc. If the user begins a turn in the same moment, the message is taken back:
 * it would be a second one. Needs permission to run `codex` and `kill`.
 *
 * @param signal Ends it as soon as it is known what was sent.
 */
export async function sendByQueue(
  death: Death,
  message: string,
  home: string,
  signal?: AbortSignal,
): Promise<BroughtBack> {
  try {
    // Beforehand: it takes longer to start than a user's turn may take.
    await using server = await AppServer.start({ home, signal });
    const before = await queueOf(server, death);
    if (before.length > 0) return notDone("a message waits in its queue already");
    if (!await isStillDead(death)) return notDone(FASTER);
    const hasGoal = await resumeGoal(server, death);
    const outcome = signal?.aborted
      ? notDone("this process is to end")
      : await send(death, message, home, server, signal);
    if (outcome.kind === "pending" && outcome.sent) {
      return { ...outcome, sent: { ...outcome.sent, hasGoal } };
    }
    // What was not sent leaves the goal as it was.
    if (hasGoal && outcome.kind === "not-done") await setGoal(server, death, "usageLimited");
    return outcome;
  } catch (error) {
    if (error instanceof AppServerError || error instanceof CodexMissingError) {
      return notDone(forUser(error.message));
    }
    throw error;
  }
}

/** Sends it, and waits for what comes of it. From then on no error says that nothing was done. */
async function send(
  death: Death,
  message: string,
  home: string,
  server: AppServer,
  signal: AbortSignal | undefined,
): Promise<BroughtBack> {
  const run = await runBounded("codex", [
    "queue",
    "--thread",
    death.session,
    `--message=${message}`,
  ], { ...QUEUE_BOUNDS, env: environmentFor(home), signal });
  if (run.kind === "not-started") return notDone(`codex ${run.problem}`);
  if (run.kind !== "exited" || run.code !== 0) {
    // Whether it was written before that is not known.
    return { kind: "pending", why: "codex queue did not end as it should" };
  }
  const id = /\bmessage ([0-9a-f-]{36})\b/.exec(run.stdout)?.[1];
  const outcome = await turnOf(death, server, id, signal).catch((error): BroughtBack => ({
    kind: "pending",
    why: forUser(messageOf(error)),
  }));
  return outcome.kind === "pending" && id !== undefined
    ? { ...outcome, sent: { id, hasGoal: false } }
    : outcome;
}

/**
 * Looks what has become of a message that waits. Needs permission to run `codex` and `kill`, where
 * somebody else's turn has begun.
 *
 * @throws When the session's file cannot be read, or Codex cannot be asked.
 */
export async function followUp(
  death: DeathMark,
  { id, hasGoal }: SentMessage,
  home: string,
  signal?: AbortSignal,
): Promise<SentFate> {
  switch (await whatFollowed(death)) {
    case "nothing":
      return "waits";
    case "queued":
      return "gone";
  }
  await using server = await AppServer.start({ home, signal });
  if (!await isTakenBack(server, death, id)) return "gone";
  if (hasGoal) await setGoal(server, death, "usageLimited");
  return "taken-back";
}

const FASTER = "somebody went on with it in this moment";

/** Waits until the message has begun a turn; takes it back where another turn was faster. */
async function turnOf(
  death: Death,
  server: AppServer,
  sent: string | undefined,
  signal: AbortSignal | undefined,
): Promise<BroughtBack> {
  const deadline = performance.now() + BEGUN_WITHIN_MS;
  while (performance.now() < deadline && !signal?.aborted) {
    const followed = await whatFollowed(death);
    if (followed === "queued") return { kind: "done" };
    if (followed === "other") {
      if (sent === undefined) {
        return { kind: "pending", why: `${FASTER}; the message waits behind` };
      }
      // Before 0.169 Codex does not write what began a turn; a message that has begun one is gone.
      return await isTakenBack(server, death, sent)
        ? notDone(`${FASTER}; the message was taken back`)
        : { kind: "done" };
    }
    await delay(LOOK_EVERY_MS, signal);
  }
  return {
    kind: "pending",
    why: "the message waits in its queue until the next turn there has ended, as it does after Esc",
  };
}

const Deleted = z.looseObject({ deleted: z.boolean() });

/** Takes a message back; false where it is not in the queue any more. */
async function isTakenBack(
  server: AppServer,
  { session }: DeathMark,
  sent: string,
): Promise<boolean> {
  const answer = await server.call("thread/queue/delete", {
    threadId: session,
    queuedSubmissionId: sent,
  });
  return Deleted.safeParse(answer).data?.deleted === true;
}

async function queueOf(server: AppServer, { session }: Death): Promise<readonly unknown[]> {
  const answer = Queue.safeParse(await server.call("thread/queue/list", { threadId: session }));
  if (!answer.success) throw new AppServerError("codex told its queue in an unknown form");
  return answer.data.data;
}

const Goal = z.looseObject({ goal: z.looseObject({ status: z.string() }).nullable() });

/**
 * A goal that met the wall stays stopped, also where its session goes on (seen with 0.169.0): it is made
 * active again, and goes on when the message's turn has ended. Versions without goals refuse to tell.
 */
async function resumeGoal(server: AppServer, death: Death): Promise<boolean> {
  const { session } = death;
  const told = await server.call("thread/goal/get", { threadId: session }).catch(() => undefined);
  if (Goal.safeParse(told).data?.goal?.status !== "usageLimited") return false;
  await setGoal(server, death, "active");
  return true;
}

async function setGoal(server: AppServer, { session }: DeathMark, status: string): Promise<void> {
  await server.call("thread/goal/set", { threadId: session, status });
}

function notDone(why: string): BroughtBack {
  return { kind: "not-done", why };
}
