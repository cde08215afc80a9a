import { join } from "@std/path";

/** A package, and how much of it is in the bundle. */
export interface Package {
  readonly registry: "npm" | "jsr";
  readonly name: string;
  readonly version: string;
  /** Where it is beside the sources; none for one of JSR. */
  readonly directory?: string;
  /** In bytes. */
  readonly size: number;
}

/** What a bundle is made of. */
export interface Contents {
  /** Our own code, and what the bundler puts around all; in bytes. */
  readonly ours: number;
  /** Sorted by name. */
  readonly packages: readonly Package[];
}

/** The comment with which the bundler tells where what follows was found. */
const MARK = /^\/\/ (?=main\.ts$|deno\.json$|lib\/|scripts\/|node_modules\/\.deno\/|\S*https:\/\/)/;
const FROM_NPM =
  /^\/\/ (node_modules\/\.deno\/@?[^/@]+@([^/@_]+)(?:_[^/]*)?\/node_modules\/((?:@[^/]+\/)?[^/]+))\//;
const FROM_JSR = /^\/\/ \S*https:\/\/[^/]+\/(@[^/]+\/[^/]+)\/([^/]+)\//;

/**
 * What is in a bundle that `scripts/build` has made: what was left out of a package, because nothing
 * uses it, is not.
 *
 * @param directory Where the bundle's files are.
 * @throws {Error} When something comes from neither registry: it would be shipped and not named.
 */
export function contents(directory: string): Contents {
  let ours = 0;
  const packages = new Map<string, Package>();
  for (const { name } of Deno.readDirSync(directory)) {
    if (!name.endsWith(".js")) continue;
    let from: Omit<Package, "size"> | undefined;
    for (const line of Deno.readTextFileSync(join(directory, name)).split("\n")) {
      if (MARK.test(line)) from = packageOf(line);
      const size = new TextEncoder().encode(line).length + 1;
      if (from === undefined) {
        ours += size;
      } else {
        const key = `${from.name}@${from.version}`;
        packages.set(key, { ...from, size: (packages.get(key)?.size ?? 0) + size });
      }
    }
  }
  return {
    ours,
    packages: [...packages.values()].toSorted((a, b) => a.name < b.name ? -1 : 1),
  };
}

/** The package that a mark names; undefined for our own. */
function packageOf(mark: string): Omit<Package, "size"> | undefined {
  const npm = FROM_NPM.exec(mark);
  if (npm) return { registry: "npm", name: npm[3]!, version: npm[2]!, directory: npm[1]! };
  const jsr = FROM_JSR.exec(mark);
  if (jsr) return { registry: "jsr", name: jsr[1]!, version: jsr[2]! };
  if (/node_modules|https:/.test(mark)) throw new Error(`which package is this of? ${mark}`);
  return undefined;
}
