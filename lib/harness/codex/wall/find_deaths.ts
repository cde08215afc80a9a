import { existsSync } from "@std/fs/exists";
import { join } from "@std/path";
import { delay } from "../../../process/delay.ts";
import { forUser } from "../../../text/for_user.ts";
import type { Death } from "../../death.ts";
import { jsonOf } from "../sessions/parse.ts";
import { recentRollouts, SESSIONS } from "../sessions/rollout_files.ts";
import { searchBackwards } from "../../../files/search_backwards.ts";
import { isSettingsLine, placeOf, SessionMeta, TurnContext } from "./lines.ts";
import { type Refusal, RefusalReader } from "./refusal.ts";
import { resumeCommand } from "./resume_command.ts";

/** Nobody comes back for what is older: the longest window is a month, and some days are added. */
const MAX_AGE_MS = 36 * 24 * 3600_000;

/** Half a year of thirty sessions a day. */
const MAX_FILES = 5000;

/** Files that are looked at before others may run: some 50 µs each. */
const FILES_AT_ONCE = 50;

/** The last words of a file are in so much of its end; where settings stand behind them, in so much. */
const LAST_WORDS_BYTES = [4 * 1024, 64 * 1024];

/** The limits of a refusal stand right before it. */
const REFUSAL_BYTES = 256 * 1024;

/** The first line holds the instructions of the session. */
const MAX_HEAD_BYTES = 1024 * 1024;

/** A long turn has much behind what it was begun with. */
const MAX_TURN_BYTES = 256 * 1024 * 1024;

/**
 * The sessions of a home that died at the wall, and with which nobody has gone on since, the last one
 * first. Sub-agents are left out: what they worked for died with them. Archived sessions are elsewhere.
 * Needs read permission; starts nothing.
 *
 * @param home Codex's directory.
 */
export async function findDeaths(home: string, now: Date): Promise<Death[]> {
  const files = await recentRollouts(join(home, SESSIONS), {
    changedSinceMs: now.getTime() - MAX_AGE_MS,
    maxFiles: MAX_FILES,
  });
  const deaths: Death[] = [];
  for (const [index, { path }] of files.entries()) {
    // Sessions that write are read in between.
    if (index % FILES_AT_ONCE === 0) await delay(0);
    const death = await deathIn(path);
    if (death) deaths.push(death);
  }
  return deaths.sort((a, b) => +b.diedAt - +a.diedAt);
}

/** The death that a session's file ends in; undefined where it ends otherwise, or cannot be read. */
export async function deathIn(path: string): Promise<Death | undefined> {
  try {
    if (!endsInRefusal(path)) return undefined;
    const refusal = await refusalIn(path);
    return refusal && await describe(path, refusal);
  } catch {
    // It was archived in this moment, or is somebody else's.
    return undefined;
  }
}

/** True while a session's file still ends in that death: whatever stands behind it is somebody's. */
export async function isStillDead({ file, turn, diedAt }: Death): Promise<boolean> {
  try {
    if (!endsInRefusal(file)) return false;
    const refusal = await refusalIn(file);
    return refusal !== undefined && refusal.turn === turn && +refusal.at === +diedAt;
  } catch {
    return false;
  }
}

/** A quick look at the end: nearly all files end otherwise. */
function endsInRefusal(path: string): boolean {
  using file = Deno.openSync(path, { read: true });
  const { size } = file.statSync();
  for (const length of LAST_WORDS_BYTES) {
    const text = textAtEnd(file, size, length);
    // A line that is being written is somebody's too.
    if (!text.endsWith("\n")) return false;
    const lines = text.slice(0, -1).split("\n");
    // The first one may not be whole.
    const last = lines.findLast((line, index) =>
      !isSettingsLine(line) && (index > 0 || length >= size)
    );
    if (last !== undefined) return last.includes('"usage_limit_exceeded"');
  }
  return false;
}

function textAtEnd(file: Deno.FsFile, size: number, length: number): string {
  const bytes = new Uint8Array(Math.min(size, length));
  file.seekSync(size - bytes.length, Deno.SeekMode.Start);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}

async function refusalIn(path: string): Promise<Refusal | undefined> {
  const reader = new RefusalReader();
  await searchBackwards(path, (line) => reader.take(line), REFUSAL_BYTES);
  const refusal = reader.end();
  return refusal === "none" ? undefined : refusal;
}

async function describe(path: string, refusal: Refusal): Promise<Death | undefined> {
  const file = Deno.realPathSync(path);
  const meta = metaIn(file);
  // Without its id there is nothing that anybody could do with it.
  if (!meta || isSubAgent(meta.source)) return undefined;
  const { value: context } = await searchBackwards(
    file,
    (line) => turnContext(line, refusal.turn),
    MAX_TURN_BYTES,
  );
  const { turn, at, windows, resetsAt } = refusal;
  const directory = context?.cwd ?? meta.cwd;
  return {
    session: meta.id,
    turn,
    file,
    diedAt: at,
    resetsAt,
    windows,
    place: placeOf(meta),
    directory,
    resume: context ? resumeCommand(meta, context) : ["codex", "resume", meta.id],
    doubt: doubtOf(meta, context, directory),
  };
}

/** Who a session is; undefined where its file does not tell. It never throws. */
export function metaIn(path: string): SessionMeta | undefined {
  try {
    return SessionMeta.safeParse(jsonOf(firstLine(path))).data?.payload;
  } catch {
    return undefined;
  }
}

function doubtOf(
  { forked_from_id }: SessionMeta,
  context: TurnContext | undefined,
  directory: string,
): string | undefined {
  if (forked_from_id) return "it is a copy of another session";
  if (!context) return "its file does not tell with what its turn was begun";
  if (!existsSync(directory, { isDirectory: true })) {
    return `its directory is gone: ${forUser(directory)}`;
  }
  return undefined;
}

function turnContext(line: string, turn: string): TurnContext | undefined {
  if (!line.includes('"turn_context"')) return undefined;
  const { data } = TurnContext.safeParse(jsonOf(line));
  return data && (data.payload.turn_id ?? turn) === turn ? data.payload : undefined;
}

function isSubAgent(source: unknown): boolean {
  return typeof source === "object" && source !== null;
}

function firstLine(path: string): string {
  using file = Deno.openSync(path, { read: true });
  const chunk = new Uint8Array(64 * 1024);
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < MAX_HEAD_BYTES) {
    const length = file.readSync(chunk);
    if (length === null) break;
    text += decoder.decode(chunk.subarray(0, length), { stream: true });
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end);
  }
  return text;
}
