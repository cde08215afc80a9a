/** What the place where people read can show. */
export interface Output {
  /** How many characters fit into a line. */
  readonly columns: number;
  /** It is a terminal; else a file, or another program. */
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  /** It shows what is not ASCII. */
  readonly isUtf8: boolean;
}

/** What an output is asked for; `Deno.stdout` is one. */
export interface Stream {
  isTerminal(): boolean;
}

/** Columns where nobody says how many there are. */
const DEFAULT_COLUMNS = 80;

/**
 * What stdout can show, by itself and by the environment.
 *
 * @param size How large the terminal is; it throws where there is none.
 */
export function outputOf(
  stream: Stream = Deno.stdout,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
  size: () => { columns: number } = Deno.consoleSize,
): Output {
  const isTerminal = stream.isTerminal();
  return {
    columns: (isTerminal ? columnsBy(size) : undefined) ?? columnsIn(env("COLUMNS")) ??
      DEFAULT_COLUMNS,
    isTerminal,
    hasColour: hasColour(isTerminal, env),
    isUtf8: isUtf8(env),
  };
}

/** `FORCE_COLOR` beats `NO_COLOR`, as elsewhere; else a terminal has colours that does not deny it. */
function hasColour(isTerminal: boolean, env: (name: string) => string | undefined): boolean {
  const forced = env("FORCE_COLOR");
  if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
  return isTerminal && !env("NO_COLOR") && env("TERM") !== "dumb";
}

/** The first of these that says something says it; where none does, it is the C locale. */
function isUtf8(env: (name: string) => string | undefined): boolean {
  const locale = env("LC_ALL") || env("LC_CTYPE") || env("LANG") || "";
  return /utf-?8/i.test(locale);
}

function columnsBy(size: () => { columns: number }): number | undefined {
  try {
    // A terminal that was not told its size says 0.
    return size().columns || undefined;
  } catch {
    return undefined;
  }
}

function columnsIn(text: string | undefined): number | undefined {
  return /^[1-9]\d{0,3}$/.test(text ?? "") ? Number(text) : undefined;
}
