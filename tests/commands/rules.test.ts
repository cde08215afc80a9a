import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { tryLock } from "../../lib/files/lock.ts";
import { daemonNote } from "../../lib/state/daemon_note.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { pathsBelow } from "../support/paths_below.ts";
import { CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";

/** One whose quota is used so far, in percent. */
function used(percent: number): Sandbox {
  const box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: percent }));
  return box;
}

/** By what a daemon that runs goes. */
const rulesIn = (box: Sandbox) => daemonNote(new StateDirectory(box.stateDir))?.rules;
const pidIn = (box: Sandbox) => new StateDirectory(box.stateDir).daemonPid();

/** As if another build had started the daemon that runs. */
function ofAnotherBuild(box: Sandbox): void {
  const lock = `${box.stateDir}/quota-sentry.lock`;
  Deno.writeTextFileSync(lock, Deno.readTextFileSync(lock).replace(/^.*/, "0.0.1+1"));
}

Deno.test("rules: start and poll go by what the hooks were installed with", async () => {
  await using box = used(85);
  await box.run(["install-hook", "codex", "--threshold-percent=80"]);
  const line = /^blocked: 85% of the 5-hour window is used; the threshold is 80%; agents wait/;
  assertMatch((await box.run(["poll"])).stdout, line);
  await box.run(["start"]);
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  assertMatch((await box.run(["poll"])).stdout, line);
  // What is given here counts more.
  assertMatch((await box.run(["poll", "--threshold-percent=90"])).stdout, /^open: 85%/);
  await box.run(["stop"]);
});

Deno.test("rules: a poll beside a daemon goes by the daemon's", async () => {
  await using box = used(85);
  await box.run(["start", "--threshold-percent=80", "--interval-seconds=3600"]);
  await until("it is read", () => box.state?.status === "blocked");
  assertMatch((await box.run(["poll"])).stdout, /^blocked: 85% .*threshold is 80%/);
  assertMatch((await box.run(["status"])).stdout, /^blocked: 85% .*threshold is 80%/);
  await box.run(["stop"]);
});

Deno.test("rules: a daemon that runs gets the options that hooks are given anew", async () => {
  await using box = used(85);
  await box.run(["install-hook", "codex"]);
  await box.run(["start"]);
  await until("it is read", () => box.state?.status === "open");
  const installed = await box.run(["install-hook", "codex", "--threshold-percent=80"]);
  assertMatch(installed.stdout, /^The daemon was replaced: pid \d+\.$/m);
  await until("it is held", () => box.state?.status === "blocked");
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  // Nothing has changed: nobody is disturbed.
  const again = await box.run(["install-hook", "codex"]);
  assertEquals(/daemon was/.test(again.stdout), false, again.stdout);
  await box.run(["stop"]);
});

Deno.test("rules: a hook of other options does not replace a daemon; doctor tells of it, and start does", async () => {
  await using box = used(85);
  await box.run(["install-hook", "codex", "--threshold-percent=80"]);
  await box.run(["start", "--threshold-percent=90"]);
  const given = ["--threshold-percent=90"];
  await box.run(["start", "--quiet", "--threshold-percent=80"]);
  assertEquals(rulesIn(box), given);
  const said = (await box.run(["doctor"])).stdout;
  assertMatch(
    said,
    /^warn +daemon .*started with --threshold-percent=90, the hooks have --threshold-percent=80$/m,
  );
  assertMatch((await box.run(["start"])).stdout, /^daemon started/);
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  assertMatch((await box.run(["start"])).stdout, /^daemon already running/);
  await box.run(["stop"]);
});

Deno.test("rules: where OpenCode alone has hooks, its quota's daemon goes by theirs", async () => {
  await using box = used(85);
  await box.run(["install-hook", "opencode", "--threshold-percent=80"]);
  for (const one of ["--provider=codex", "--provider=opencode", "--all"]) {
    await box.run(["start", one]);
    assertEquals(rulesIn(box), ["--threshold-percent=80"], one);
  }
  // Codex's own count more, whoever starts it. Installed with none, they change nothing that runs.
  await box.run(["install-hook", "codex"]);
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  await box.run(["install-hook", "codex", "--threshold-percent=70"]);
  assertEquals(rulesIn(box), ["--threshold-percent=70"]);
  await box.run(["install-hook", "opencode", "--threshold-percent=60"]);
  assertEquals(rulesIn(box), ["--threshold-percent=70"]);
  await box.run(["stop"]);
  await box.run(["start", "--quiet", "--provider=opencode", "--threshold-percent=60"]);
  assertEquals(rulesIn(box), ["--threshold-percent=70"]);
  await box.run(["stop"]);
});

