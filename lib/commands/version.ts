import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { versionLine } from "../cli/help.ts";
import { print } from "../cli/output.ts";
import { buildFacts } from "../process/build_facts.ts";
import { buildId } from "../process/build_id.ts";
import { VERSION } from "../process/version.ts";

/** The version of the JSON that `version --json` prints. */
const SCHEMA_VERSION = 1;

/** `version` and `--version`: which program this is. */
export function version({ options }: Invocation): Promise<number> {
  print(options.json ? `${JSON.stringify(facts(), null, 2)}\n` : versionLine());
  return Promise.resolve(EXIT.ok);
}

/** What a bug report needs; nothing in it tells of the user or of the machine's files. */
export function facts(): Record<string, unknown> {
  return {
    schemaVersion: SCHEMA_VERSION,
    version: VERSION,
    build: buildId(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    target: Deno.build.target,
    compiled: Deno.build.standalone,
    ...buildFacts(),
  };
}
