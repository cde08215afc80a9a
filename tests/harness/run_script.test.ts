import { assert, assertEquals, assertMatch } from "@std/assert";
import { dirname } from "@std/path";
import { FAKE_CODEX } from "../support/fake_codex.ts";
import {
  BINARY,
  CODEXBAR,
  type Ended,
  finish,
  kill,
  readText,
  Sandbox,
  until,
  usage,
} from "../support/sandbox.ts";
import { findTool, SCRIPT } from "../support/tools.ts";

/** The script, as it is shipped. */
const RUN_SCRIPT = `${dirname(BINARY)}/quota-sentry-run`;

const SESSION = "01a20000-0000-7000-8000-0000000000a1";
const MESSAGE = "Please go on where you stopped.";

/** Where there is quota left, its window is a new one: what died was of another. */
const answerFor = (used: number) => usage({ used, resetInSeconds: used < 95 ? 18_000 : 3600 });

/** A run, and what its Codex did. */
interface Run {
  readonly pid: number;
  readonly plan: string;
  /** The arguments of each start of its Codex. */
  calls(): string[];
  readonly ended: Promise<Ended>;
  hasEnded: boolean;
}

interface RunSetup {
  readonly outcomes?: readonly string[];
  readonly session?: string;
  readonly shell?: string;
  readonly stdin?: string;
  readonly script?: string;
  readonly env?: Record<string, string>;
  /** Its Codex waits until `release`. */
  readonly isHeld?: boolean;
}

/** A sandbox with a daemon that reads a quota every second, and a fake Codex. */
class Runs extends Sandbox {
  #count = 0;

  static async begin(used = 50): Promise<Runs> {
    const box = new Runs();
    Deno.mkdirSync(box.codexHome);
    box.executable("codex", FAKE_CODEX);
    box.codexbar(CODEXBAR.answers, answerFor(used));
    box.makeStateDirectory();
    box.configure({ follow: false });
    await box.run(["start", "--interval-seconds=1", "--reset-buffer-seconds=0"]);
    await box.reads(used < 95 ? "open" : "blocked");
    return box;
  }

  /** Waits for a reading of now. */
  async reads(status: string): Promise<void> {
    await until(`it is ${status}`, () => this.state?.status === status);
  }

  async set(used: number): Promise<void> {
    this.answer(answerFor(used));
    await this.reads(used < 95 ? "open" : "blocked");
  }

  /** Starts the script, in a process group of its own. */
  begin(args: readonly string[], setup: RunSetup = {}): Run {
    const plan = `${this.root}/plan-${++this.#count}`;
    Deno.mkdirSync(`${plan}/tmp`, { recursive: true });
    Deno.writeTextFileSync(`${plan}/calls`, "");
    Deno.writeTextFileSync(`${plan}/outcomes`, (setup.outcomes ?? ["ok"]).join("\n") + "\n");
    if (setup.isHeld) Deno.writeTextFileSync(`${plan}/hold`, "");
    const script = setup.script ?? RUN_SCRIPT;
    const words = setup.shell ? [...setup.shell.split(" "), script] : [script];
    const child = this.adopt(
      new Deno.Command(words[0]!, {
        args: [...words.slice(1), ...args],
        cwd: this.home,
        env: {
          ...this.env,
          TMPDIR: `${plan}/tmp`,
          PLAN: plan,
          SESSION: setup.session ?? SESSION,
          ...setup.env,
        },
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        detached: true,
      }),
    );
    const ended = finish(child, setup.stdin ?? "");
    const calls = () => readText(`${plan}/calls`)!.split("\n").filter((line) => line !== "");
    const run: Run = { pid: child.pid, plan, calls, ended, hasEnded: false };
    ended.finally(() => run.hasEnded = true);
    return run;
  }

  release({ plan }: Run): void {
    Deno.removeSync(`${plan}/hold`);
  }

  /** Runs the script to its end. */
  async script(args: readonly string[], setup: RunSetup = {}): Promise<Ended & Run> {
    const run = this.begin(args, setup);
    return { ...run, ...await run.ended };
  }
}