Deno.test("rules: a source that is not known ends no daemon", async () => {
  await using box = used(28);
  await box.run(["install-hook", "codex"]);
  await box.run(["start"]);
  const pid = pidIn(box);
  const refused = await box.run(["install-hook", "codex", "--source=bogus"]);
  assertEquals([refused.code, refused.stdout], [64, ""]);
  // As somebody may have written it there by hand.
  const path = `${box.codexHome}/hooks.json`;
  const text = Deno.readTextFileSync(path).replace("--quiet", "--quiet --source=bogus");
  Deno.writeTextFileSync(path, text);
  const start = await box.run(["start"]);
  assertEquals([start.code, start.stdout], [1, ""]);
  assertMatch(start.stderr, /the daemon did not start: its source is not known/);
  assertEquals(pidIn(box), pid);
  await box.run(["stop"]);
});

Deno.test("rules: doctor repairs a daemon by the hooks file that it is given", async () => {
  await using box = used(85);
  Deno.mkdirSync(box.codexHome);
  const file = `--hooks-path=${box.codexHome}/other.json`;
  await box.run(["install-hook", "codex", file, "--threshold-percent=80"]);
  assertMatch(
    (await box.run(["doctor", "--fix", file])).stdout,
    /repaired: the daemon was started/,
  );
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  // What is advised is what does it.
  await box.run(["start", "--threshold-percent=90"]);
  assertStringIncludes(
    (await box.run(["doctor", file])).stdout,
    `run: quota-sentry doctor --fix ${file} (it replaces it)`,
  );
  await box.run(["stop"]);
});

Deno.test("rules: what a daemon was given by hand outlasts an upgrade", async () => {
  await using box = used(85);
  await box.run(["start", "--threshold-percent=80"]);
  ofAnotherBuild(box);
  assertMatch((await box.run(["start"])).stdout, /^daemon started/);
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  await box.run(["stop"]);
});

Deno.test("rules: nobody is given other ones by a wait, or by hooks that look elsewhere", async () => {
  await using box = used(85);
  const state = `--state-dir=${box.stateDir}`;
  await box.run(["install-hook", "codex", "--threshold-percent=80"]);
  // Else the other home's quota would be the one to read.
  const login = { tokens: { account_id: "a" } };
  Deno.writeTextFileSync(`${box.codexHome}/auth.json`, JSON.stringify(login));
  await box.run(["start"]);
  await until("it is held", () => box.state?.status === "blocked");
  const pid = pidIn(box);
  const same = async (...args: string[]) => {
    await box.run(args);
    assertEquals([rulesIn(box), pidIn(box)], [["--threshold-percent=80"], pid], args.join(" "));
  };
  await same("wait", "--max-wait=0", "--max-state-age-seconds=600");
  // What hooks it has that are not known here, another home's, or a file that is broken.
  await same("install-hook", "codex", `--hooks-path=${box.home}/hooks.json`);
  const other = `${box.home}/.codex-b`;
  Deno.mkdirSync(other);
  await same("install-hook", "codex", `--home=${other}`, state, "--threshold-percent=90");
  await same("install-hook", "codex", "--direct");
  Deno.writeTextFileSync(`${box.codexHome}/hooks.json`, '{ "hooks": [1, 2');
  await same("start");
  await box.run(["stop"]);
});

Deno.test("rules: another home's daemon is neither looked at nor ended where OpenCode has hooks", async () => {
  await using box = used(28);
  await box.run(["install-hook", "opencode"]);
  await box.run(["start"]);
  await until("it is read", () => box.state?.status === "open");
  const other = `${box.home}/.codex-b`;
  Deno.mkdirSync(other);
  const env = { CODEX_HOME: other };
  assertMatch((await box.run(["status"], { env })).stdout, /^unknown: /);
  assertEquals((await box.run(["stop"], { env })).stdout, "daemon not running\n");
  await box.run(["stop"]);
});

Deno.test("rules: an upgrade, a session and a login leave a daemon what it was given beside hooks", async () => {
  await using box = used(85);
  await box.run(["install-hook", "codex"]);
  await box.run(["start", "--threshold-percent=80"]);
  await until("it is held", () => box.state?.status === "blocked");
  for (const by of [["renew"], ["start", "--quiet"], ["start", "--all"]]) {
    const pid = pidIn(box);
    ofAnotherBuild(box);
    await box.run(by);
    assertEquals([rulesIn(box), pidIn(box) === pid], [["--threshold-percent=80"], false], by[0]);
  }
  const pid = pidIn(box);
  assertMatch((await box.run(["start", "--all"])).stdout, /daemon already running/);
  assertEquals(pidIn(box), pid);
  // Who says by what it is to go, wants it.
  await box.run(["start", "--all", "--threshold-percent=70"]);
  assertEquals(rulesIn(box), ["--threshold-percent=70"]);
  await box.run(["stop"]);
});

Deno.test("rules: another harness's hooks have no say where the quota's own have no options", async () => {
  await using box = used(70);
  await box.run(["install-hook", "codex"]);
  await box.run(["install-hook", "opencode", "--threshold-percent=60"]);
  const [, args] = /"startArguments":(\[[^\]]*\])/.exec(
    readText(`${box.home}/.config/opencode/plugin/quota-sentry.js`)!,
  )!;
  await box.run(["start", "--quiet", ...JSON.parse(args!)]);
  assertEquals(rulesIn(box), []);
  await box.run(["stop"]);
  // Nor where Codex's are in a file that nobody names here.
  await box.run(["uninstall-hook", "codex"]);
  await box.run(["start", "--quiet", "--threshold-percent=80"]);
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  await box.run(["stop"]);
});

