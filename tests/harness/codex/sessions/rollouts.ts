import { dirname, join } from "@std/path";

/** A line with a reading, as Codex writes one. */
export interface ReadingLine {
  /** Percent of the 5-hour window. */
  readonly used?: number;
  /** @default now */
  readonly at?: Date;
  /** Other fields of `rate_limits`. */
  readonly limits?: Record<string, unknown>;
}

/** A `token_count` line, with its end. */
export function readingLine({ used = 50, at = new Date(), limits = {} }: ReadingLine = {}): string {
  const reset = Math.floor(at.getTime() / 1000) + 3600;
  const rate_limits = {
    limit_id: "codex",
    primary: { used_percent: used, window_minutes: 300, resets_at: reset },
    secondary: { used_percent: 5, window_minutes: 10080, resets_at: reset + 100_000 },
    ...limits,
  };
  return tokenCount(at, rate_limits);
}

/** A `token_count` line with any limits, null included. */
export function tokenCount(at: Date, rate_limits: unknown): string {
  const payload = { type: "token_count", info: null, rate_limits };
  return `${JSON.stringify({ timestamp: at.toISOString(), type: "event_msg", payload })}\n`;
}

/** A line of the model's, of about that many bytes. */
export function otherLine(bytes = 100): string {
  const payload = { type: "message", content: "x".repeat(bytes) };
  return `${JSON.stringify({ timestamp: new Date().toISOString(), payload })}\n`;
}

/** A date some seconds ago. */
export function ago(seconds: number): Date {
  return new Date(Date.now() - seconds * 1000);
}

/** A home of Codex's for one test; removed at its end. */
export class CodexHome implements Disposable {
  readonly path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "qs-test-" }));

  /** The path of a session's file; `day` is `YYYY/MM/DD`. */
  rollout(name: string, day = "2026/09/01"): string {
    return join(this.path, "sessions", day, `rollout-${name}.jsonl`);
  }

  /** Writes a file as a whole, and sets when it was changed. */
  write(path: string, text: string, changed?: Date): void {
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, text);
    if (changed) Deno.utimeSync(path, changed, changed);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Appends with one write, as Codex does. */
export function append(path: string, text: string): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeTextFileSync(path, text, { append: true });
}
