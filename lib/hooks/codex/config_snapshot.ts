import { join } from "@std/path";
import { removeElsewhere, writeElsewhere } from "../../files/elsewhere.ts";
import { codexHome } from "../../codex/home.ts";
import { readIfThere } from "./hooks_path.ts";

/** Codex's `config.toml` as it was, to be put back if what Codex was asked to do fails. */
export class ConfigSnapshot {
  readonly #path: string | undefined;
  readonly #text: string | undefined;
  readonly #mode: number;

  private constructor(path: string | undefined, text: string | undefined, mode: number) {
    this.#path = path;
    this.#text = text;
    this.#mode = mode;
  }

  /** Remembers the file as it is. */
  static async take(): Promise<ConfigSnapshot> {
    const home = codexHome();
    if (home === undefined) return new ConfigSnapshot(undefined, undefined, 0o600);
    const named = join(home, "config.toml");
    const text = await readIfThere(named);
    if (text === undefined) return new ConfigSnapshot(named, undefined, 0o600);
    const path = await Deno.realPath(named);
    const { mode } = await Deno.stat(path);
    return new ConfigSnapshot(path, text, (mode ?? 0o600) & 0o777);
  }

  /** Puts the file back, if it has changed. */
  async putBack(): Promise<void> {
    if (this.#path === undefined || await readIfThere(this.#path) === this.#text) return;
    if (this.#text === undefined) await removeElsewhere(this.#path);
    else await writeElsewhere(this.#path, this.#text, this.#mode);
  }

  /** Gives a file with CRLF at each end of a line that back; Codex writes LF. */
  async keepLineEnds(): Promise<void> {
    if (this.#path === undefined || !this.#text?.includes("\r\n")) return;
    if (/[^\r]\n/.test(this.#text)) return;
    const text = (await readIfThere(this.#path))?.replaceAll(/\r?\n/g, "\r\n");
    if (text !== undefined) await writeElsewhere(this.#path, text, this.#mode);
  }

  /** Removes a file that is empty now; Codex leaves one where there was none. */
  async removeIfEmpty(): Promise<void> {
    if (this.#path === undefined) return;
    if ((await readIfThere(this.#path))?.trim() === "") await removeElsewhere(this.#path);
  }
}
