import { assert, assertEquals, assertLess } from "@std/assert";
import { hookScript } from "../../lib/harness/hook_script.ts";
import { NEEDS_LINUX } from "../support/needs_linux.ts";
import { isRunning } from "../support/processes.ts";
import {
  BINARY,
  type Ended,
  finish,
  iso,
  kill,
  readText,
  Sandbox,
  until,
} from "../support/sandbox.ts";
import { SHELLS } from "../support/shells.ts";
import { findTool } from "../support/tools.ts";
import { writeProgram } from "../support/programs.ts";

const INPUT = JSON.stringify({ session_id: "s", turn_id: "turn-1", cwd: "/" });

/** Every call that a hooks file makes of a guard. */
const CALLS = [
  "--start-daemon",
  "--on=model",
  "--on=request",
  "--on=compact",
  "--on=tool",
  "--state-only",
];

/** A sandbox with a hook script whose program notes that it was called. */
class Gate extends Sandbox {
  readonly hook: string;
  readonly program: string;

  constructor() {
    super();
    this.program = this.executable(
      "program",
      `#!/bin/sh\necho "$*" >>'${this.root}/asked'\ncat >'${this.root}/input'\n`,
    );
    this.hook = `${this.root}/hook`;
    writeProgram(this.hook, hookScript(this.program, this.stateDir), 0o700);
    Deno.mkdirSync(this.stateDir, { recursive: true });
  }

  /** What the program was called with. */
  get asked(): string[] {
    return (readText(`${this.root}/asked`) ?? "").split("\n").filter((line) => line !== "");
  }

  /** Writes the gate as the daemon would. */
  open(pid = Deno.pid, seconds = 180): void {
    const path = `${this.stateDir}/quota-sentry.gate`;
    Deno.writeTextFileSync(path, `open ${pid}\n`);
    const until = new Date(Date.now() + seconds * 1000);
    Deno.utimeSync(path, until, until);
  }

