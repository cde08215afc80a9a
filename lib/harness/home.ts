/*
 * Where a harness keeps what is one account's. It may be on the hooks' hot path, hence no `@std/path`
 * here.
 */

/** How a harness's home is found. */
export interface HomePlace {
  /** The environment variable that names it. */
  readonly variable: string;
  /** What it is called in the user's directory where that does not. */
  readonly directory: string;
  /** What it is called in the directory that the variable names; undefined where that is the home. */
  readonly below?: string;
}

/** The home that counts here, absolute: the one that is named, else the usual one; undefined when neither is known. */
export function homeHere(place: HomePlace): string | undefined {
  const asked = Deno.env.get(place.variable);
  if (!asked) return usualHome(place);
  const path = asked.startsWith("/") ? asked : `${Deno.cwd()}/${asked}`;
  const named = path.replace(/\/+$/, "") || "/";
  return place.below === undefined ? named : `${named}/${place.below}`;
}

/** The home where nobody names one; undefined without a `HOME`. */
export function usualHome({ directory }: HomePlace): string | undefined {
  const home = Deno.env.get("HOME");
  return home ? `${home}/${directory}` : undefined;
}

/** A home with its links resolved, unless it is the usual one: that is undefined. Needs read permission. */
export function unusual(place: HomePlace, home: string | undefined): string | undefined {
  const usual = usualHome(place);
  if (home === undefined || home === usual) return undefined;
  const real = realPath(home);
  return usual !== undefined && real === realPath(usual) ? undefined : real;
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // It has gone, or is not there yet.
    return path;
  }
}
