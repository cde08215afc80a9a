/**
 * `scripts/deno task bench`: what Quota Sentry costs, against references in the same run. Prints a
 * table in Markdown, or with `--json` the figures. Needs `dist/quota-sentry` and Linux; hyperfine and
 * time come from Debian's packages (`scripts/debian_tools`).
 */
import { hookScript } from "../lib/hooks/hook_script.ts";
import { BINARY, CODEXBAR, Sandbox, until, usage } from "../tests/support/sandbox.ts";

/** One line of the table. */
interface Row {
  readonly what: string;
  readonly unit: "ms" | "MB" | "% CPU";
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The median's ratio to a reference's, and that reference. */
  readonly ratio?: number;
  readonly reference?: string;
}

const ROUNDS = 8;
const RUNS = 10;
const HELD = 50;
const INPUT = JSON.stringify({ hook_event_name: "PreToolUse", tool_name: "Bash", cwd: "/" });

const rows: Row[] = [];
const root = new URL("..", import.meta.url).pathname;
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function add(what: string, unit: Row["unit"], values: number[], reference?: string): Row {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  const base = rows.find((row) => row.what === reference && row.unit === unit)?.median;
  const row = { what, unit, median, min: sorted[0]!, max: sorted.at(-1)! };
  rows.push(base === undefined ? row : { ...row, ratio: median / base, reference });
  return rows.at(-1)!;
}

async function output(program: string, args: string[], env?: Record<string, string>) {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, env }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  return { stdout: text, stderr: new TextDecoder().decode(stderr) };
}

const tools = (await output(`${root}scripts/debian_tools`, [])).stdout.trim();

/** A whole command, and the one that it is compared with. */
interface Command {
  readonly what: string;
  readonly words: string[];
  readonly reference?: string;
}

/** Times commands by turns, so that the machine's moods fall on all; takes their peak memory. */
async function commands(box: Sandbox, all: Command[]): Promise<void> {
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
    add(what, "ms", times[index]!, reference);
    add(what, "MB", memory[index]!, reference);
  }
}

/** CPU time of living processes, all threads, in milliseconds. */
function cpuOf(pids: number[]): number {
  let ns = 0;
  for (const pid of pids) {
    try {
      for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
        ns += Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0]);
      }
    } catch {
      // It has ended.
    }
  }
  return ns / 1e6;
}

/** CPU time in percent of what passes. */
async function cpuPercent(pids: number[], seconds: number): Promise<number> {
  const before = cpuOf(pids);
  await delay(seconds * 1000);
  return (cpuOf(pids) - before) / seconds / 10;
}

function pssOf(pid: number): number {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    return Number(/^Pss:\s+(\d+)/m.exec(text)![1]) / 1024;
  } catch {
    return 0;
  }
}

/** All that runs in a sandbox. */
function processesIn(box: Sandbox): { pid: number; command: string }[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    try {
      if (!/^\d+$/.test(name)) return [];
      if (!Deno.readTextFileSync(`/proc/${name}/environ`).includes(`HOME=${box.home}`)) return [];
      const text = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      return [{ pid: Number(name), command: text }];
    } catch {
      return [];
    }
  });
}

/** Starts a hook as Codex does; gives the instant at which it ended. */
async function call(box: Sandbox, hook: string, args = "guard --state-only"): Promise<number> {
  const child = new Deno.Command("bash", {
    args: ["-c", `'${hook}' ${args}`],
    env: box.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(INPUT));
  await writer.close();
  await child.status;
  return Date.now();
}

function hookIn(box: Sandbox): string {
  const hook = `${box.root}/hook`;
  Deno.writeTextFileSync(hook, hookScript(BINARY, box.stateDir), { mode: 0o700 });
  return hook;
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
  add("binary: quota-sentry", "MB", [mb(BINARY)], "binary: compiled hello-world");
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
  Deno.writeTextFileSync(input, INPUT);
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
  ]);

  for (const count of [1, 10, 50, 200]) {
    const took: number[] = [];
    for (let run = 0; run < 5; run++) {
      const before = performance.now();
      await Promise.all(Array.from({ length: count }, () => call(box, hook)));
      took.push((performance.now() - before) / count);
    }
    add(`PreToolUse, ${count} at once, each`, "ms", took);
  }
}

async function held(box: Sandbox): Promise<void> {
  const hook = hookIn(box);
  await box.run(["config", "set", "staggerSeconds", "0"]);
  await box.run(["config", "set", "resetBufferSeconds", "0"]);
  await box.run(["config", "set", "intervalSeconds", "1"]);
  box.codexbar(CODEXBAR.answers, usage({ used: 97 }));
  await box.run(["start"]);
  await until("it is blocked", () => box.state?.status === "blocked");
  const calls = Array.from({ length: HELD }, () => call(box, hook));
  const waiting = () => processesIn(box).filter(({ command }) => /hook guard|^sleep/.test(command));
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
  const ends = await Promise.all(Array.from({ length: HELD }, () => call(box, hook)));
  add(`${HELD} held, from the end of the block to going on`, "ms", ends.map((at) => at - end));
}

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

const digits = (value: number) => value < 1 ? value.toFixed(3) : value.toFixed(1);
if (Deno.args.includes("--json")) {
  console.log(JSON.stringify({ schemaVersion: 1, rows }, null, 2));
} else {
  console.log("| what | median | min | max | ratio |\n| --- | --- | --- | --- | --- |");
  for (const { what, unit, median, min, max, ratio, reference } of rows) {
    const against = ratio === undefined
      ? ""
      : `${ratio.toFixed(2)} × ${reference!.replace("reference: ", "")}`;
    console.log(
      `| ${what} | ${digits(median)} ${unit} | ${digits(min)} | ${digits(max)} | ${against} |`,
    );
  }
}
