import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertMatch,
} from "@std/assert";
import { parseHold } from "../../lib/guard/hold/token.ts";
import { hookScript } from "../../lib/harness/hook_script.ts";
import { SHELLS } from "../support/shells.ts";
import { assertGoesOn, type Call, delay, Held, inputOf } from "../support/held.ts";
import { NEEDS_LINUX } from "../support/needs_linux.ts";
import { runningProcesses } from "../support/processes.ts";
import {
  assertComesTo,
  BINARY,
  finish,
  kill,
  readText,
  removeWhole,
  until,
  usage,
} from "../support/sandbox.ts";
import { smallDiskTest } from "../support/small_disk.ts";
import { findTool, SCRIPT } from "../support/tools.ts";
import { writeProgram } from "../support/programs.ts";

/** How each shell is called, by its path: the sandbox has a PATH of its own. The hook names sh itself. */
const CALLED_BY: ReadonlyMap<string, string | undefined> = new Map([
  ["sh", ""],
  ...SHELLS.map((shell) => {
    const [command, ...args] = shell.split(" ");
    const path = findTool(command!);
    return [shell, path && [path, ...args].join(" ")] as const;
  }),
]);

/** Has the script call the program through another one; tells when it was started, in seconds. */
function noteAsked(box: Held): () => number[] {
  const program = `${box.bin}/counting`;
  writeProgram(
    program,
    `#!/bin/sh\ndate +%s >>'${box.root}/asked'\nexec '${BINARY}' "$@"\n`,
    0o700,
  );
  writeProgram(box.hook, hookScript(program, box.stateDir), 0o700);
  return () => (readText(`${box.root}/asked`) ?? "").split("\n").filter(Boolean).map(Number);
}

const WAITS = "waits without a runtime, and goes on with an open quota";

// In one sandbox: they do not disturb each other, and all wait as long as one does.
const FOUND = [...CALLED_BY].filter(([, shell]) => shell !== undefined);
Deno.test(`hook script: each of ${FOUND.map(([name]) => name).join(", ")} ${WAITS}`, async () => {
  await using box = await Held.begin();
  const calls = FOUND.flatMap(([name, shell]) =>
    ["guard --state-only", "guard --start-daemon"].map((args) => ({
      name: `${name}: ${args}`,
      call: box.call({ shell, args }),
    }))
  );
  await box.listening(calls.length);
  assertEquals(
    new Set(box.queue.filter((name) => name.endsWith(".place"))),
    new Set(calls.map((_, index) => `${index}.place`)),
  );
  await delay(1500);
  for (const { name, call } of calls) {
    assert(!call.hasEnded, `${name}: readings that say the same wake nobody`);
  }
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  for (const { name, call } of calls) {
    await assertGoesOn(call);
    const said = (text: string) => new RegExp(`guard ${call.pid}: held ${text}\\n`);
    assertMatch(box.log, said("until .*"), name);
    assertMatch(box.log, said("for [1-9]\\d* s, let go: the quota is open"), name);
  }
  await assertComesTo(() => [box.queue, box.sleeping], [[], []]);
});

for (const [name, shell] of CALLED_BY) {
  if (shell === undefined) {
    Deno.test({ name: `hook script: ${name} ${WAITS}`, ignore: true, fn: () => {} });
  }
}

Deno.test({
  name: "hook script: two starts of the program begin a hold, and the log says whom it holds",
  ignore: findTool("strace") === undefined,
  fn: async () => {
    await using box = await Held.begin();
    const trace = `${box.root}/trace`;
    const strace = `${findTool("strace")} -f -e trace=execve -o ${trace} sh`;
    const call = box.call({ shell: strace, args: "guard --start-daemon" });
    await box.listening(1);
    // A line is in two parts where another process came in between.
    const starts = readText(trace)!.split("\n").filter((line) =>
      /execve\("[^"]*(quota-sentry|\/proc\/self\/exe)", .*(= 0|<unfinished \.\.\.>)$/.test(line)
    );
    assertEquals(starts.length, 2, starts.join("\n"));
    const [, pid, reason] = /guard (\d+): held until \S+: (.*)\n/.exec(box.log)!;
    assertEquals(reason, box.state!.reason);
    assertEquals(box.queue.find((name) => name.endsWith(".wake"))!.split("-")[0], pid);
    box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
    await assertGoesOn(call);
  },
});