const resumed = (options = "", session = SESSION, message = MESSAGE) =>
  `exec ${options}resume ${session} ${message}`;

/** What the script said, without what Codex did. */
const said = ({ stderr }: Ended) =>
  stderr.split("\n").filter((line) => line.startsWith("quota-sentry-run: "));

async function ready({ plan }: Run, number = 1): Promise<void> {
  await until("its Codex runs", () => readText(`${plan}/ready.${number}`) !== undefined);
}

for (const shell of ["", "dash", "bash --posix", "busybox sh", "zsh"]) {
  const name = shell === "" ? "sh" : shell;
  const [command, ...args] = name.split(" ");
  const path = findTool(command!);
  Deno.test({
    name: `run script: ${name} goes on with the session that died, once, with its options`,
    ignore: path === undefined,
    fn: async () => {
      await using box = await Runs.begin();
      const as = shell && [path, ...args].join(" ");
      const run = await box.script(
        ["--", "codex", "-s", "read-only", "exec", "--json", "it's $HOME"],
        { shell: as, outcomes: ["wall", "ok"], stdin: "piped\n" },
      );
      assertEquals([run.code, run.stdout], [0, "Done.\n"]);
      assertEquals(run.calls(), [
        "-s read-only exec --json it's $HOME",
        `-s read-only exec --json resume ${SESSION} ${MESSAGE}`,
      ]);
      assertEquals(
        run.stderr,
        "ERROR: You’ve hit your usage limit.\n" +
          "quota-sentry-run: it died at the wall; waits until the quota is there again, then goes " +
          `on with session ${SESSION} (1 of 3)\n`,
      );
      assertEquals(
        [readText(`${run.plan}/stdin.1`), readText(`${run.plan}/stdin.2`)],
        ["piped\n", ""],
      );
      assertEquals([...Deno.readDirSync(`${run.plan}/tmp`)], []);
      // What fails otherwise is left alone, with its code and its signals.
      const failed = await box.script(["--", "codex", "exec", "p"], {
        shell: as,
        outcomes: ["fail", "ok"],
        env: { message: "it's mine", code: "c", work: "w\n", program: "$p" },
      });
      assertEquals(readText(`${failed.plan}/environment`), "it's mine|c|w\n|$p\n");
      assertEquals([failed.code, failed.stderr, failed.calls().length], [3, "", 1]);
      const held = box.begin(["--", "codex", "exec", "p"], {
        shell: as,
        outcomes: ["ok", "ok"],
        isHeld: true,
      });
      await ready(held);
      Deno.kill(-held.pid, "SIGINT");
      assertEquals([(await held.ended).code, held.calls().length], [130, 1]);
      const terminated = box.begin(["--", "codex", "exec", "p"], {
        shell: as,
        outcomes: ["ok", "ok"],
        isHeld: true,
      });
      await ready(terminated);
      Deno.kill(terminated.pid, "SIGTERM");
      assertEquals([(await terminated.ended).code, terminated.calls().length], [143, 1]);
      await until(
        "nothing is left of them",
        () => box.processes().every(({ command }) => !/codex exec|quota-sentry-run/.test(command)),
      );
      assertEquals([...Deno.readDirSync(`${terminated.plan}/tmp`)], []);
    },
  });
}

Deno.test("run script: the command has its code, its output and its stdin", async () => {
  await using box = await Runs.begin();
  const run = async (...command: string[]) => {
    const { code, stdout, stderr } = await box.script(["--", ...command], { stdin: "in" });
    return [code, stdout, stderr];
  };
  assertEquals(await run("sh", "-c", "cat; echo err >&2; exit 7"), [7, "in", "err\n"]);
  assertEquals(await run("sh", "-c", "kill -TERM $$"), [143, "", ""]);
  assertEquals(await run("printf", "%s|", "a b", "", "*"), [0, "a b||*|", ""]);
  const [code, , stderr] = await run("no-such-command");
  assertEquals(code, 127);
  assertMatch(String(stderr), /^quota-sentry-run: .*no-such-command.*not found\n$/);
});

