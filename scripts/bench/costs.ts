import { delay } from "../../lib/process/delay.ts";
import { BINARY, CODEXBAR, Sandbox, until, usage } from "../../tests/support/sandbox.ts";
import { callHook, cpuPercent, HOOK_INPUT, hookIn, output, pssOf } from "./measure.ts";
import { add } from "./rows.ts";

const ROUNDS = 8;
const RUNS = 10;
const HELD = 50;
const TOOL = "guard --state-only";
const root = new URL("../..", import.meta.url).pathname;

/** What it costs: binary, daemon, hooks, those that are held. */
export async function measureCosts(): Promise<void> {
  {
    await using box = new Sandbox();
    await open(box, await sizes(box));
  }
  {
    await using box = new Sandbox();
    await held(box);
  }
  {
    await using box = new Sandbox();
    await released(box);
  }
}

/** A whole command, and the one that it is compared with. */
interface Command {
  readonly what: string;
  readonly words: string[];
  readonly reference?: string;
}

/** Times commands by turns, so that the machine's moods fall on all; takes their peak memory. */
async function commands(box: Sandbox, all: Command[]): Promise<void> {
  const tools = (await output(`${root}scripts/debian_tools`, [])).stdout.trim();
  const json = `${box.root}/hyperfine.json`;
  const texts = all.map(({ words }) =>
    words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")
  );
  const times: number[][] = all.map(() => []);
  const memory: number[][] = all.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    await output(`${tools}/hyperfine`, [
      ...["-N", "--warmup", "3", "--runs", `${RUNS}`, "--export-json", json],
      ...["--style", "none", ...texts],
    ], box.env);
    const { results } = JSON.parse(Deno.readTextFileSync(json));
    for (const [index, { words }] of all.entries()) {
      times[index]!.push(...results[index].times.map((seconds: number) => seconds * 1000));
      const { stderr } = await output(`${tools}/time`, ["-f", "%M", ...words], box.env);
      memory[index]!.push(Number(stderr.trim().split("\n").at(-1)) / 1024);
    }
  }
  for (const [index, { what, reference }] of all.entries()) {
    add(what, "ms", times[index]!, { reference });
    add(what, "MB", memory[index]!, { reference });
  }
}

async function sizes(box: Sandbox): Promise<string> {
  const hello = `${box.root}/hello`;
  Deno.writeTextFileSync(`${hello}.js`, "console.log('hello')");
  await output(`${root}scripts/deno`, [
    ...["compile", "-q", "--no-check", "--no-config", "--no-npm", "--no-code-cache"],
    ...["--output", hello, `${hello}.js`],
  ]);
  const mb = (path: string) => Deno.statSync(path).size / 1e6;
  add("binary: compiled hello-world", "MB", [mb(hello)]);
  add("binary: quota-sentry", "MB", [mb(BINARY)], { reference: "binary: compiled hello-world" });
  return hello;
}

