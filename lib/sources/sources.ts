import { isSourceName, type SourceName } from "../config/values.ts";
import { environmentFor } from "../harness/codex/home.ts";
import { codex } from "../harness/codex/quota/codex.ts";
import { sessions } from "../harness/codex/sessions/sessions.ts";
import type { QuotaSource } from "../quota/source.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { auto } from "./auto.ts";
import { codexbar } from "./codexbar/codexbar.ts";
import { simulated } from "./simulated.ts";

/** What a source may need to know. */
export interface SourceContext {
  /** The state directory; the simulated source keeps its script there. */
  readonly directory: StateDirectory;
  /** Whose home it is; undefined where that is not known. */
  readonly home: string | undefined;
  /** Whose quota is read, by codexbar's name. */
  readonly provider: string;
  /** Name of the source that answered last time. */
  readonly last: string | undefined;
}

/** The sources by name. A new one is one file, its name in `config/values.ts`, and one line here. */
const SOURCES: Readonly<Record<SourceName, (context: SourceContext) => QuotaSource>> = {
  auto: (context) => auto(automatic(context), context.last),
  codexbar: ({ provider, home }) => codexbar(provider, environmentFor(home)),
  codex: ({ home }) => codex(home),
  sessions: ({ home }) => sessions(home),
  simulated: ({ directory }) => simulated(directory),
};

/** The source of that name; undefined when there is none. */
export function sourceNamed(name: string, context: SourceContext): QuotaSource | undefined {
  return isSourceName(name) ? SOURCES[name](context) : undefined;
}

/** What `auto` asks, in order; only codexbar knows other providers than Codex. */
function automatic({ provider, home }: SourceContext): QuotaSource[] {
  const first = codexbar(provider, environmentFor(home));
  return provider === "codex" ? [first, codex(home), sessions(home)] : [first];
}
