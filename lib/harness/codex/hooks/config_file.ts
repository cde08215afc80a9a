import { join } from "@std/path";
import type { FileChange } from "../../../files/elsewhere.ts";
import { messageOf } from "../../../text/message_of.ts";
import { type FileOnDisk, readOnDisk } from "../../hooks/user_file.ts";
import { TomlError } from "./toml.ts";
import {
  checkTakesTrust,
  ConfigError,
  type TrustChanges,
  trustIn,
  withTrust,
} from "./trust_records.ts";

/** Codex's own configuration, in which it keeps what it trusts. */
export class ConfigFile {
  readonly #file: FileOnDisk;

  private constructor(file: FileOnDisk) {
    this.#file = file;
  }

  /**
   * Reads it as it is now.
   *
   * @throws {ConfigError} When it is not to be read, or not known where it is.
   */
  static async read(home: string | undefined): Promise<ConfigFile> {
    if (home === undefined) throw new ConfigError("HOME is not set");
    try {
      return new ConfigFile(await readOnDisk(join(home, "config.toml")));
    } catch (error) {
      throw new ConfigError(messageOf(error));
    }
  }

  get path(): string {
    return this.#file.path;
  }

  /** The hashes that it trusts, by key. */
  get trusted(): ReadonlyMap<string, string> {
    return this.#understood(trustIn);
  }

  /**
   * Sees whether trust can be written into it.
   *
   * @throws {ConfigError} When it cannot.
   */
  checkTakesTrust(): void {
    this.#understood(checkTakesTrust);
  }

  /**
   * The change to be made to it.
   *
   * @throws {ConfigError} When the text cannot be understood.
   */
  with(changes: TrustChanges): FileChange {
    const { path, text, mode } = this.#file;
    const after = this.#understood(() => withTrust(text, changes));
    return { path, before: text, after, mode };
  }

  #understood<T>(read: (text: string) => T): T {
    try {
      return read(this.#file.text ?? "");
    } catch (error) {
      if (!(error instanceof TomlError) && !(error instanceof ConfigError)) throw error;
      throw new ConfigError(`${this.path}: ${error.message}`);
    }
  }
}