Deno.test("hook script: who waits in the program has a place in the same queue", async () => {
  // The program looks once a second: its turn is to be over by the next one's.
  await using box = await Held.begin({ stagger: 8 });
  const first = box.call();
  await box.listening(1);
  const second = box.spawn(["guard", "--state-only"]);
  await until("it has a place", () => box.queue.includes("1.place"));
  const third = box.call();
  await until("all have one", () => box.queue.includes("2.place"));
  const status = JSON.parse((await box.run(["status", "--json"])).stdout);
  assertEquals(status.waiting.map(({ pid }: { pid: number }) => pid)[1], second.pid);
  assertEquals(status.waiting.length, 3);
  const order: number[] = [];
  const ended = [first.ended, second.status, third.ended].map((each, index) =>
    each.then(() => order.push(index))
  );
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  await Promise.all(ended);
  assertEquals([order, box.queue], [[0, 1, 2], []]);
  await finish(second);
});

Deno.test("hook script: goes on when time is up, also when no source answers", async () => {
  await using box = await Held.begin();
  const far = box.state!.blockedUntil;
  const call = box.call();
  await box.listening(1);
  box.answer(usage({ used: 97, resetInSeconds: 12 }));
  await until("the end is near", () => box.state!.blockedUntil !== far);
  const end = Date.parse(box.state!.blockedUntil as string);
  box.codexbar("exit 1");
  await assertGoesOn(call);
  assertGreater(Date.now(), end - 1);
  assertMatch(box.log, /let go: the time to wait is over\n/);
});

Deno.test("hook script: pause lets all go on at once, without a turn", async () => {
  await using box = await Held.begin({ stagger: 30 });
  const calls = [box.call(), box.call(), box.call()];
  await box.listening(3);
  await box.run(["pause", "--for=1m"]);
  for (const call of calls) await assertGoesOn(call);
  assertEquals(box.log.match(/let go: paused\n/g)?.length, 3);
});

Deno.test("hook script: those that were held start again in order; pause ends that too", async () => {
  // Five seconds more than is asked below: on a busy machine the first is seen to end late.
  await using box = await Held.begin({ stagger: 6 });
  const order: number[] = [];
  const calls: Call[] = [];
  for (let index = 0; index < 4; index++) {
    const call = box.call();
    void call.ended.then(() => order.push(index));
    calls.push(call);
    await box.listening(index + 1);
  }
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  const first = await calls[0]!.ended.then(() => Date.now());
  const second = await calls[1]!.ended.then(() => Date.now());
  assertGreater(second - first, 800);
  await box.run(["pause", "--for=1m"]);
  for (const call of calls) await assertGoesOn(call);
  assertEquals(order.slice(0, 2), [0, 1]);
});

Deno.test("hook script: who waits for his turn is held on where the quota is spent again", async () => {
  await using box = await Held.begin({ stagger: 30 });
  const turn = `${box.root}/turn`;
  // A turn comes when the test says so; that is the only wait that is no whole minute here.
  box.executable(
    "sleep",
    `#!/bin/sh\ncase $1 in *.*) until [ -e '${turn}' ]; do /bin/sleep 0.05; done; exit ;; esac\n` +
      'exec /bin/sleep "$@"\n',
  );
  const calls = [box.call(), box.call(), box.call()];
  await box.listening(3);
  box.answer(usage({ used: 3 }));
  await until("one has gone on", () => calls.some(({ hasEnded }) => hasEnded));
  const inTurn = () =>
    box.processes().filter(({ command }) => /sleep [1-9]\d*\.\d+ ?$/.test(command)).length;
  await until("two wait for their turn", () => inTurn() === 2);
  await until("it is open", () => box.state?.status === "open");
  box.answer(usage({ used: 97 }));
  await until("it is blocked", () => box.state?.status === "blocked");
  await until("nobody waits for a turn", () => inTurn() === 0);
  Deno.writeTextFileSync(turn, "");
  await delay(500);
  await box.listening(2);
  assertEquals(calls.filter(({ hasEnded }) => hasEnded).length, 1);
  await box.run(["pause", "--for=1m"]);
  for (const call of calls) await assertGoesOn(call);
  assertEquals(box.log.match(/let go: the quota is open\n/g)?.length, 1);
  assertEquals(box.log.match(/let go: paused\n/g)?.length, 2);
});

