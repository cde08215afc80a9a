import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Ended, finish, until } from "../support/sandbox.ts";
import {
  type AtTheWall,
  atTheWall,
  hasDied,
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
  assert(hasDied(path), stderr);
  return path!;
}

/** The command that is printed for a session. */
function commandIn({ code, stdout }: Ended): string {
  assertEquals(code, 0, stdout);
  return stdout.slice(stdout.indexOf(": ") + 2);
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
      const ended = await pasted(box, commandIn(await revive(id)));
      assertEquals([ended.code, ended.stdout], [0, "All is done.\n"], ended.stderr);
      assertEquals(answeredAfter(refusedAt), [200]);
      assert(JSON.stringify(asked().at(-1)!.body.input).includes(MESSAGE));
      assertEquals(sessionFiles(box), [path]);
      assertEquals((await revive()).stdout, "no session stopped at the wall\n");
    }),
);

/** How runs are begun. */
const SANDBOXES = [
  ["-s", "read-only", "-c", 'approval_policy="on-request"'],
  ["-s", "workspace-write", "--add-dir", "/opt"],
  ["-s", "workspace-write", "-c", "sandbox_workspace_write.network_access=true"],
  ["-s", "danger-full-access"],
];

codexTest(
  "revive: a run goes on with its own sandbox and approval, in its own directory",
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
        // The first one as somebody would do it who pastes what is printed.
        const session = sessionOf(path);
        const { code, stdout, stderr } = path === paths[0]
          ? await pasted(box, commandIn(await revive(session)))
          : await revive(session, "--run");
        assertEquals([code, stdout], [0, "All is done.\n"], stderr);
        const [before, ...after] = contextsIn(path);
        assertEquals(after, [before]);
        assertEquals(asked().filter(({ threadId }) => threadId === session).length, 3);
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
