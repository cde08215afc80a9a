import type { Harness } from "../../harness/harness.ts";
import { type BoundedRun, runBounded } from "../../process/run_bounded.ts";
import type { Reading } from "../../quota/reading.ts";
import type { QuotaSource } from "../../quota/source.ts";
import { parseCodexbarUsage } from "./parse.ts";

/** A healthy codexbar answers within a second; with a slow CLI behind it within 33 s. */
const DEADLINE_MS = 30_000;

/** A real answer has a few KB. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads the quota through `codexbar` (steipete/CodexBar). Needs permission to run `codexbar` and
 * `kill`.
 *
 * @param harness Whose quota, by codexbar's name for it.
 */
export function codexbar(
  { id, codexbarArguments, environment: env }: Pick<
    Harness,
    "id" | "codexbarArguments" | "environment"
  >,
): QuotaSource {
  const args = ["usage", "--provider", id, ...codexbarArguments, "--format", "json"];
  return {
    name: "codexbar",
    async read(signal): Promise<Reading> {
      const run = await runBounded("codexbar", args, {
        deadlineMs: DEADLINE_MS,
        maxBytes: MAX_BYTES,
        env,
        signal,
      });
      return readingFrom(run, id);
    },
  };
}

/** Turns a finished run of codexbar into a reading. */
export function readingFrom(run: BoundedRun, provider: string): Reading {
  switch (run.kind) {
    case "not-started":
      return failed(`codexbar ${run.problem}`);
    case "deadline":
      return failed(`codexbar did not answer within ${DEADLINE_MS / 1000} s and was stopped`);
    case "too-much-output":
      return failed(`codexbar wrote more than ${MAX_BYTES / 1024 / 1024} MiB and was stopped`);
    case "aborted":
      return failed("codexbar was stopped before it had answered");
    case "exited":
      // What a killed codexbar left behind may be cut anywhere, even where it still parses.
      if (run.signal !== null) return failed(`codexbar was ended by ${run.signal}`);
      // A non-zero exit may carry good rows: the last failing row decides it.
      return parseCodexbarUsage(run.stdout, { provider, exitCode: run.code });
  }
}

function failed(reason: string): Reading {
  return { kind: "failed", source: "codexbar", reason };
}