Deno.test("hook script: who ends its sleep lets nobody go, and has it ask no more than once a second", async () => {
  await using box = await Held.begin();
  const asked = noteAsked(box);
  const call = box.call();
  await box.listening(1);
  // A stretch of its time is ended as soon as it has begun; after a few it does without.
  await until("the program waits by itself", () => {
    for (const { pid, command } of box.processes()) if (command.includes("sleep 60")) kill(pid);
    assert(!call.hasEnded, box.log);
    return box.waiting.length === 1;
  });
  // At the beginning and when its pipe is there, then a second after each of three naps, and to wait.
  // What stands for the program is seen before it has noted that.
  await until("it was started to wait", () => asked().length >= 6);
  const times = asked();
  assertEquals(times.length, 6);
  assertGreaterOrEqual(times.at(-1)! - times[1]!, 3);
  box.answer(usage({ used: 3 }));
  await assertGoesOn(call);
  assert(!box.log.includes("the time to wait is over"), box.log);
});

Deno.test("hook script: without a sleep the program waits by itself, and is started a few times only", async () => {
  await using box = await Held.begin();
  const asked = noteAsked(box);
  box.executable("sleep", "#!/bin/sh\nexit 127\n");
  const call = box.call();
  await until("the program waits", () => box.waiting.length === 1);
  await delay(1500);
  assertLess(asked().length, 6);
  assert(!call.hasEnded);
  box.answer(usage({ used: 3 }));
  await assertGoesOn(call);
});

Deno.test("hook script: ends when the harness has died, and is gone with TERM", async () => {
  await using box = await Held.begin();
  box.hurry();
  // The second command keeps the shell from becoming the hook.
  const orphan = box.call({ behind: "; true" });
  const ended = box.call();
  await box.listening(2);
  Deno.kill(orphan.pid, "SIGKILL");
  await until("it has noticed", () => box.log.includes("let go: the caller has ended"));
  await box.listening(1);
  Deno.kill(ended.pid, "SIGTERM");
  await assertGoesOn(ended);
  await assertComesTo(() => [box.queue, box.sleeping], [[], []]);
});

Deno.test("hook script: ends when the harness has died behind a shell that stays in between", async () => {
  await using box = await Held.begin();
  const hook = `${box.root}/named-hook`;
  Deno.renameSync(box.hook, hook);
  const shell = box.executable("keeping-shell", '#!/bin/sh\n/bin/sh -c "$2; :"\nexit 0\n');
  const harness = box.executable(
    "harness",
    `#!/bin/sh\necho $$ >'${box.root}/pid'\n` +
      `command=$(cat '${box.root}/command')\n'${shell}' -c "$command"\nexit 0\n`,
  );
  Deno.writeTextFileSync(`${box.root}/command`, `'${hook}' guard --state-only`);
  box.hook = harness;
  const call = box.call();
  await box.listening(1);
  Deno.kill(Number(readText(`${box.root}/pid`)), "SIGKILL");
  await until("it has noticed", () => box.log.includes("let go: the caller has ended"));
  await call.ended;
});

Deno.test("hook script: what a killed one leaves is taken over", async () => {
  await using box = await Held.begin();
  const killed = box.call();
  await box.listening(1);
  Deno.kill(-killed.pid, "SIGKILL");
  await killed.ended;
  const left = box.queue;
  assertEquals(left.length, 2);
  const next = box.call();
  await until("the place is taken over", () => !box.queue.includes(left[1]!));
  await box.listening(1);
  assertEquals(box.queue.length, 2);
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  await assertGoesOn(next);
  assertEquals(box.queue, []);
});