Deno.test({
  name: "run script: the command has the terminal",
  ignore: SCRIPT === undefined,
  fn: async () => {
    await using box = await Runs.begin();
    const has = "test -t 0 && test -t 1 && test -t 2 && read -r line </dev/tty && echo has $line";
    const { code, stdout } = await finish(
      box.adopt(
        new Deno.Command(SCRIPT!, {
          args: ["-qec", `${RUN_SCRIPT} -- sh -c '${has}'`, "/dev/null"],
          cwd: box.home,
          env: box.env,
          clearEnv: true,
          stdin: "piped",
          stdout: "piped",
          stderr: "piped",
        }),
      ),
      "typed\n",
    );
    assertEquals([code, stdout.includes("has typed")], [0, true], stdout);
  },
});

Deno.test("run script: waits while the quota is spent, and runs then", async () => {
  await using box = await Runs.begin(97);
  const run = box.begin(["--", "codex", "exec", "p"]);
  await until("it says so", () => box.processes().some(({ command }) => /wait\s*$/.test(command)));
  assertEquals(run.calls(), []);
  await box.set(3);
  const ended = await run.ended;
  assertEquals([ended.code, run.calls()], [0, ["exec p"]]);
  assertEquals(said(ended), [
    "quota-sentry-run: the quota is spent; waits until it is there again",
  ]);
});

Deno.test("run script: --max-wait and --on-wall fail exit with 75, and nothing is run", async () => {
  await using box = await Runs.begin(97);
  for (
    const options of [["--max-wait", "1s"], ["--max-wait=0"], ["--on-wall", "fail"], [
      "--on-wall=fail",
    ]]
  ) {
    const run = await box.script([...options, "--", "codex", "exec", "p"]);
    assertEquals([run.code, run.calls()], [75, []], options.join(" "));
    assertEquals(said(run).at(-1), "quota-sentry-run: the quota is spent; nothing was run");
  }
});

Deno.test("run script: nobody goes on before the quota is confirmed to be there", async () => {
  await using box = await Runs.begin();
  const run = box.begin(["--", "codex", "exec", "p"], { outcomes: ["wall", "ok"], isHeld: true });
  await ready(run);
  await box.set(97);
  box.release(run);
  const waits = () => box.processes().some(({ command }) => command.includes("--after="));
  await until("it waits", waits);
  const calls = box.calls.length;
  await until("it was read again", () => box.calls.length > calls + 1);
  assertEquals([waits(), run.calls().length], [true, 1]);
  await box.set(3);
  assertEquals([(await run.ended).code, run.calls()], [0, ["exec p", resumed()]]);
});

Deno.test("run script: --max-wait counts after the wall, and Ctrl-C ends that wait", async () => {
  await using box = await Runs.begin();
  const args = ["--", "codex", "exec", "p"];
  const setup = { outcomes: ["wall", "ok"], isHeld: true };
  const runs = [box.begin(["--max-wait=1s", ...args], setup), box.begin(args, setup)];
  for (const run of runs) await ready(run);
  await box.set(97);
  for (const run of runs) box.release(run);
  const [short, long] = runs as [Run, Run];
  const ended = await short.ended;
  assertEquals([ended.code, short.calls().length], [75, 1]);
  assertEquals(
    said(ended).at(-1),
    "quota-sentry-run: the quota was not there again within 1s; it is left; see: quota-sentry revive",
  );
  await until(
    "it waits",
    () => box.processes().some(({ command }) => command.includes("wait --after=")),
  );
  Deno.kill(-long.pid, "SIGINT");
  assertEquals([(await long.ended).code, long.calls().length], [130, 1]);
});

