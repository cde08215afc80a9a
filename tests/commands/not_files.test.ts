import { assert, assertEquals, assertMatch } from "@std/assert";
import { BINARY, finish, Sandbox } from "../support/sandbox.ts";

/** Something else in the place of a file: its reading would tell nothing, or never end. */
const OTHERS = {
  pipe: (path: string) => new Deno.Command("mkfifo", { args: ["-m", "600", path] }).output(),
  directory: (path: string) => Deno.mkdir(path),
};

/** Runs a command that is to end by itself. */
function run(box: Sandbox, ...args: string[]) {
  return finish(box.startProgram("timeout", ["60", BINARY, ...args]));
}

for (const [kind, make] of Object.entries(OTHERS)) {
  Deno.test(`a ${kind} in the place of the settings: they are not used, and it is named`, async () => {
    await using box = new Sandbox();
    const path = `${box.home}/.config/quota-sentry/config.json`;
    Deno.mkdirSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
    await make(path);
    const check = await run(box, "config", "check");
    assertEquals(check.code, 1);
    assert(
      check.stderr.startsWith(`quota-sentry: ${path}: is a ${kind}, not a file\n`),
      check.stderr,
    );
    assertMatch(check.stderr, /nothing in the file is used: the defaults stand/);
    const set = await run(box, "config", "set", "follow", "false");
    assertEquals([set.code, set.stderr], [1, `quota-sentry: ${path} is a ${kind}, not a file\n`]);
    const status = await run(box, "status");
    assertEquals(status.code, 0);
    assertMatch(status.stdout, /setting not used: /);
  });

  Deno.test(`a ${kind} in the place of a hooks file: nothing is changed, and it is named`, async () => {
    await using box = new Sandbox();
    const path = `${box.codexHome}/hooks.json`;
    Deno.mkdirSync(box.codexHome);
    await make(path);
    for (const command of ["install-hook", "uninstall-hook"]) {
      const { code, stderr } = await run(box, command);
      assertEquals(code, 1);
      assert(stderr.endsWith(`${path} is a ${kind}, not a file\n`), stderr);
    }
    const doctor = await run(box, "doctor");
    assertMatch(doctor.stdout, /hooks\.json is a (pipe|directory), not a file/);
    assertEquals([...Deno.readDirSync(box.codexHome)].map(({ name }) => name), ["hooks.json"]);
  });

  Deno.test(`a ${kind} in the place of the history: it is named`, async () => {
    await using box = new Sandbox();
    box.makeStateDirectory();
    Deno.mkdirSync(`${box.stateDir}/history`, { mode: 0o700 });
    await make(`${box.stateDir}/history/quota-sentry.history.db`);
    for (const command of ["history", "report", "events"]) {
      const { code, stderr } = await run(box, command);
      assertEquals(code, 1);
      assertMatch(stderr, /quota-sentry\.history\.db is not a file\n$/);
    }
  });
}

Deno.test("pipes in the places of the state's files: every command ends, and a daemon makes them anew", async () => {
  await using box = new Sandbox();
  box.makeStateDirectory();
  const names = ["pid", "home", "hooks", "pause"].map((name) => `quota-sentry.${name}`);
  for (const name of [...names, "state.json"]) await OTHERS.pipe(`${box.stateDir}/${name}`);
  for (const command of ["status", "holds", "explain", "pause", "resume", "start", "stop"]) {
    const { code, stderr } = await run(box, command);
    assertEquals([command, code, stderr], [command, 0, ""]);
  }
  assert(Deno.lstatSync(`${box.stateDir}/state.json`).isFile);
});