  /** Calls the hook through a shell. */
  start(args: string, { shell = "exec", stdin = "piped" as "piped" | "null", env = {} } = {}) {
    return new Deno.Command("bash", {
      args: ["-c", `${shell} '${this.hook}' guard ${args}`],
      env: { ...this.env, ...env },
      clearEnv: true,
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async call(args: string, options: Parameters<Gate["start"]>[1] = {}): Promise<Ended> {
    return await finish(this.start(args, options), options.stdin === "null" ? undefined : INPUT);
  }
}

function assertSilent({ code, stdout, stderr }: Ended): void {
  assertEquals([code, stdout, stderr], [0, "", ""]);
}

Deno.test("hook script: an open gate asks nobody; a closed or an old one asks the program", async () => {
  await using box = new Gate();
  for (const args of CALLS) {
    box.open();
    assertSilent(await box.call(args));
    assertEquals(box.asked, [], args);
  }
  for (const args of CALLS) {
    for (
      const spoil of [
        () => box.open(Deno.pid, -1),
        () => Deno.removeSync(`${box.stateDir}/quota-sentry.gate`),
      ]
    ) {
      spoil();
      assertSilent(await box.call(args));
      assertEquals(box.asked.splice(0), [
        `guard ${args} --state-dir=${box.stateDir} --hold=new`,
      ]);
      assertEquals(readText(`${box.root}/input`), INPUT);
      Deno.removeSync(`${box.root}/asked`);
    }
  }
});

Deno.test({
  name: "hook script: a daemon that is a zombie or gone is not taken for a living one",
  ...NEEDS_LINUX,
  fn: async () => {
    await using box = new Gate();
    // A parent that never asks how its child ended, which ends once that is so: bash would ask.
    const isBash = '[ "$(cat /proc/$$/comm)" = bash ]';
    const parent = new Deno.Command("bash", {
      args: ["-c", `while ${isBash}; do sleep 0.01; done & echo $!; exec sleep 600`],
      stdout: "piped",
    }).spawn();
    try {
      const reader = parent.stdout.getReader();
      const zombie = Number(new TextDecoder().decode((await reader.read()).value));
      await reader.cancel();
      await until("it is a zombie", () => /\) Z /.test(readText(`/proc/${zombie}/stat`) ?? ""));
      for (const pid of [zombie, 2 ** 22 + 1]) {
        for (const args of ["--start-daemon", "--on=model", "--on=compact"]) {
          box.open(pid);
          assertSilent(await box.call(args));
          assertEquals(box.asked.length, 1, `${args} ${pid}`);
          Deno.removeSync(`${box.root}/asked`);
        }
      }
    } finally {
      kill(parent.pid);
      await parent.status;
    }
  },
});

Deno.test("hook script: a request to the model leaves the mark of its turn, and nothing else", async () => {
  await using box = new Gate();
  const marks = () => [...Deno.readDirSync(`${box.stateDir}/turns`)].map(({ name }) => name).sort();
  box.open();
  assertSilent(await box.call("--on=model"));
  await until("the mark is there", () => {
    try {
      return marks().length === 1;
    } catch {
      return false;
    }
  });
  Deno.removeSync(`${box.stateDir}/quota-sentry.gate`);
  const asking = (turn: string) => INPUT.replace("turn-1", turn);
  assertSilent(await finish(box.start("--on=model"), asking("turn-2")));
  for (const turn of ["../../escape", "a b", "", "x;touch y"]) {
    assertSilent(await finish(box.start("--on=model"), asking(turn)));
  }
  assertSilent(await finish(box.start("--on=tool"), asking("turn-3")));
  assertEquals(marks(), ["turn-1", "turn-2"]);
});

Deno.test("hook script: a harness that keeps stdin open hangs nobody, and what it writes is taken", async () => {
  await using box = new Gate();
  const run = async (args: string) => {
    const child = box.start(args);
    const writer = child.stdin.getWriter();
    // More than a pipe holds: it goes on only if somebody reads.
    const written = writer.write(new TextEncoder().encode("x".repeat(300_000)));
    const before = performance.now();
    const output = Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    const { code } = await child.status;
    await written;
    assertEquals([code, ...await output], [0, "", ""], args);
    assertLess(performance.now() - before, 60_000, args);
    return () => writer.close().catch(() => {});
  };
  box.open();
  const open = await Promise.all(CALLS.map(run));
  Deno.removeSync(`${box.stateDir}/quota-sentry.gate`);
  const closed = await Promise.all(CALLS.map(run));
  Deno.removeSync(box.program);
  const gone = await Promise.all(CALLS.map(run));
  const readers = () => box.processes().filter(({ command }) => command.startsWith("cat"));
  await until("nothing of it is left", () => readers().length === 0);
  for (const close of [...open, ...closed, ...gone]) await close();
});

for (const name of ["gate", "now", "lock", "log"]) {
  Deno.test(`hook script: a pipe in the place of quota-sentry.${name} is not waited for`, async () => {
    await using box = new Gate();
    writeProgram(box.hook, hookScript(BINARY, box.stateDir), 0o700);
    const path = `${box.stateDir}/quota-sentry.${name}`;
    for (const status of ["open", "blocked"]) {
      const end = status === "open" ? {} : { windowMinutes: 300, blockedUntil: iso(2) };
      box.writeState({ status, reason: "test", ...end });
      if (status === "open") box.open();
      else await Deno.remove(`${box.stateDir}/quota-sentry.gate`).catch(() => {});
      await Deno.remove(path).catch(() => {});
      assert((await new Deno.Command("mkfifo", { args: ["-m", "600", path] }).output()).success);
      const ended = await Promise.all(
        CALLS.map((args) => box.call(args, { shell: "exec timeout 100", stdin: "null" })),
      );
      ended.forEach(assertSilent);
    }
  });
}

const HOSTILE: [string, string, Record<string, string>][] = [
  ["closed stdin", "exec 0<&-; exec", {}],
  ["closed stdout and stderr", "exec >&- 2>&-; exec", {}],
  ["everything closed", "exec 0<&- 1>&- 2>&-; exec", {}],
  ["an empty PATH", "PATH=/nonexistent; exec", {}],
  ["no PATH", "unset PATH; exec", {}],
  ["few descriptors", "ulimit -n 12; exec", {}],
  ["files of no size", "ulimit -f 0; exec", {}],
  ["a second of processor", "ulimit -t 1; exec", {}],
  ["little memory", "ulimit -v 40000 2>/dev/null; exec", {}],
  ["variables of the runtime", "exec", {
    DENO_LOG: "debug",
    RUST_LOG: "trace",
    RUST_BACKTRACE: "1",
  }],
  ["a home that is not there", "exec", { HOME: "/nonexistent", TMPDIR: "/nonexistent" }],
  ["options of shells", "exec", {
    ENV: "/nonexistent",
    BASH_ENV: "/nonexistent",
    POSIXLY_CORRECT: "1",
  }],
];
for (const [name, shell, env] of HOSTILE) {
  Deno.test(`hook script: ${name}: silence and 0, open and closed`, async () => {
    await using box = new Gate();
    writeProgram(box.hook, hookScript(BINARY, box.stateDir), 0o700);
    for (const args of [...CALLS, "--nonsense"]) {
      box.open();
      assertSilent(await box.call(args, { shell, env, stdin: "null" }));
    }
    box.writeState({ status: "open", reason: "test" });
    Deno.removeSync(`${box.stateDir}/quota-sentry.gate`);
    for (const args of ["--on=tool", "--state-only", "--nonsense"]) {
      assertSilent(await box.call(args, { shell, env, stdin: "null" }));
    }
  });
}

Deno.test("hook script: what happens while one waits for his turn does not begin it anew", async () => {
  await using box = new Gate();
  const queue = `${box.stateDir}/queue`;
  Deno.mkdirSync(queue);
  // Somebody is before it.
  Deno.writeTextFileSync(`${queue}/0.place`, `${Deno.pid} - ${iso(60)} ? ?\n`);
  const since = Math.floor(Date.now() / 1000);
  box.executable(
    "program",
    `#!/bin/sh\necho "$*" >>'${box.root}/asked'\ncat >/dev/null\n` +
      `[ "$(wc -l <'${box.root}/asked')" -gt 2 ] && echo reset 4000 && exit\n` +
      `echo hold time 0 0.100 4000 ${Deno.pid} ${since} ${iso(60)} 2,token why\n`,
  );
  const child = box.start("--state-only", { stdin: "null" });
  let hasEnded = false;
  const ended = finish(child).then((each) => {
    hasEnded = true;
    return each;
  });
  const pipe = () => [...Deno.readDirSync(queue)].find(({ name }) => name.endsWith(".wake"))?.name;
  await until("it waits", () => pipe() !== undefined);
  // Oftener than a turn takes.
  await until("it goes on", async () => {
    const name = pipe();
    if (name !== undefined) {
      const writing = new Deno.Command("timeout", {
        args: ["1", "sh", "-c", `echo look >'${queue}/${name}'`],
        stderr: "null",
      });
      await writing.output();
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
    return hasEnded;
  });
  assertSilent(await ended);
});

for (const shell of SHELLS) {
  const [command, ...args] = shell.split(" ");
  const path = findTool(command!);
  Deno.test({
    name:
      `hook script: ${shell}: a program that goes just as it is to wait itself is silence and 0`,
    ignore: path === undefined,
    fn: async () => {
      await using box = new Gate();
      const since = Math.floor(Date.now() / 1000);
      // It is asked again after a second; the fifth start is that of the one that waits.
      box.executable(
        "program",
        `#!/bin/sh\necho "$*" >>'${box.root}/asked'\ncat >/dev/null\n` +
          `[ "$(wc -l <'${box.root}/asked')" -lt 4 ] || rm "$0"\n` +
          `echo alone time 0 1.000 0 0 ${since} ${iso(60)} 2,token why\n`,
      );
      assertSilent(await box.call("--state-only", { shell: `exec ${[path, ...args].join(" ")}` }));
      assertEquals(box.asked.length, 4);
    },
  });
}

for (const shell of SHELLS) {
  const [command, ...args] = shell.split(" ");
  const path = findTool(command!);
  Deno.test({
    name:
      `hook script: ${shell}: open asks nobody, closed asks the program, and nothing disturbs it`,
    ignore: path === undefined,
    fn: async () => {
      await using box = new Gate();
      const as = [path, ...args].join(" ");
      for (const call of CALLS) {
        box.open();
        assertSilent(await box.call(call, { shell: `exec ${as}` }));
        assertEquals(box.asked, [], call);
        box.open(Deno.pid, -1);
        assertSilent(await box.call(call, { shell: `exec ${as}` }));
        assertEquals(box.asked, [`guard ${call} --state-dir=${box.stateDir} --hold=new`]);
        Deno.removeSync(`${box.root}/asked`);
      }
      for (const [name, before, env] of HOSTILE) {
        // Some cannot read a script then.
        if (name === "few descriptors") continue;
        box.open();
        const called = await box.call("--on=model", {
          shell: `${before} ${as}`,
          env,
          stdin: "null",
        });
        assertEquals([called.code, called.stdout, called.stderr], [0, "", ""], name);
      }
    },
  });
}

Deno.test({
  name: "hook script: no process left to start is silence and 0",
  ...NEEDS_LINUX,
  fn: async () => {
    await using box = new Gate();
    box.open();
    for (const directory of [box.root, box.home, `${box.home}/.cache`, box.stateDir]) {
      Deno.chmodSync(directory, 0o777);
    }
    Deno.chmodSync(box.hook, 0o755);
    const asUser = Deno.uid() === 0
      ? "exec setpriv --reuid 65534 --regid 65534 --clear-groups bash -c"
      : "exec bash -c";
    for (const args of [...CALLS, "--nonsense"]) {
      const child = new Deno.Command("bash", {
        args: ["-c", `${asUser} 'ulimit -u 1; exec "$0" guard ${args}' '${box.hook}'`],
        env: box.env,
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      assertSilent(await finish(child));
    }
  },
});

Deno.test("hook script: other shells that call it are not in between, and change nothing", async () => {
  await using box = new Gate();
  Deno.removeSync(box.program);
  Deno.writeTextFileSync(
    box.hook,
    `#!/bin/sh\necho $PPID >'${box.root}/parent'\nexec sleep 60\n`,
    { mode: 0o700 },
  );
  const child = box.start("--on=model", { shell: "[ -x /bin/sh ] && exec", stdin: "null" });
  await until("it runs", () => (readText(`${box.root}/parent`) ?? "") !== "");
  assertEquals(Number(readText(`${box.root}/parent`)), Deno.pid);
  assert(isRunning(child.pid));
  child.kill("SIGKILL");
  await finish(child);
});
