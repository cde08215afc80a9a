import { KINDS } from "../harness/registry.ts";
import { STATE_FILES } from "../state/files.ts";
import { HISTORY_DIRECTORY, HISTORY_FILES } from "../state/history_files.ts";

/** Parts of paths that tell nothing of the user: ours, the harnesses' and the system's. */
const KNOWN_PARTS: ReadonlySet<string> = new Set([
  ...Object.values(STATE_FILES),
  ...HISTORY_FILES,
  HISTORY_DIRECTORY,
  ...KINDS.flatMap(({ id, place, marks }) => [id, place.directory, ...marks]),
  ..."~ .cache .config .local bin config.json dist homebrew local opt".split(" "),
  ..."codexbar quota-sentry quota-sentry-hook quota-sentry-run sbin share usr".split(" "),
]);

/** Numbers, percentages, durations and versions, as they stand in sentences; no longer number. */
const NUMBER = /^[+-]?\d{1,7}([.,]\d{1,4}){0,2}([dhms%]|ms|GB|MB|kB|KiB|MiB)?$/;

const DURATION = /^(\d{1,4}[dhms]){2,4}$/;

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$|^\d\d:\d\d(:\d\d)?$/;

const BUILD = /^\d+\.\d+\.\d+\+\d+\.\d+$/;

/** What stands around a word. */
const WORD = /^([("'`“‘[]*)(.*?)([)"'`”’\].,:;!?…]*)$/su;

/**
 * Takes out of texts and paths what is the user's. What is left is known to be nobody's: of a text the
 * words that this program has itself, numbers and times; of a path what we, a harness or the system name so.
 * All else of a text is `…`, and of a path a number in brackets, the same one for the same name.
 */
export class Redaction {
  readonly #home: string | undefined;
  readonly #words: ReadonlySet<string>;
  readonly #names = new Map<string, number>();

  /**
   * @param home The user's home directory, absolute.
   * @param words In small letters.
   */
  constructor(home: string | undefined, words: ReadonlySet<string>) {
    this.#home = home;
    this.#words = words;
  }

  /** A name: its number. */
  name(name: string): string {
    const number = this.#names.get(name) ?? this.#names.size + 1;
    this.#names.set(name, number);
    return `(${number})`;
  }

  /** A path, its home shortened to `~`. */
  path(path: string): string {
    const home = this.#home;
    const isBelow = home !== undefined && (path === home || path.startsWith(`${home}/`));
    const short = isBelow ? `~${path.slice(home.length)}` : path;
    return short.split("/").map((part) =>
      part === "" || KNOWN_PARTS.has(part) ? part : this.name(part)
    ).join("/");
  }

  /** A text, in one line. */
  text(text: string): string {
    const shown: string[] = [];
    // A name may have spaces, so words behind one may belong to it.
    let isInName = false;
    for (const word of text.trim().split(/\s+/)) {
      const [, before = "", core = "", behind = ""] = WORD.exec(word) ?? [];
      if (isInName && !core.startsWith("/")) shown.push(`${before}…${behind}`);
      else shown.push(this.#word(before, core, behind));
      const isName: boolean = isInName ||
        (/^(--[a-z-]+=)?~?\//.test(core) && shown.at(-1)!.includes("("));
      isInName = isName && behind === "";
    }
    return shown.join(" ").replace(/…( …)+/g, "…");
  }

  #word(before: string, core: string, behind: string): string {
    if (/^(~?\/|~$)/.test(core)) return `${before}${this.path(core)}${behind}`;
    const [, name, value] = /^(--[a-z-]+)=(.*)$/s.exec(core) ?? [];
    if (name !== undefined && this.#isOurs(name)) {
      return this.#word(`${before}${name}=`, value!, behind);
    }
    return this.#isOurs(core) ? `${before}${core}${behind}` : `${before}…${behind}`;
  }

  /** True for what this program may have written; nothing of the user's is like it. */
  #isOurs(text: string): boolean {
    if ([NUMBER, DURATION, TIME, BUILD].some((shape) => shape.test(text))) return true;
    const parts = text.split(/[-–._/|'’+=<>→,()*%]+/).filter((part) => part !== "");
    // Numbers alone may be an address.
    const words = parts.filter((part) => !/^\d{1,4}$/.test(part));
    return (words.length > 0 || parts.length === 0) &&
      words.every((part) => this.#words.has(part.toLowerCase()));
  }
}

/**
 * All words of this program, in small letters: of the files beside this one, which in the binary are the
 * whole program. Needs read permission.
 */
export function ownWords(): Set<string> {
  const directory = new URL(".", import.meta.url);
  const words = new Set<string>();
  for (const { name } of Deno.readDirSync(directory)) {
    if (!/\.[jt]s$/.test(name)) continue;
    const text = Deno.readTextFileSync(new URL(name, directory));
    for (const [word] of text.matchAll(/[A-Za-z]+/g)) words.add(word.toLowerCase());
  }
  return words;
}
