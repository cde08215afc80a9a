import { findTool } from "../support/tools.ts";
import { BINARY, type Ended, finish, kill, Sandbox, usage } from "../support/sandbox.ts";

/** Nothing of a document takes so long, on a busy machine too, in milliseconds. */
const DEADLINE_MS = 120_000;

/** Programs of others that documents call: they do nothing here. */
const OF_OTHERS = [
  ...["codex", "claude", "make", "notify-send", "osascript", "curl"],
  ...["systemctl", "launchctl"],
];

/**
 * A machine on which somebody does what a document says: an empty home, our program and codexbar on
 * PATH, and a directory to work in. The repository is not there: nothing that is run can change it.
 */
export class Stage extends Sandbox {
  constructor(codexIsHere: boolean) {
    super();
    for (const name of ["quota-sentry", "quota-sentry-run"]) {
      Deno.symlinkSync(BINARY.replace(/quota-sentry$/, name), `${this.bin}/${name}`);
    }
    this.codexbar('cat "$here/answer.json"', usage({ used: 12 }));
    for (const name of OF_OTHERS) {
      if (name !== "codex" || codexIsHere) this.executable(name, "#!/bin/sh\n");
    }
    this.writeState({ status: "open", reason: "test", updatedAt: new Date().toISOString() });
  }

  override get env(): Record<string, string> {
    const { PATH, ...rest } = super.env;
    return {
      ...rest,
      PATH: `${this.home}/.local/bin:${PATH}`,
      LANG: "C.UTF-8",
      TZ: "Europe/Vienna",
    };
  }

  /** Runs a script of a shell of this name to its end; undefined where there is no such shell. */
  async play(shell: string, script: string): Promise<Ended | undefined> {
    const program = findTool(shell);
    if (program === undefined) return undefined;
    // fish goes on behind what fails, and knows no such option.
    const flags = { zsh: ["-f", "-e"], fish: ["--no-config"] }[shell] ?? ["-e"];
    const child = this.startProgram(program, [...flags, "-c", script]);
    const timer = setTimeout(() => kill(child.pid), DEADLINE_MS);
    // A daemon that it has started keeps none of its pipes.
    return await finish(child).finally(() => clearTimeout(timer));
  }
}
