import { assert, assertEquals } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { pathsBelow } from "../support/paths_below.ts";
import { documents, ROOT } from "./markdown.ts";

const TESTS = [...pathsBelow(`${ROOT}tests`)].map((path) => path.slice(ROOT.length));

Deno.test("documents: the tests that they name are there", () => {
  const named = documents().flatMap(({ path, spans }) =>
    spans.filter(({ text }) => /^tests\/\S+$/.test(text)).map(({ text }) => ({ path, text }))
  );
  assert(named.length > 10);
  const gone = named.filter(({ text }) => {
    const pattern = RegExp.escape(text.replace(/\/$/, "")).replaceAll("\\*", "[^/]*");
    return !TESTS.some((path) => new RegExp(`^${pattern}$`).test(path));
  });
  assertEquals(gone, []);
});

Deno.test("documents: those that the code names are there", () => {
  const files = ["lib", "scripts"].flatMap((name) => [...pathsBelow(ROOT + name)])
    .filter((path) => /\.(ts|sh|rb)$|scripts\/[\w/-]+$/.test(path) && isFile(path));
  const named = files.flatMap((path) =>
    [...Deno.readTextFileSync(path).matchAll(/\bdocs\/[\w-]+\.(?:md|svg)/g)]
      .map(([document]) => ({ path: path.slice(ROOT.length), document }))
  );
  assert(named.length > 0);
  assertEquals(named.filter(({ document }) => !isThere(document)), []);
});

Deno.test("docs/limits.md: each promise names a test", () => {
  const { text } = documents().find(({ path }) => path === "docs/limits.md")!;
  const [promises = ""] = text.split("## What it does not do");
  const all = promises.split(/^- /m).slice(1);
  assert(all.length > 8);
  assertEquals(all.filter((promise) => !/`tests\//.test(promise)), []);
});

Deno.test("CONTRIBUTING: the files that its walks pass are there, and all rooms are in its table", () => {
  const { text } = documents().find(({ path }) => path === "CONTRIBUTING.md")!;
  const [, walks = ""] = text.split("walks\n");
  const passed = [...walks.split("\n## ")[0]!.matchAll(/`([\w-]+(?:\/[\w-]+)*\.(?:ts|sh))`/g)]
    .map(([, path]) => path!);
  assert(passed.length > 25);
  assertEquals(passed.filter((path) => !isThere(`lib/${path}`) && !isThere(path)), []);
  const rooms = [...Deno.readDirSync(`${ROOT}lib`)].map(({ name }) => `lib/${name}`);
  assertEquals(rooms.filter((room) => !text.includes(`| \`${room}\` `)), []);
});

function isThere(path: string): boolean {
  return existsSync(ROOT + path);
}

function isFile(path: string): boolean {
  return existsSync(path, { isFile: true });
}