Deno.test("run script: two in one directory each go on with their own session", async () => {
  await using box = await Runs.begin();
  const other = SESSION.replace("a1", "b2");
  const setup = { outcomes: ["wall", "ok"], isHeld: true };
  const runs = [
    box.begin(["--", "codex", "exec", "p"], setup),
    box.begin(["--", "codex", "exec", "p"], { ...setup, session: other }),
    // This one has no session, and fails while the others die.
    box.begin(["--", "codex", "exec", "p"], { outcomes: ["fail", "ok"], isHeld: true }),
  ] as const;
  for (const run of runs) await ready(run);
  box.release(runs[0]);
  box.release(runs[1]);
  const codes = [(await runs[0].ended).code, (await runs[1].ended).code];
  assertEquals(codes, [0, 0]);
  assertEquals(runs[0].calls(), ["exec p", resumed()]);
  assertEquals(runs[1].calls(), ["exec p", resumed("", other)]);
  box.release(runs[2]);
  assertEquals([(await runs[2].ended).code, runs[2].calls().length], [3, 1]);
});

Deno.test("run script: a session that was not seen to be open is told, and left", async () => {
  await using box = await Runs.begin();
  // No look finds anything.
  box.executable("ls", "#!/bin/sh\n");
  const run = await box.script(["--", "codex", "exec", "p"], { outcomes: ["quick", "ok"] });
  assertEquals([run.code, run.calls().length], [1, 1]);
  assertEquals(said(run), [
    "quota-sentry-run: it died at the wall and is left: it cannot be told which session was its " +
    "own; see: quota-sentry revive",
  ]);
});

Deno.test("run script: a file that a run only reads is not its session", async () => {
  await using box = await Runs.begin();
  const other = box.begin(["--on-wall=fail", "--", "codex", "exec", "p"], {
    outcomes: ["wall"],
    isHeld: true,
  });
  await ready(other);
  const file = `${box.codexHome}/sessions/2026/01/31/rollout-2026-01-31T12-00-00-${SESSION}.jsonl`;
  // As the daemon that it has started, or a tool of its agent.
  box.executable(
    "codex",
    `#!/bin/sh\necho run >>"$PLAN/calls"\ntail -f '${file}' &\nwhile [ ! -e "$PLAN/end" ]; do sleep 0.05; done\nkill $!; exit 3\n`,
  );
  const reader = box.begin(["--", "codex", "exec", "p"]);
  await until("it reads", () => box.processes().some(({ command }) => command.startsWith("tail")));
  box.release(other);
  await other.ended;
  Deno.writeTextFileSync(`${reader.plan}/end`, "");
  assertEquals([(await reader.ended).code, reader.calls().length], [3, 1]);
});

Deno.test("run script: where somebody was faster, nothing is done", async () => {
  await using box = await Runs.begin();
  const run = box.begin(["--", "codex", "exec", "p"], { outcomes: ["wall", "ok"], isHeld: true });
  await ready(run);
  await box.set(97);
  box.release(run);
  await until(
    "it waits",
    () => box.processes().some(({ command }) => command.includes("--after=")),
  );
  const file = `${box.codexHome}/sessions/2026/01/31/rollout-2026-01-31T12-00-00-${SESSION}.jsonl`;
  Deno.writeTextFileSync(file, '{"type":"event_msg","payload":{"type":"task_started"}}\n', {
    append: true,
  });
  await box.set(3);
  const ended = await run.ended;
  assertEquals([ended.code, run.calls().length], [1, 1]);
  assertEquals(said(ended).at(-1), "quota-sentry-run: it is left: somebody has gone on with it");
});

/** A clock by which each run began long ago; so it is written down, too. */
const LONG_AGO = `#!/bin/sh
file=$HOME/.cache/quota-sentry/quota-sentry.revivals.json
sed 's/"begunAt": "[^"]*"/"begunAt": "2026-01-01T00:00:00.000Z"/' "$file" 2>/dev/null >"$file.new" &&
  mv "$file.new" "$file"
[ "$*" != +%s ] || { echo $(($(/bin/date +%s) - 700)); exit; }
exec /bin/date "$@"
`;

Deno.test("run script: goes on up to --retries times", async () => {
  await using box = await Runs.begin();
  box.executable("date", LONG_AGO);
  const args = ["--retries", "2", "--message", "go on", "--", "codex", "exec", "p"];
  const run = await box.script(args, { outcomes: ["wall", "wall", "wall", "ok"] });
  const again = resumed("", SESSION, "go on");
  assertEquals([run.code, run.calls()], [1, ["exec p", again, again]]);
  assertEquals(
    said(run).at(-1),
    "quota-sentry-run: it died at the wall and is left, after 2 of 2 retries; see: quota-sentry revive",
  );
  const none = await box.script(["--retries=0", ...args.slice(4)], { outcomes: ["wall", "ok"] });
  assertEquals([none.code, none.calls().length], [1, 1]);
});

