import { existsSync } from "@std/fs/exists";
import { fromFileUrl } from "@std/path";
import { pathsBelow } from "../support/paths_below.ts";

/** The directory of the repository, with a slash at its end. */
export const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Something of a document, and where it stands. */
export interface Piece {
  /** The document's path from the root. */
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** A fenced block; `kind` is what stands behind its first fence. */
export interface Block extends Piece {
  readonly kind: string;
}

/** A document for people. */
export interface Document {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The code in its sentences and tables. */
  readonly spans: readonly Piece[];
  /** Where its links and pictures lead. */
  readonly links: readonly Piece[];
  /** What may stand behind a `#` in a link to it. */
  readonly anchors: ReadonlySet<string>;
}

/** All documents for people, by their paths from the root. */
export function documents(): Document[] {
  const below = ["docs", "plugins"].filter((name) => existsSync(ROOT + name))
    .flatMap((name) => [...pathsBelow(ROOT + name)]).map((path) => path.slice(ROOT.length));
  const top = [...Deno.readDirSync(ROOT)].filter(({ isFile }) => isFile).map(({ name }) => name);
  return [...top, ...below].filter((path) => path.endsWith(".md")).sort()
    .map((path) => read(path, Deno.readTextFileSync(ROOT + path)));
}

/** Takes a document apart. */
export function read(path: string, text: string): Document {
  const piece = (offset: number, text: string) => ({
    path,
    line: whole.slice(0, offset).split("\n").length,
    text,
  });
  const whole = text;
  const blocks: Block[] = [];
  // What is taken out leaves its lines and columns behind.
  const blank = (taken: string) => taken.replace(/[^\n]/g, " ");
  const prose = whole.replace(
    /^( *)(```+)(.*)\n([^]*?)^\1\2 *$/gm,
    (all: string, indent: string, _fence, kind: string, body: string, offset: number) => {
      const text = body.split("\n").map((line) => line.slice(indent.length)).join("\n");
      blocks.push({ ...piece(offset, text), kind: kind.trim() });
      return blank(all);
    },
  );
  const spans: Piece[] = [];
  const plain = prose.replace(/(?<!`)`([^`]+)`(?!`)/g, (all, code: string, offset: number) => {
    spans.push(piece(offset, code.replace(/\s+/g, " ")));
    return blank(all);
  });
  const links = [...plain.matchAll(/\]\(\s*([^)\s]+)\s*\)|<(https?:[^>]+)>/g)]
    .map((match) => piece(match.index, match[1] ?? match[2]!));
  const anchors = new Set([...prose.matchAll(/^#+ (.*)$/gm)].map(([, title]) => anchorOf(title!)));
  return { path, text, blocks, spans, links, anchors };
}

/** What GitHub makes of a heading. */
function anchorOf(title: string): string {
  return title.trim().toLowerCase().replace(/[^\p{Letter}\p{Number}\- _]/gu, "").replaceAll(
    " ",
    "-",
  );
}
