import type { Runs } from "../../runs.ts";
import { execCommand, resumeWords } from "./exec_command.ts";
import { deathIn, findDeaths } from "./find_deaths.ts";

/** Runs of `codex exec` in one home, absolute. */
export function runsOf(home: string): Runs {
  return {
    command(words) {
      const command = execCommand(words);
      if (command.kind !== "exec") return command;
      return {
        kind: "run",
        directory: command.directory,
        resume: (session, message) => resumeWords(command, session, message),
      };
    },
    deaths: (now) => findDeaths(home, now),
    deathIn,
  };
}
