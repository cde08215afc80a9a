import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { meansOf } from "../../lib/harness/codex/wall/means.ts";
import { isRunning } from "../../lib/process/is_running.ts";
import { linkOf, processesOf } from "../../lib/process/processes.ts";
import { systemOf } from "../../lib/process/system.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { waitingIn } from "../../lib/state/waiting.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { pathsBelow } from "../support/paths_below.ts";
import { NEEDS_LINUX } from "../support/needs_linux.ts";
import {
  isRunning as isThere,
  processesIn,
  processesWith,
  runningProcesses,
} from "../support/processes.ts";
import { readText, Sandbox, until } from "../support/sandbox.ts";

/* What each system answers, whichever this one is; only what looks into the real /proc needs it. */

const ROOT = fromFileUrl(new URL("../..", import.meta.url));

const LINUX = systemOf("linux");
const MACOS = systemOf("darwin");

/** Nobody has it. */
const NO_PID = 2_147_483_646;

Deno.test("system: who runs is known by kill where there is no /proc", async () => {
  assertEquals([await isRunning(Deno.pid, MACOS), await isRunning(NO_PID, MACOS)], [true, false]);
});

Deno.test({
  name: "system: who runs is known by /proc where there is one",
  ...NEEDS_LINUX,
  fn: async () => {
    assertEquals([await isRunning(Deno.pid, LINUX), await isRunning(NO_PID, LINUX)], [true, false]);
  },
});

Deno.test("system: processes are seen with their program, directory and files, or said to be unseen", async () => {
  await using temporary = temporaryDirectory();
  const { path: proc } = temporary;
  const link = (name: string, to: string) => Deno.symlinkSync(to, `${proc}/${name}`);
  for (const pid of ["7", "8", "9", "self"]) {
    Deno.mkdirSync(`${proc}/${pid}/fd`, { recursive: true });
  }
  link("7/exe", "/usr/bin/codex (deleted)");
  link("7/cwd", "/home/u");
  link("7/fd/3", "/home/u/rollout.jsonl");
  link("8/exe", "/usr/bin/other");
  link("8/cwd", "/");
  // Not ours to look at.
  link("9/exe", "/usr/bin/codex");
  link("self/exe", "/usr/bin/codex");
  const linux = { ...LINUX, proc };
  const open = new Map([[3, "/home/u/rollout.jsonl"]]);
  assertEquals(processesOf("codex", linux), [
    { pid: 7, program: "/usr/bin/codex", directory: "/home/u", open },
  ]);
  assertEquals(linkOf(8, "exe", linux), "/usr/bin/other");
  assertEquals([processesOf("codex", MACOS), linkOf(8, "exe", MACOS)], [undefined, undefined]);
  // Linux, in a container that has none.
  assertEquals(processesOf("codex", { ...LINUX, proc: `${proc}/none` }), undefined);
});

Deno.test("system: without /proc those that wait are who lives, where their places say", async () => {
  await using temporary = temporaryDirectory();
  const queue = `${temporary.path}/queue`;
  Deno.mkdirSync(queue);
  Deno.writeTextFileSync(
    `${queue}/0.place`,
    `${Deno.pid} ${Deno.pid}-200.wake 2026-09-01T12:00:00Z ? ? /srv/a b\n`,
  );
  Deno.writeTextFileSync(`${queue}/1.place`, `${NO_PID} ${NO_PID}-100.wake\n`);
  const waiting = await waitingIn(new StateDirectory(temporary.path), MACOS);
  assertEquals(waiting.map(({ pid, since, directory }) => [pid, +since, directory]), [
    [Deno.pid, 200_000, "/srv/a b"],
  ]);
});

Deno.test("system: without /proc no session is sent a message, and that is said", async () => {
  await using home = temporaryDirectory();
  const { isAble, text } = meansOf(home.path, "0.151.0", MACOS);
  assertEquals([isAble, text], [false, "whether a terminal is open can be told on Linux alone"]);
});

/** Runs a command line as on a system of that name. */
async function runOn(system: string, ...args: string[]): Promise<[number, string, string]> {
  const flags = (Deno.env.get("QUOTA_SENTRY_DENO_FLAGS") ?? "").split(" ").filter(Boolean);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "-q",
      "--no-lock",
      ...flags.filter((flag) => !flag.startsWith("--lock")),
      `import { run } from "./lib/cli/run.ts";
      import { COMMANDS } from "./lib/commands/commands.ts";
      import { systemOf } from "./lib/process/system.ts";
      Deno.exit(await run(COMMANDS, ${JSON.stringify(args)}, systemOf("${system}")));`,
    ],
    cwd: ROOT,
  }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return [code, out!, error!];
}

Deno.test("system: on Windows a command says that WSL is needed, and a hook says nothing", async () => {
  const [code, stdout, stderr] = await runOn("windows", "status");
  assertEquals([code, stdout], [1, ""]);
  assert(/^quota-sentry: [^\n]*Windows[^\n]*WSL[^\n]*\n$/.test(stderr), stderr);
  assertEquals(await runOn("windows", "start", "--quiet"), [0, "", ""]);
  const [right, version] = await runOn("windows", "version");
  assertEquals([right, version.slice(0, 13)], [0, "quota-sentry "]);
});

Deno.test("system: one file asks which it is", () => {
  const asking = [...pathsBelow(`${ROOT}lib`)].filter((path) => path.endsWith(".ts"))
    .filter((path) => /Deno\.build\.os|["`]\/proc["/]/.test(readText(path)!));
  assertEquals(asking.map((path) => path.slice(ROOT.length)), ["lib/process/system.ts"]);
});

Deno.test({
  name: "system: tests see by ps what they see by /proc",
  ...NEEDS_LINUX,
  fn: async () => {
    await using box = new Sandbox();
    const start = (program: string, args: string[]) =>
      box.adopt(new Deno.Command(program, { args, stdout: "null", env: box.env }));
    const child = start("sleep", ["600"]);
    const shell = start("sh", ["-c", `sleep 600; : ${box.root}`]);
    for (const system of [LINUX, MACOS]) {
      // What the shell has started belongs to it; it starts that a moment after its own start.
      await until("both run", () => {
        const here = processesIn(box.root, [], system);
        return here.some(({ pid }) => pid === shell.pid) &&
          here.some(({ parent }) => parent === shell.pid);
      });
      assertEquals(processesWith("sleep 600", system).includes(child.pid), true);
      assertEquals([isThere(child.pid, system), isThere(NO_PID, system)], [true, false]);
      const { group } = runningProcesses(system).find(({ pid }) => pid === child.pid)!;
      assertEquals(group, runningProcesses(system).find(({ pid }) => pid === Deno.pid)!.group);
    }
  },
});

Deno.test("system: the build grants to start what is started", () => {
  const build = readText(`${ROOT}scripts/build`)!;
  const [, granted] = /--allow-run=(\S+)/.exec(build)!;
  for (const name of [...LINUX.itself, ...MACOS.itself]) {
    assert(granted!.split(",").includes(name), name);
  }
});
