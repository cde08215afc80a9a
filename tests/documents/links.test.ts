import { assert, assertEquals } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { dirname, join } from "@std/path";
import { type Document, documents, type Piece, read, ROOT } from "./markdown.ts";

const DOCUMENTS = documents();

/** Whom a document may send its readers to. */
const HOSTS = [
  "github.com",
  "keepachangelog.com",
  "learn.microsoft.com",
  "semver.org",
];

/** What is wrong with a link; undefined for nothing. */
function wrongWith({ path, text }: Piece, all: readonly Document[]): string | undefined {
  if (/^[a-z]+:/i.test(text)) {
    const { protocol, hostname } = new URL(text);
    return protocol === "https:" && HOSTS.includes(hostname) ? undefined : "not one of HOSTS";
  }
  const [file = "", anchor] = text.split("#");
  const target = file === "" ? path : join(dirname(path), decodeURIComponent(file));
  const document = all.find((each) => each.path === target);
  if (target.startsWith("..") || !document && !existsSync(ROOT + target)) {
    return "there is no such file";
  }
  if (anchor === undefined) return undefined;
  return document?.anchors.has(anchor) ? undefined : "there is no such heading";
}

function faultsIn(all: readonly Document[]): string[] {
  return all.flatMap(({ links }) =>
    links.flatMap((link) => {
      const wrong = wrongWith(link, [...all, ...DOCUMENTS]);
      return wrong === undefined ? [] : [`${link.path}:${link.line}: ${link.text}: ${wrong}`];
    })
  );
}

Deno.test("documents: every link leads somewhere", () => {
  assert(DOCUMENTS.flatMap(({ links }) => links).length > 10);
  assertEquals(faultsIn(DOCUMENTS), []);
});

Deno.test("documents: a link that leads nowhere is found", () => {
  const text = [
    "# The top",
    "[a](README.md) ![b](docs/nothing.svg) [c](#the-top) [d](#the-bottom) [e](docs/state.md#nowhere)",
    "[f](https://github.com/x) [g](http://github.com/x) [h](https://example.com) [i](../x.md)",
    "`[j](in-code.md)`",
  ].join("\n");
  assertEquals(faultsIn([read("x.md", text)]), [
    "x.md:2: docs/nothing.svg: there is no such file",
    "x.md:2: #the-bottom: there is no such heading",
    "x.md:2: docs/state.md#nowhere: there is no such heading",
    "x.md:3: http://github.com/x: not one of HOSTS",
    "x.md:3: https://example.com: not one of HOSTS",
    "x.md:3: ../x.md: there is no such file",
  ]);
});

Deno.test("documents: one can get to each of them from the README", () => {
  const seen = new Set<string>();
  const next = ["README.md"];
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const links = DOCUMENTS.find((each) => each.path === path)?.links ?? [];
    next.push(
      ...links.filter(({ text }) => !/^[a-z]+:/.test(text))
        .map(({ text }) => join(dirname(path), text.split("#")[0] || "README.md")),
    );
  }
  // What an agent reads comes with its plugin.
  const own = DOCUMENTS.map(({ path }) => path).filter((path) => !path.startsWith("plugins/"));
  assertEquals(own.filter((path) => !seen.has(path)), []);
});
