/*
 * Draws docs/status.svg: what `status` shows while two sessions are held, from a real run in a home of
 * its own, with the real Codex, in a terminal of 80 columns. With `--text` it prints the same without colours instead.
 *
 * Needs all permissions, and dist/quota-sentry.
 */
import { startMockModel } from "../tests/codex/mock_model.ts";
import { CodexSandbox } from "../tests/codex/session.ts";
import { BINARY, CODEXBAR, type Sandbox, until, usage } from "../tests/support/sandbox.ts";
import { drawTerminal } from "./picture/svg.ts";

const COLUMNS = 80;

/** What two sessions work in. */
const PROJECTS = ["src/api", "src/site"];

async function main(args: readonly string[]): Promise<void> {
  await using model = startMockModel({ script: () => ({ items: [{ say: "Done." }] }) });
  await using box = new CodexSandbox(model.port);
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 41 * 60 }));
  await box.run(["install-hook"]);
  for (const project of PROJECTS) {
    const directory = `${box.home}/${project}`;
    Deno.mkdirSync(directory, { recursive: true });
    box.startCodex(["exec", "--skip-git-repo-check", "-C", directory, "do it"]);
  }
  await until("both are held", async () => {
    const { stdout } = await box.run(["status", "--json"]);
    return JSON.parse(stdout).waiting.length === PROJECTS.length;
  });
  const isText = args.includes("--text");
  const shown = await show(box, isText);
  if (isText) console.log(shown);
  else Deno.writeTextFileSync("docs/status.svg", drawTerminal(shown, COLUMNS));
}

/** What `status` writes to a terminal. */
async function show(box: Sandbox, isPlain: boolean): Promise<string> {
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
