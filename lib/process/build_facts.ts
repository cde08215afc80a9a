/** What `scripts/build` was given. A release is `clean`, and has the runtime from Deno. */
export interface BuildFacts {
  /** Null where the sources were not those of a repository. */
  readonly commit: string | null;
  /** When that commit was made; UTC. */
  readonly date: string | null;
  /** Whether nothing had been changed since. */
  readonly clean: boolean | null;
  /** Whether Deno's own runtime is in the binary, or one that was taken from npm. */
  readonly runtime: "deno" | "npm" | null;
}

/** The file that `scripts/build` puts beside the bundle. */
const FILE = new URL("build_facts.json", import.meta.url);

/** What is known of how this program was built; from source nothing. */
export function buildFacts(): BuildFacts {
  try {
    return JSON.parse(Deno.readTextFileSync(FILE));
  } catch {
    return { commit: null, date: null, clean: null, runtime: null };
  }
}
