/*
 * Draws docs/status.svg and docs/hold.svg: what `status` shows while two sessions are held, and what
 * Codex shows in a terminal while it is held, from a real run in a home of its own, with the real Codex,
 * in terminals of 80 columns. With `--text` it prints the same without colours instead.
 *
 * Needs all permissions, dist/quota-sentry, and tmux.
 */
import { startMockModel } from "../tests/codex/mock_model.ts";
import { CodexSandbox } from "../tests/codex/session.ts";
import { BINARY, CODEXBAR, type Sandbox, until, usage } from "../tests/support/sandbox.ts";
import { TmuxTerminal } from "./picture/tmux_terminal.ts";
import { drawTerminal } from "./picture/svg.ts";

const COLUMNS = 80;

/** What two sessions work in. */
const PROJECTS = ["src/api", "src/site"];

/** What a third one does, in a terminal. */
const PROMPT = "Write the tests for the parser";

async function main(args: readonly string[]): Promise<void> {
  await using model = startMockModel({ script: () => ({ items: [{ say: "Done." }] }) });
  await using box = new CodexSandbox(model.port);
  const isText = args.includes("--text");
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 41 * 60 }));
  await box.run(["install-hook"]);
  for (const project of PROJECTS) {
    box.startCodex(["exec", "--skip-git-repo-check", "-C", directoryOf(box, project), "do it"]);
  }
  await until("both are held", async () => (await waitingIn(box)) === PROJECTS.length);
  const shown = await show(box, isText);
  const held = await showHold(box, isText);
  if (isText) console.log(`${shown}\n\n${held}`);
  else {
    Deno.writeTextFileSync("docs/status.svg", drawTerminal(shown, COLUMNS));
    Deno.writeTextFileSync("docs/hold.svg", drawTerminal(held, COLUMNS));
  }
}

function directoryOf(box: Sandbox, project: string): string {
  const directory = `${box.home}/${project}`;
  Deno.mkdirSync(directory, { recursive: true });
  return directory;
}

async function waitingIn(box: Sandbox): Promise<number> {
  return JSON.parse((await box.run(["status", "--json"])).stdout).waiting.length;
}

/** What Codex shows in a terminal while a prompt is held. */
async function showHold(box: CodexSandbox, isPlain: boolean): Promise<string> {
  const before = await waitingIn(box);
  const codex = `${box.bin}/codex -s workspace-write -a on-request`;
  await using terminal = await TmuxTerminal.start(codex, {
    columns: COLUMNS,
    rows: 24,
    cwd: directoryOf(box, "src/parser"),
    socket: `${box.root}/tmux`,
    env: { ...box.env, LANG: "C.UTF-8", SHELL: "/bin/sh" },
  });
  const shows = (text: string) =>
    until(`Codex shows "${text}"`, async () => (await terminal.screen(true)).includes(text));
  await shows("mock default");
  await terminal.type(PROMPT);
  // Codex takes what comes in one go for pasted, so the end comes by itself.
  await shows(PROMPT);
  await terminal.press("Enter");
  await until("it is held", async () => (await waitingIn(box)) > before);
  await shows("waits for the reset");
  return await terminal.screen(isPlain);
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
      TZ: "Europe/Vienna",
      ...(isPlain ? { NO_COLOR: "1" } : {}),
    },
    clearEnv: true,
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n").trimEnd();
}

await main(Deno.args);