async function open(box: Sandbox, hello: string): Promise<void> {
  box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
  const hook = hookIn(box);
  await box.run(["start"]);
  await until("it is open", () => box.state?.status === "open");
  // V8 tidies up after a start once it has been idle for half a minute.
  await delay(60_000);
  const pid = Number(Deno.readTextFileSync(`${box.stateDir}/quota-sentry.pid`));
  add("daemon, a reading a minute", "% CPU", [await cpuPercent([pid], 120)]);
  // It takes this up with its next reading; then none falls into what is measured.
  await box.run(["config", "set", "intervalSeconds", "3600"]);
  const latest = box.state!.updatedAt;
  await until("it has read again", () => box.state!.updatedAt !== latest, 90_000);
  await delay(10_000);
  add("daemon asleep", "% CPU", [await cpuPercent([pid], 30)]);

  await box.run(["poll"]);
  const crowded = `${box.root}/crowded`;
  Deno.mkdirSync(crowded, { mode: 0o700 });
  const state = box.state!;
  const windows = Array(50).fill((state.windows as unknown[])[0]);
  Deno.writeTextFileSync(`${crowded}/state.json`, JSON.stringify({ ...state, windows }));
  Deno.writeFileSync(`${crowded}/quota-sentry.log`, new Uint8Array(1024 * 1024));

  const shell = "reference: bash -c true";
  const compiled = "reference: compiled hello-world";
  const python = ["python3", "-c", "pass"];
  const hasPython = await output("python3", python.slice(1)).then(() => true, () => false);
  const input = `${box.root}/input`;
  Deno.writeTextFileSync(input, HOOK_INPUT);
  const hooked = (args: string) => ["bash", "-c", `'${hook}' ${args} <'${input}'`];
  const direct = [BINARY, "guard", "--state-only"];
  await commands(box, [
    { what: shell, words: ["bash", "-c", "true"] },
    { what: compiled, words: [hello] },
    ...(hasPython ? [{ what: "reference: python3 -c pass", words: python }] : []),
    { what: "PreToolUse, quota open", words: hooked("guard --state-only"), reference: shell },
    {
      what: "UserPromptSubmit, quota open",
      words: hooked("guard --start-daemon"),
      reference: shell,
    },
    { what: "guard by the binary, quota open", words: direct, reference: compiled },
    {
      what: "… with 50 windows and the log at its cap",
      words: [...direct, "--state-dir", crowded],
      reference: compiled,
    },
    { what: "prompt", words: [BINARY, "prompt"], reference: compiled },
  ]);

  for (const count of [1, 10, 50, 200]) {
    const took: number[] = [];
    for (let run = 0; run < 5; run++) {
      const before = performance.now();
      await Promise.all(Array.from({ length: count }, () => callHook(box, hook, TOOL)));
      took.push((performance.now() - before) / count);
    }
    add(`PreToolUse, ${count} at once, each`, "ms", took);
  }
}

/** Calls a hook that is held; gives the instant at which it ended. */
async function heldCall(box: Sandbox, hook: string): Promise<number> {
  await callHook(box, hook, TOOL);
  return Date.now();
}

async function held(box: Sandbox): Promise<void> {
  const hook = hookIn(box);
  await box.run(["config", "set", "staggerSeconds", "0"]);
  await box.run(["config", "set", "resetBufferSeconds", "0"]);
  await box.run(["config", "set", "intervalSeconds", "1"]);
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  await box.run(["start"]);
  await until("it is blocked", () => box.state?.status === "blocked");
  const calls = Array.from({ length: HELD }, () => heldCall(box, hook));
  const waiting = () => box.processes().filter(({ command }) => /hook guard|^sleep/.test(command));
  await until("all are held", () => waiting().length === 3 * HELD, 30_000);
  await delay(2_000);
  const pids = waiting().map(({ pid }) => pid);
  add(`${HELD} held, PSS each`, "MB", [pids.reduce((sum, pid) => sum + pssOf(pid), 0) / HELD]);
  add(`${HELD} held, all together`, "% CPU", [await cpuPercent(pids, 60)]);
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  await until("it is open", () => box.state?.status === "open");
  const written = Deno.statSync(`${box.stateDir}/state.json`).mtime!.getTime();
  const ends = (await Promise.all(calls)).map((end) => end - written);
  add(`${HELD} held, from an open state to going on`, "ms", ends);
}

async function released(box: Sandbox): Promise<void> {
  const hook = hookIn(box);
  await box.run(["config", "set", "staggerSeconds", "0"]);
  await box.run(["config", "set", "resetBufferSeconds", "0"]);
  box.codexbar(CODEXBAR.answers, usage({ used: 97, resetInSeconds: 20 }));
  await box.run(["start"]);
  await until("it is blocked", () => box.state?.status === "blocked");
  const end = Date.parse(box.state!.blockedUntil as string);
  box.codexbar("exit 1");
  const ends = await Promise.all(Array.from({ length: HELD }, () => heldCall(box, hook)));
  add(`${HELD} held, from the end of the block to going on`, "ms", ends.map((at) => at - end));
}
