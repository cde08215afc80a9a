import { codexbar } from "./codexbar/codexbar.ts";
import { simulated } from "./simulated.ts";
import type { QuotaSource } from "./source.ts";

/** The sources by name. A new one is one file and one line here. */
const SOURCES = { codexbar, simulated };

/** Names that `--source` takes. */
export const SOURCE_NAMES = Object.keys(SOURCES);

/**
 * The source of that name.
 *
 * @param directory The state directory; the simulated source keeps its script there.
 */
export function sourceNamed(name: string, directory: string): QuotaSource | undefined {
  return name in SOURCES ? SOURCES[name as keyof typeof SOURCES](directory) : undefined;
}