Deno.test("rules: install-hook tells of a daemon that goes by others, and replaces it for what it is given", async () => {
  await using box = used(85);
  await box.run(["install-hook", "codex", "--threshold-percent=80"]);
  await box.run(["start"]);
  await box.run(["uninstall-hook", "codex"]);
  const line =
    /^A daemon runs with --threshold-percent=80, the hooks have no options; to replace it, run: quota-sentry start\.$/m;
  assertMatch((await box.run(["install-hook", "codex"])).stdout, line);
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  // What the hooks have already, and the daemon has not.
  await box.run(["install-hook", "codex", "--threshold-percent=80"]);
  await box.run(["start", "--threshold-percent=95"]);
  const { stdout } = await box.run(["install-hook", "codex", "--threshold-percent=80"]);
  assertMatch(stdout, /^The daemon was replaced: pid \d+\.$/m);
  assertEquals(rulesIn(box), ["--threshold-percent=80"]);
  await box.run(["stop"]);
});

Deno.test("rules: a start that says it has started one has, beside sessions that start theirs", async () => {
  await using box = used(28);
  await box.run(["install-hook", "codex"]);
  let isOver = false;
  const sessions = [1, 2, 3, 4, 5, 6].map(async () => {
    while (!isOver) await box.run(["start", "--quiet"]);
  });
  try {
    for (const percent of [51, 52, 53, 54]) {
      const { code, stderr } = await box.run(["start", `--threshold-percent=${percent}`]);
      if (code === 0) assertEquals(rulesIn(box), [`--threshold-percent=${percent}`]);
      else {
        // Where the others keep it from that, or the machine is too slow for all of them, it says so.
        assertMatch(
          stderr,
          /^quota-sentry: the daemon (was not replaced|did not start): .*; sessions /,
        );
      }
    }
  } finally {
    isOver = true;
    await Promise.all(sessions);
  }
  assertEquals((await box.run(["start", "--threshold-percent=55"])).code, 0);
  assertEquals(rulesIn(box), ["--threshold-percent=55"]);
  await box.run(["stop"]);
});

Deno.test("rules: doctor names the home whose daemon is to be replaced, and what a daemon wrote is plain text", async () => {
  await using box = used(28);
  const home = `${box.home}/.codex-b`;
  Deno.mkdirSync(home);
  await box.run(["install-hook", "codex", `--home=${home}`, "--threshold-percent=80"]);
  await box.run(["start", `--home=${home}`, "--threshold-percent=90"]);
  const doctor = async () => (await box.run(["doctor", `--home=${home}`])).stdout;
  const advice = `run: quota-sentry start --home=${home}`;
  assertStringIncludes(await doctor(), `${advice} (it replaces it)`);
  // Where it is the one that is meant here, it may not be so where somebody types that.
  const { stdout } = await box.run(["doctor"], { env: { CODEX_HOME: home } });
  assertStringIncludes(stdout, `${advice} (it replaces it)`);
  await box.run(["start", `--home=${home}`]);
  assertEquals((await doctor()).includes(advice), false);
  const lock = [...pathsBelow(`${box.home}/.cache`)].find((path) =>
    path.endsWith("quota-sentry.lock")
  )!;
  const lines = Deno.readTextFileSync(lock).split("\n");
  Deno.writeTextFileSync(lock, lines.with(2, "\x1b[31m--red").join("\n"));
  const said = await doctor();
  assertStringIncludes(said, "--red, the hooks have --threshold-percent=80");
  assertEquals(said.includes("\x1b"), false);
  await box.run(["stop", `--home=${home}`]);
});

Deno.test("rules: what a session finds started in the place of what it replaces stays", async () => {
  await using box = used(28);
  await box.run(["start"]);
  const directory = new StateDirectory(box.stateDir);
  const { build, sees } = daemonNote(directory)!;
  await box.run(["stop"]);
  const [request, pid] = [directory.file("stop"), directory.file("pid")];
  const path = directory.file("daemonLock");
  using lock = tryLock(path, "0.0.1+1\n\n\n")!;
  Deno.writeTextFileSync(pid, "101\n");
  const started = box.run(["start", "--quiet"]);
  await until("it is asked to end", () => existsSync(request));
  // It is for that one alone: the next one may find it.
  assertEquals(readText(request), "101\n");
  // Somebody else has replaced it meanwhile.
  Deno.writeTextFileSync(path, `${build}\n${sees.join(" ")}\n--threshold-percent=80\n`);
  Deno.removeSync(request);
  Deno.writeTextFileSync(pid, "102\n");
  assertEquals((await started).code, 0);
  assertEquals([existsSync(request), lock.isOurs()], [false, true]);
});