Deno.test("run script: what meets the wall again within ten minutes is left", async () => {
  await using box = await Runs.begin();
  const run = await box.script(["--", "codex", "exec", "p"], { outcomes: ["wall", "wall", "ok"] });
  assertEquals([run.code, run.calls().length], [1, 2]);
  assertEquals(
    said(run).at(-1),
    "quota-sentry-run: it met the wall again within ten minutes, and is left; see: quota-sentry revive",
  );
});

Deno.test("run script: --on-wall fail brings nothing back, and what cannot be told is said", async () => {
  await using box = await Runs.begin();
  const fails = await box.script(["--on-wall=fail", "--", "codex", "exec", "p"], {
    outcomes: ["wall", "ok"],
  });
  assertEquals([fails.code, fails.calls().length, said(fails)], [1, 1, []]);
  const unknown = await box.script(["--", "codex", "exec", "--new", "p"], {
    outcomes: ["wall", "ok"],
    session: SESSION.replace("a1", "b2"),
  });
  assertEquals([unknown.code, unknown.calls().length], [1, 1]);
  assertEquals(said(unknown), [
    "quota-sentry-run: it died at the wall and is left: its option --new is not known; see: " +
    "quota-sentry revive",
  ]);
});

Deno.test("run script: another command runs again only when that was asked for", async () => {
  await using box = await Runs.begin();
  const tries = `${box.root}/tries`;
  const command = ["sh", "-c", `echo >>'${tries}'; [ "$(wc -l <'${tries}')" -gt 1 ]`];
  const count = () => readText(tries)!.length;
  // It fails while the quota is open.
  assertEquals((await box.script(["--retry-on-wall", "--", ...command])).code, 1);
  assertEquals(count(), 1);
  Deno.removeSync(tries);
  // It spends the quota, and fails of that.
  const spent = `${box.bin}/answer.json`;
  const spends = [
    "sh",
    "-c",
    `echo >>'${tries}'; [ "$(wc -l <'${tries}')" -gt 1 ] || { cp '${box.bin}/spent' '${spent}'; exit 1; }`,
  ];
  Deno.writeTextFileSync(`${box.bin}/spent`, JSON.stringify(usage({ used: 97 })));
  const plain = await box.script(["--", ...spends]);
  assertEquals([plain.code, said(plain), count()], [1, [], 1]);
  await box.set(3);
  Deno.removeSync(tries);
  const again = box.begin(["--retry-on-wall", "--", ...spends]);
  await until(
    "it waits",
    () => box.processes().some(({ command }) => command.includes("--after=")),
  );
  assertEquals(count(), 1);
  await box.set(3);
  assertEquals([(await again.ended).code, count()], [0, 2]);
});

Deno.test("run script: HUP and KILL to it end the command", async () => {
  await using box = await Runs.begin();
  for (const signal of ["SIGHUP", "SIGKILL"] as const) {
    const run = box.begin(["--", "codex", "exec", "p"], { isHeld: true });
    await ready(run);
    Deno.kill(run.pid, signal);
    await run.ended;
    await until(
      "nothing is left of it",
      () => box.processes().every(({ command }) => !/codex exec|quota-sentry-run/.test(command)),
    );
    assertEquals([run.calls().length, [...Deno.readDirSync(`${run.plan}/tmp`)]], [1, []]);
  }
});

