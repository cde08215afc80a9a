import { existsSync } from "@std/fs/exists";
import { SYSTEM } from "../../lib/process/system.ts";

/** A file in one of PATH's directories; `scripts/debian_tools` gets what is not on the machine. */
export function findTool(name: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(":").map((directory) => `${directory}/${name}`)
    .find((path) => existsSync(path, { isFile: true }));
}

/** util-linux's `script`, which gives a program a terminal of its own; BSD's takes other options. */
export const SCRIPT = SYSTEM.name === "linux" ? findTool("script") : undefined;

/**
 * A wall clock that can be set, for the programs that get its environment. The time that passes stays
 * as it is, which is just what a machine sees that was asleep.
 */
export class FakeClock {
  readonly #file: string;
  readonly #library: string;
  #offset: number;

  /**
   * @param directory Where it may keep a file.
   * @param library Path of libfaketime.
   * @param start The instant to begin with; now if it is left out.
   */
  constructor(directory: string, library: string, start?: Date) {
    this.#file = `${directory}/clock`;
    this.#library = library;
    this.#offset = start === undefined ? 0 : (start.getTime() - Date.now()) / 1000;
    this.jump(0);
  }

  /** Sets it by some seconds. */
  jump(seconds: number): void {
    this.#offset += seconds;
    const sign = this.#offset < 0 ? "-" : "+";
    Deno.writeTextFileSync(`${this.#file}.new`, `${sign}${Math.abs(this.#offset).toFixed(3)}\n`);
    Deno.renameSync(`${this.#file}.new`, this.#file);
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offset * 1000;
  }

  /** An instant some seconds from now, in UTC with whole seconds. */
  iso(secondsFromNow: number): string {
    const ms = Math.ceil(this.now() / 1000 + secondsFromNow) * 1000;
    return new Date(ms).toISOString().replace(".000Z", "Z");
  }

  get env(): Record<string, string> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }
}
