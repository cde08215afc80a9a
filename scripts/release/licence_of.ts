import { fromFileUrl, join } from "@std/path";
import type { Package } from "./contents.ts";

/** The licence of a package. */
export interface Licence {
  /** By its SPDX name. */
  readonly id: string;
  readonly text: string;
}

/** Texts that packages do not bring along. */
const TEXTS = fromFileUrl(new URL("licence-texts", import.meta.url));

/**
 * The licence of a package, as the package itself has it.
 *
 * @param source Where the bundle was made from.
 * @throws {Error} When it brings none along: it could not be shipped.
 */
export function licenceOf(each: Package, source: string): Licence {
  // Deno's standard library: JSR's packages have no file for it, npm's copy has lost it.
  if (each.name.startsWith("@std/") || each.name === "deno-std") return ownText("deno", "MIT");
  if (each.directory === undefined) throw new Error(`what is the licence of ${each.name}?`);
  const directory = join(source, each.directory);
  const { license } = JSON.parse(Deno.readTextFileSync(join(directory, "package.json")));
  const file = [...Deno.readDirSync(directory)].find(({ name }) => /^licen[cs]e\b/i.test(name));
  if (typeof license !== "string" || file === undefined) {
    throw new Error(`${each.name} ${each.version} brings no licence along`);
  }
  return { id: license, text: Deno.readTextFileSync(join(directory, file.name)).trim() };
}

/** The licences of the runtime: it is in every binary. */
export const RUNTIME = [
  { name: "Deno", ...ownText("deno", "MIT") },
  { name: "V8", ...ownText("v8", "BSD-3-Clause") },
] as const;

function ownText(name: string, id: string): Licence {
  return { id, text: Deno.readTextFileSync(join(TEXTS, `${name}.txt`)).trim() };
}