Deno.test("run script: --dry-run says what it would do, and does nothing", async () => {
  await using box = new Sandbox();
  const run = async (...args: string[]) => await finish(box.startProgram(RUN_SCRIPT, args));
  const lines = async (...args: string[]) => {
    const { code, stdout, stderr } = await run("--dry-run", ...args);
    assertEquals([code, stdout], [0, ""]);
    return stderr.replaceAll("quota-sentry-run: ", "").trimEnd().split("\n");
  };
  assertEquals(await lines("--retries=2", "--", "codex", "exec", "--json", "a b"), [
    "would run: codex exec --json a b",
    "if it dies at the wall, would wait for the reset and run, at most 2 times: codex exec --json " +
    `resume SESSION '${MESSAGE}'`,
  ]);
  assertEquals(await lines("--", "codex", "exec", "--ephemeral", "p"), [
    "would run: codex exec --ephemeral p",
    "if it dies at the wall, it would be left: with --ephemeral Codex keeps no session to go on with",
  ]);
  assertEquals((await lines("--", "make"))[1]!.slice(0, 21), "it is no codex exec: ");
  assertEquals(
    (await lines("--retry-on-wall", "--", "make"))[1],
    "if it fails while the quota is spent, would wait and run it again, at most 3 times",
  );
  assertEquals([...Deno.readDirSync(box.home)], [], "nothing was made or started");
  box.writeBlock(600);
  assertMatch(
    (await lines("--", "make"))[0]!,
    /^the quota is spent: would wait, as it is known now until 20\S+Z$/,
  );
  assertEquals(await lines("--on-wall=fail", "--", "make"), [
    "the quota is spent: would exit with 75",
  ]);
});

Deno.test("run script: a wrong option says so in one line, and nothing is run", async () => {
  await using box = new Sandbox();
  const WRONG: readonly (readonly [string[], RegExp])[] = [
    [[], /a command is missing/],
    [["--"], /a command is missing/],
    [["--what", "--", "true"], /there is no option --what/],
    [["--retries", "many", "--", "true"], /--retries takes a whole number/],
    [["--retries"], /--retries needs a value/],
    [["--on-wall=stop", "--", "true"], /--on-wall takes wait or fail/],
    [["--max-wait=5", "--", "true"], /--max-wait takes a time/],
    [["--max-wait=1x", "--", "true"], /--max-wait takes a time/],
    [["--max-wait=0s", "--", "true"], /--max-wait takes a time/],
  ];
  const run = (args: string[]) =>
    finish(box.adopt(
      new Deno.Command(RUN_SCRIPT, {
        args,
        env: box.env,
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    ));
  for (const [args, expected] of WRONG) {
    const { code, stdout, stderr } = await run(args);
    assertEquals([code, stdout], [64, ""], args.join(" "));
    assertMatch(stderr, expected);
    assertMatch(stderr, /^quota-sentry-run: [^\n]*nothing was run\n$/);
  }
  const { code, stdout, stderr } = await run(["--help"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^Usage: quota-sentry-run /);
  assert(stdout.split("\n").every((line) => line.length <= 100));
});

Deno.test("run script: without quota-sentry the command runs all the same", async () => {
  await using box = new Sandbox();
  const script = `${box.root}/quota-sentry-run`;
  Deno.copyFileSync(RUN_SCRIPT, script);
  const run = () => finish(box.startProgram(script, ["--", "sh", "-c", "echo out; exit 7"]));
  const { code, stdout, stderr } = await run();
  assertEquals([code, stdout], [7, "out\n"]);
  assertEquals(
    stderr,
    "quota-sentry-run: quota-sentry is not there; the command runs without it\n",
  );
  // On PATH it is found.
  Deno.symlinkSync(BINARY, `${box.bin}/quota-sentry`);
  box.codexbar(CODEXBAR.answers, usage({ used: 3 }));
  assertEquals((await run()).stderr, "");
  // Nor does a directory that cannot be used stop it.
  const { stderr: told, code: same } = await finish(box.adopt(
    new Deno.Command(script, {
      args: ["--", "sh", "-c", "exit 7"],
      cwd: box.home,
      env: { ...box.env, TMPDIR: `${box.root}/none` },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }),
  ));
  assertEquals(same, 7);
  assertMatch(told, /^quota-sentry-run: no temporary files can be made; [^\n]*\n$/);
  for (const { pid, command } of box.processes()) if (command.includes("daemon")) kill(pid);
});
