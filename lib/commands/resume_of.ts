import { resolve } from "@std/path";
import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, settingsOf } from "../cli/options.ts";
import { print } from "../cli/output.ts";
import { loadSettings } from "../config/load.ts";
import { realPathOf } from "../files/real_path.ts";
import type { Death } from "../harness/death.ts";
import { KINDS } from "../harness/registry.ts";
import type { RunCommand, Runs } from "../harness/runs.ts";
import { spawnItself } from "../process/itself.ts";
import { forUser } from "../text/for_user.ts";
import { shellQuote } from "../text/shell_quote.ts";
import { shellWord } from "../text/shell_word.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { harnessOf, homeOf, providerOf } from "./target.ts";

/** Stands for a session that is not there yet. */
const SOME_SESSION = "SESSION";

/** What `quota-sentry-run` is to do with a run that has failed. */
type Answer =
  /** No run that died at the wall. */
  | { readonly kind: "none" }
  /** It is no harness's run, or none that anybody can go on with; `why` then says so. */
  | { readonly kind: "other"; readonly why?: string }
  | { readonly kind: "resume"; readonly words: readonly string[]; readonly death?: Death }
  /** It died, and is left as it is. */
  | { readonly kind: "left"; readonly why: string };

/** `resume-of`: tells a shell what goes on with a run that has just failed, in words that it can `eval`. */
export async function resumeOf({ options, words }: Invocation): Promise<number> {
  print(linesOf(await answerTo(options, words)).map((line) => `${line}\n`).join(""));
  return EXIT.ok;
}

async function answerTo(options: Options, words: readonly string[]): Promise<Answer> {
  const run = runOf(options, words);
  if (run === undefined) return { kind: "other" };
  const { command, runs } = run;
  const message = options.message ?? await usualMessage(options);
  if (options.dryRun) {
    return command.kind === "unsure"
      ? { kind: "other", why: command.why }
      : { kind: "resume", words: command.resume(SOME_SESSION, message) };
  }
  const since = new Date((options.since ?? 0) * 1000);
  const directory = command.kind === "run" ? command.directory : undefined;
  const deaths = options.file === undefined
    ? await deathsIn(resolve(directory ?? "."), since, runs)
    : await deathsOf(options.file.split("\n"), since, runs);
  const [death] = deaths;
  if (!death) return { kind: "none" };
  if (command.kind === "unsure") return { kind: "other", why: command.why };
  // Another run in the same directory may have died in the same moment: never that one's.
  if (options.file === undefined || deaths.length > 1) {
    return { kind: "left", why: "it cannot be told which session was its own" };
  }
  if (death.doubt !== undefined) return { kind: "left", why: death.doubt };
  const why = options.claim ? await claim(death) : undefined;
  if (why !== undefined) return { kind: "left", why };
  return { kind: "resume", words: command.resume(death.session, message), death };
}

/** Whose run a command is; undefined for none of any harness. */
function runOf(
  options: Options,
  words: readonly string[],
): { readonly command: Exclude<RunCommand, { kind: "other" }>; readonly runs: Runs } | undefined {
  for (const kind of KINDS) {
    const { runs } = harnessOf({ ...options, provider: providerOf(kind) });
    const command = runs?.command(words);
    if (runs !== undefined && command !== undefined && command.kind !== "other") {
      return { command, runs };
    }
  }
}

async function usualMessage(options: Options): Promise<string> {
  const { settings } = await loadSettings(settingsOf(options), homeOf(options));
  return settings.reviveMessage;
}

/** Takes it on, so that nobody else brings it back; tells why that is not to be. */
async function claim({ session }: Death): Promise<string | undefined> {
  const child = spawnItself({ args: ["take-on", session], stdout: "piped" });
  const [{ success }, said] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
  ]);
  return success ? undefined : said.trim() || "it cannot be written down that it goes on";
}

/** Those of files that a run had open. */
async function deathsOf(files: readonly string[], since: Date, runs: Runs): Promise<Death[]> {
  const deaths = await Promise.all(files.map((file) => runs.deathIn(file)));
  return deaths.filter((death) => death !== undefined).filter(({ diedAt }) => diedAt >= since);
}

/** Those in a directory, where it is not known which files a run had open. */
async function deathsIn(directory: string, since: Date, runs: Runs): Promise<Death[]> {
  const place = realPathOf(directory);
  const deaths = await runs.deaths(new Date());
  return deaths.filter((death) => death.diedAt >= since && realPathOf(death.directory) === place);
}

function linesOf(answer: Answer): string[] {
  const { kind } = answer;
  switch (kind) {
    case "none":
      return variables({ kind });
    case "other":
      return variables({ kind, why: forUser(answer.why ?? "") });
    case "left":
      return variables({ kind, why: forUser(answer.why) });
    case "resume": {
      const { words, death } = answer;
      const again = words.map(shellWord).join(" ");
      if (!death) return variables({ kind, again });
      const died = Math.floor(death.diedAt.getTime() / 1000);
      return variables({
        kind,
        again,
        session: death.session,
        died: String(died),
        died_at: formatTimestamp(death.diedAt),
      });
    }
  }
}

function variables(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${shellQuote(value)}`);
}
