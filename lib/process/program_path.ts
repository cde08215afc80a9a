import { isAbsolute, join } from "@std/path";

/**
 * The path of this program that outlives an upgrade: a package manager's link on PATH rather than
 * the versioned file that it leads to.
 */
export async function stableProgramPath(): Promise<string> {
  const running = await Deno.realPath(Deno.execPath());
  for (const candidate of await onPath("quota-sentry")) {
    if (await Deno.realPath(candidate) === running) return candidate;
  }
  return running;
}

/** The first executable of that name on PATH; undefined when there is none. */
export async function findOnPath(name: string): Promise<string | undefined> {
  return (await onPath(name))[0];
}

/** Those of these programs that are on PATH. */
export async function onPathOf(names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    if (await findOnPath(name) !== undefined) found.push(name);
  }
  return found;
}

async function onPath(name: string): Promise<string[]> {
  const directories = (Deno.env.get("PATH") ?? "").split(":").filter(isAbsolute);
  const found: string[] = [];
  for (const directory of directories) {
    const path = join(directory, name);
    if (await isExecutable(path)) found.push(path);
  }
  return found;
}

/** True for a file that can be run. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}
