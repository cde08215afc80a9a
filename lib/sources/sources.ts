import { isSourceName } from "../config/values.ts";
import type { Harness } from "../harness/harness.ts";
import type { QuotaSource } from "../quota/source.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { auto } from "./auto.ts";
import { codexbar } from "./codexbar/codexbar.ts";
import { simulated } from "./simulated.ts";

/** What a source may need to know. */
export interface SourceContext {
  /** The state directory; the simulated source keeps its script there. */
  readonly directory: StateDirectory;
  /** Whose quota is read. */
  readonly harness: Harness;
  /** Name of the source that answered last time. */
  readonly last: string | undefined;
}

/**
 * The source of that name: one of these, or one that the harness has. What another harness has is here
 * as good as `auto`: a setting is for all. Undefined when there is none.
 */
export function sourceNamed(name: string, context: SourceContext): QuotaSource | undefined {
  if (!isSourceName(name)) return undefined;
  const { directory, harness, last } = context;
  const bar = codexbar(harness);
  if (name === "codexbar") return bar;
  if (name === "simulated") return simulated(directory);
  const own = harness.sources(directory);
  return own.find((source) => source.name === name) ?? auto([bar, ...own], last);
}
