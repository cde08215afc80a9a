/**
 * sbom.ts SOURCE BUNDLE DENO V8: prints what is embedded in the binary as CycloneDX: the packages of
 * which something is in the bundle, and the runtime, by the versions given. The same text for the same
 * commit: no serial number, no time but the commit's.
 */
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { join } from "@std/path";
import { contents, type Package } from "./contents.ts";
import { licenceOf } from "./licence_of.ts";

const [source, bundle, deno, v8] = Deno.args as [string, string, string, string];

/** What the two locks say; the one of scripts/npm-only has some packages more. */
interface Lock {
  readonly npm?: Readonly<Record<string, { readonly integrity: string }>>;
  readonly jsr?: Readonly<Record<string, { readonly integrity: string }>>;
}
const LOCKS: readonly Lock[] = ["deno.lock", "scripts/npm-only/deno.lock"].map(readJson);
const { version } = readJson("deno.json");
const facts = JSON.parse(Deno.readTextFileSync(join(bundle, "build_facts.json")));

// deno-lint-ignore no-explicit-any -- Files of this repository.
function readJson(path: string): any {
  return JSON.parse(Deno.readTextFileSync(join(source, path)));
}

function component(
  type: Enums.ComponentType,
  name: string,
  version: string,
  licence: string,
  purl: string,
): Models.Component {
  const made = new Models.Component(type, name, { version, bomRef: purl });
  // The library takes whatever writes itself as a package URL.
  made.purl = purl as never;
  made.licenses.add(new Models.SpdxLicense(licence));
  return made;
}

function packageComponent(each: Package): Models.Component {
  const key = `${each.name}@${each.version}`;
  const { id } = licenceOf(each, source);
  const purl = `pkg:${each.registry}/${each.name.replace("@", "%40")}@${each.version}`;
  const made = component(Enums.ComponentType.Library, each.name, each.version, id, purl);
  const integrity = LOCKS.map((lock) => lock[each.registry]?.[key]?.integrity).find(Boolean);
  if (integrity === undefined) throw new Error(`no lock has ${key}`);
  if (each.registry === "npm") {
    made.hashes.set(Enums.HashAlgorithm["SHA-512"], hex(integrity.replace("sha512-", "")));
  } else {
    made.hashes.set(Enums.HashAlgorithm["SHA-256"], integrity);
  }
  made.properties.add(new Models.Property("quota-sentry:bytes-in-bundle", String(each.size)));
  return made;
}

/** From base64. */
function hex(base64: string): string {
  return [...atob(base64)].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

const program = component(
  Enums.ComponentType.Application,
  "quota-sentry",
  version,
  "Apache-2.0",
  `pkg:generic/quota-sentry@${version}`,
);
for (const [name, value] of Object.entries(facts)) {
  program.properties.add(new Models.Property(`quota-sentry:${name}`, String(value)));
}

const embedded = [
  component(Enums.ComponentType.Platform, "deno", deno, "MIT", `pkg:github/denoland/deno@v${deno}`),
  component(Enums.ComponentType.Library, "v8", v8, "BSD-3-Clause", `pkg:generic/v8@${v8}`),
  ...contents(bundle).packages.map(packageComponent),
];

const bom = new Models.Bom();
bom.metadata.component = program;
if (facts.date) bom.metadata.timestamp = new Date(facts.date);
for (const each of embedded) {
  bom.components.add(each);
  program.dependencies.add(each.bomRef);
}

const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
console.log(
  new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 }),
);
