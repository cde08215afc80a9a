/*
 * Draws docs/status.svg: what `status` shows while two sessions are held, from a real run in a home of
 * its own, in a terminal of 80 columns. With `--text` it prints the same without colours instead.
 *
 * Needs all permissions, and dist/quota-sentry.
 */
import { BINARY, until, usage } from "../tests/support/sandbox.ts";
import { Held } from "../tests/support/held.ts";
import { drawTerminal } from "./picture/svg.ts";

const COLUMNS = 80;

/** What two sessions work in. */
const PROJECTS = ["work/api", "work/site"];

async function main(args: readonly string[]): Promise<void> {
  await using box = await Held.begin();
  box.answer(usage({ used: 97, resetInSeconds: 41 * 60 }));
  for (const project of PROJECTS) {
    const directory = `${box.home}/${project}`;
    Deno.mkdirSync(directory, { recursive: true });
    box.call({ before: `cd '${directory}' &&` });
  }
  await box.listening(PROJECTS.length);
  await until("the reset is known", () => {
    const resetsAt = String(box.state?.resetsAt);
    return Date.parse(resetsAt) - Date.now() < 42 * 60_000;
  });
  const isText = args.includes("--text");
  const shown = await show(box, isText);
  if (isText) console.log(shown);
  else Deno.writeTextFileSync("docs/status.svg", drawTerminal(shown, COLUMNS));
}

/** What `status` writes to a terminal. */
async function show(box: Held, isPlain: boolean): Promise<string> {
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", `stty cols ${COLUMNS} rows 40; exec '${BINARY}' status`, "/dev/null"],
    env: {
      ...box.env,
      TERM: "xterm-256color",
      SHELL: "/bin/sh",
      LANG: "C.UTF-8",
      ...(isPlain ? { NO_COLOR: "1" } : {}),
    },
    clearEnv: true,
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n").trimEnd();
}

await main(Deno.args);