Deno.test("hook script: without a daemon the program waits itself, and keeps the hold", async () => {
  await using box = await Held.begin();
  await box.run(["config", "set", "maxHold", "2h"]);
  await box.run(["config", "set", "then", "deny"]);
  await box.run(["poll"]);
  box.hurry();
  const call = box.call({ input: inputOf("019a-kept"), args: "guard --on=tool" });
  await box.listening(1);
  const listened = Date.now();
  await box.run(["stop"]);
  await until("the program waits", () => box.waiting.length === 1);
  assertEquals(box.queue.filter((name) => name.endsWith(".wake")), []);
  await assertComesTo(() => box.sleeping, []);
  const { command } = runningProcesses().find(({ pid }) => pid === box.waiting[0])!;
  const { begunAt, bound, then } = parseHold(/--hold-on=(\S+)/.exec(command)![1]!)!;
  assertLess(begunAt.getTime(), listened);
  assertEquals([bound!.getTime() - begunAt.getTime(), then], [7_200_000, "deny"]);
  await until("it is held", async () => (await box.held()).length === 1);
  const least = Math.floor((Date.now() - listened) / 1000);
  await box.run(["cancel", "019a-kept"]);
  const { code, stdout } = await call.ended;
  assertEquals(code, 0);
  assertMatch(stdout, /"decision":"block".*cancelled/);
  const [, seconds] = /held for (\d+\.\d) s, denied/.exec(box.log)!;
  assertGreaterOrEqual(Number(seconds), least);
});

Deno.test("hook script: a daemon that was killed is noticed", async () => {
  await using box = await Held.begin();
  box.hurry();
  const call = box.call();
  await box.listening(1);
  Deno.kill(Number(readText(`${box.stateDir}/quota-sentry.pid`)), "SIGKILL");
  await until("the program waits", () => box.waiting.length === 1);
  await box.run(["pause", "--for=1m"]);
  await assertGoesOn(call);
});

Deno.test("hook script: a prompt that is held without a daemon starts one", async () => {
  await using box = await Held.begin();
  await box.run(["stop"]);
  const call = box.call({ args: "guard --start-daemon --interval-seconds=1" });
  await box.listening(1);
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  await assertGoesOn(call);
});

Deno.test("hook script: where no pipe can be made the program waits itself", async () => {
  await using box = await Held.begin();
  box.executable("mkfifo", "#!/bin/sh\nexit 1\n");
  const call = box.call();
  await until("the program waits", () => box.waiting.length === 1);
  await delay(300);
  assert(!call.hasEnded);
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  await assertGoesOn(call);
});

Deno.test("hook script: a program that is replaced is waited for, one that is removed is not", async () => {
  await using box = await Held.begin();
  const program = `${box.bin}/program`;
  Deno.symlinkSync(BINARY, program);
  box.executable("sleep", `#!/bin/sh\n[ -e '${box.bin}/hurry' ] || exec /bin/sleep "$@"\n`);
  writeProgram(box.hook, hookScript(program, box.stateDir), 0o700);
  const call = box.call();
  await box.listening(1);
  const pipe = `${box.stateDir}/queue/${box.queue.find((name) => name.endsWith(".wake"))}`;
  const tell = (text: string) => {
    using file = Deno.openSync(pipe, { read: true, write: true });
    file.writeSync(new TextEncoder().encode(text));
  };
  Deno.removeSync(program);
  tell("look\n");
  await delay(1500);
  assert(!call.hasEnded);
  Deno.symlinkSync(BINARY, program);
  await box.listening(1);
  Deno.writeTextFileSync(`${box.bin}/hurry`, "");
  Deno.removeSync(program);
  tell("what is this?\n");
  await assertGoesOn(call);
});

Deno.test("hook script: a queue that is removed is made anew, and what is told there arrives", async () => {
  await using box = await Held.begin();
  box.hurry();
  const call = box.call();
  await box.listening(1);
  await removeWhole(`${box.stateDir}/queue`);
  await until("it listens again", () => box.queue.some((name) => name.endsWith(".wake")));
  await box.run(["pause", "--for=1m"]);
  await assertGoesOn(call);
  assertMatch(box.log, /let go: paused\n/);
});

