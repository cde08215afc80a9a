import { dirname, join } from "@std/path";
import type { Limits, PlayedSession, Player } from "../../player.ts";
import { PLACE } from "../home.ts";
import { SESSIONS } from "./rollout_files.ts";

/** Lines that a request leaves behind, the one with the reading included. */
export const LINES_PER_REQUEST = 12;

/**
 * What a request leaves behind before its reading, in bytes, as Codex 0.169 wrote it: an answer that
 * thinks, says something and calls three tools, what it cost, and what the tools printed.
 */
const LINE_BYTES = [2900, 700, 500, 500, 500, 850, 600, 4000, 12_000, 400, 300] as const;

/** Instructions and surroundings stand in the first line. */
const META_BYTES = 20_000;

/** The second window resets at a multiple of this, in seconds: within a week, and rarely moved. */
const SECOND_RESET_SECONDS = 300_000;

/**
 * A session's file as Codex 0.169 writes it: each line with one write, into a file that stays open.
 * Needs read and write permission below `home`.
 */
export class SessionFile implements PlayedSession {
  readonly id: string = crypto.randomUUID();
  readonly turn: string = crypto.randomUUID();
  readonly path: string;
  readonly #file: Deno.FsFile;
  #ordinal = 0;
  #lines = 0;

  /** @param home Codex's directory. */
  constructor(home: string, now: Date) {
    this.path = join(home, SESSIONS, nameFor(this.id, now));
    Deno.mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    this.#file = Deno.openSync(this.path, { append: true, create: true, mode: 0o600 });
    this.#write("session_meta", {
      id: this.id,
      session_id: this.id,
      originator: "codex_exec",
      cli_version: "0.169.0",
      source: "exec",
      base_instructions: { text: "x".repeat(META_BYTES) },
    });
    this.#write("event_msg", { type: "task_started", turn_id: this.turn });
  }

  /** Writes some of the lines that come before a reading. */
  work(lines: number): void {
    for (let line = 0; line < lines; line++) {
      const bytes = LINE_BYTES[this.#lines++ % LINE_BYTES.length]!;
      const content = "x".repeat(Math.max(0, bytes - 160));
      this.#write("response_item", { type: "function_call_output", output: content });
    }
  }

  /** Writes the line with the reading, which comes last. */
  tell({ usedPercent, resetsAt }: Limits): void {
    const usage = {
      input_tokens: 1010,
      cached_input_tokens: 0,
      cache_write_input_tokens: 0,
      output_tokens: 5,
      reasoning_output_tokens: 0,
      total_tokens: 1015,
    };
    const resetsAtSeconds = Math.floor(resetsAt.getTime() / 1000);
    this.#write("event_msg", {
      type: "token_count",
      info: {
        total_token_usage: usage,
        last_token_usage: usage,
        last_usage_includes_reasoning: false,
        model_context_window: 258_400,
      },
      rate_limits: {
        limit_id: "codex",
        limit_name: null,
        primary: { used_percent: usedPercent, window_minutes: 300, resets_at: resetsAtSeconds },
        secondary: { used_percent: 12.5, window_minutes: 10_080, resets_at: secondReset() },
        credits: null,
        individual_limit: null,
        spend_control_reached: null,
        plan_type: null,
        rate_limit_reached_type: null,
      },
    });
  }

  /** Writes down that a request was refused at the wall: the turn is dead. */
  die(limits: Limits): void {
    this.tell(limits);
    this.#write("event_msg", {
      type: "task_complete",
      turn_id: this.turn,
      last_agent_message: null,
      error: {
        message: "You’ve hit your usage limit.",
        codex_error_info: "usage_limit_exceeded",
      },
    });
  }

  /** What Codex writes to a hook. */
  hookInput(before: "model" | "tool"): string {
    return JSON.stringify({
      session_id: this.id,
      turn_id: this.turn,
      cwd: "/",
      transcript_path: this.path,
      model: "simulated",
      hook_event_name: before === "model" ? "PreModelRequest" : "PreToolUse",
    });
  }

  #write(type: string, payload: Record<string, unknown>): void {
    const timestamp = new Date().toISOString();
    const line = JSON.stringify({ timestamp, ordinal: this.#ordinal++, type, payload });
    this.#file.writeSync(new TextEncoder().encode(`${line}\n`));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Codex's sessions, for simulations. */
export const PLAYER: Player = {
  variable: PLACE.variable,
  sessions: SESSIONS,
  linesPerRequest: LINES_PER_REQUEST,
  begin: (home, now) => new SessionFile(home, now),
};

function secondReset(): number {
  return Math.floor(Date.now() / 1000 / SECOND_RESET_SECONDS + 2) * SECOND_RESET_SECONDS;
}

/** `YYYY/MM/DD/rollout-…`, in local time. */
function nameFor(id: string, now: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())];
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two);
  return `${day.join("/")}/rollout-${day.join("-")}T${time.join("-")}-${id}.jsonl`;
}
