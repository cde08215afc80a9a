import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Ended, finish, until } from "../support/sandbox.ts";
import {
  type AtTheWall,
  atTheWall,
  isDead,
  MESSAGE,
  payloadsIn,
  sessionFiles,
  sessionOf,
} from "./at_the_wall.ts";
import { type CodexSandbox, codexTest } from "./session.ts";

/** With what each turn of a session was begun. */
function contextsIn(path: string): unknown[] {
  return payloadsIn(path, "turn_context").map((
    { cwd, model, approval_policy, sandbox_policy },
  ) => ({ cwd, model, approval_policy, sandbox_policy }));
}

/** A run that meets the wall; its session's file. */
async function diedRun({ box }: AtTheWall, args: readonly string[] = []): Promise<string> {
  const before = sessionFiles(box);
  const { code, stderr } = await box.codex(["exec", "--skip-git-repo-check", ...args, "do it"]);
  assertEquals(code, 1, stderr);
  const path = sessionFiles(box).find((each) => !before.includes(each));
  assert(isDead(path), stderr);
  return path!;
}

/** Has a shell do what somebody would paste. */
async function pasted(box: CodexSandbox, command: string): Promise<Ended> {
  return await finish(
    box.adopt(
      new Deno.Command("/bin/sh", {
        args: ["-c", command],
        cwd: "/",
        env: box.env,
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    ),
  );
}

codexTest(
  "revive: a run that died is told of, and goes on by the command that is printed",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, log, reset, looks, revive } = wall;
      await box.run(["start"]);
      const path = await diedRun(wall);
      const refusedAt = asked().length;
      const id = sessionOf(path);
      await until("it is told", () => log().includes("a run is brought back by hand"));
      assertMatch(
        (await revive()).stdout,
        new RegExp(`^${id.slice(0, 8)}\\S*  a run, /\\S+, stopped at `),
      );
      const early = await revive(id, "--run");
      assertEquals([early.code, answeredAfter(refusedAt)], [75, []]);
      assertMatch(early.stdout, /not yet, nothing was done: its quota resets at /);
      reset();
      await looks(3);
      assertEquals(answeredAfter(refusedAt), []);
      const { code, stdout } = await revive(id);
      assertEquals(code, 0);
      const ended = await pasted(box, stdout.slice(stdout.indexOf(": ") + 2));
      assertEquals([ended.code, ended.stdout], [0, "All is done.\n"], ended.stderr);
      assertEquals(answeredAfter(refusedAt), [200]);
      assert(JSON.stringify(asked().at(-1)!.body.input).includes(MESSAGE));
      assertEquals(sessionFiles(box), [path]);
      assertEquals((await revive()).stdout, "no session stopped at the wall\n");
    }),
);

/** How runs are begun. */
const SANDBOXES = [
  ["-s", "read-only"],
  ["-s", "workspace-write", "--add-dir", "/opt"],
  ["-s", "danger-full-access"],
];

codexTest(
  "revive: a run goes on with its own sandbox, in its own directory, with --run",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, reset, revive } = wall;
      Deno.mkdirSync(`${box.home}/it's here`);
      const paths: string[] = [];
      for (const args of SANDBOXES) {
        paths.push(await diedRun(wall, ["-C", `${box.home}/it's here`, ...args]));
      }
      reset();
      for (const path of paths) {
        const { code, stdout, stderr } = await revive(sessionOf(path), "--run");
        assertEquals([code, stdout], [0, "All is done.\n"], stderr);
        const [before, ...after] = contextsIn(path);
        assertEquals(after, [before]);
        assertEquals(asked().filter(({ threadId }) => threadId === sessionOf(path)).length, 3);
      }
      assertEquals(sessionFiles(box).length, SANDBOXES.length);
    }),
);

codexTest("revive: an archived session is not listed", () =>
  atTheWall(async (wall) => {
    const { box, revive } = wall;
    const path = await diedRun(wall);
    assertMatch((await revive()).stdout, new RegExp(`^${sessionOf(path).slice(0, 8)}`));
    const { code, stderr } = await box.codex(["archive", sessionOf(path)]);
    assertEquals(code, 0, stderr);
    assertEquals((await revive()).stdout, "no session stopped at the wall\n");
  }));