Deno.test("hook script: with its state directory removed it still goes on with an open quota", async () => {
  await using box = await Held.begin();
  box.hurry();
  const call = box.call({ args: "guard --start-daemon --interval-seconds=1" });
  await box.listening(1);
  await removeWhole(box.stateDir);
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  await assertGoesOn(call);
});

smallDiskTest(
  "hook script: a full disk leaves no places, and those that are held start one after the other",
  "size=256k,mode=700",
  async (disk) => {
    await using box = await Held.begin({ stateDir: disk, stagger: 1 });
    try {
      Deno.writeFileSync(`${disk}/filler`, new Uint8Array(1_000_000));
    } catch {
      // That is the point.
    }
    const calls = [box.call(), box.call(), box.call()];
    await box.listening(3);
    assertEquals(box.queue.filter((name) => name.endsWith(".place")), []);
    Deno.removeSync(`${disk}/filler`);
    const from = Date.now();
    box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
    // Each at a place that its own number gives, of sixteen that are a second apart.
    await Promise.all(calls.map(async (call) => {
      await assertGoesOn(call);
      assertGreaterOrEqual(Date.now() - from, call.pid % 16 * 1000);
    }));
    assertEquals(box.queue, []);
  },
);

Deno.test({
  name: "hook script: the user's terminal is told, where the hook has one",
  ignore: SCRIPT === undefined,
  fn: async () => {
    await using box = await Held.begin();
    const terminal = async (args: string) => {
      const { stdout } = await new Deno.Command(SCRIPT!, {
        args: ["-qec", `"$HOOK" ${args} </dev/null 2>/dev/null`, "/dev/null"],
        env: { ...box.env, HOOK: box.hook },
        clearEnv: true,
        stdin: "null",
      }).output();
      return new TextDecoder().decode(stdout);
    };
    const both = Promise.all([
      terminal("guard --state-only"),
      terminal("guard --state-only --no-notify"),
    ]);
    await box.listening(2);
    box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
    const [told, silent] = await both;
    assertMatch(told!, /^Quota Sentry: waiting for the quota to reset, until \S+Z\.\r\n$/);
    assertEquals(silent, "");
  },
});

Deno.test({
  name: "hook script: one that is stopped, and takes nothing, keeps nobody from anything",
  ...NEEDS_LINUX,
  fn: async () => {
    await using box = await Held.begin();
    const [stopped, other] = [box.call(), box.call()];
    await box.listening(2);
    Deno.kill(-stopped.pid, "SIGSTOP");
    // As it is after a day of signs of life.
    const pipe = `${box.stateDir}/queue/${stopped.pid}.wake`;
    const filled = await new Deno.Command("dd", {
      args: ["if=/dev/zero", `of=${pipe}`, "bs=4096", "count=16", "oflag=nonblock", "conv=notrunc"],
      stderr: "null",
    }).output();
    assert(filled.success);
    box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
    await assertGoesOn(other);
    assertEquals((await box.run(["stop"])).code, 0);
    Deno.kill(-stopped.pid, "SIGCONT");
    await box.run(["pause", "--for=1m"]);
    await assertGoesOn(stopped);
  },
});

Deno.test("hook script: fifty at once are all held, and all go on", async () => {
  await using box = await Held.begin();
  const calls = Array.from({ length: 50 }, () => box.call());
  await until("all listen", () => box.queue.length === 100);
  await delay(500);
  assert(calls.every(({ hasEnded }) => !hasEnded));
  box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
  for (const call of calls) await assertGoesOn(call);
  await assertComesTo(() => [box.queue, box.sleeping, box.programs], [[], [], []]);
});

Deno.test("hook script: what is told while it looks is not lost", async () => {
  await using box = await Held.begin();
  for (let n = 0; n < 5; n++) {
    box.answer(usage({ used: 97 }));
    await until("it is blocked", () => box.state?.status === "blocked");
    const call = box.call();
    await delay(Math.random() * 150);
    box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
    await assertGoesOn(call);
  }
});
