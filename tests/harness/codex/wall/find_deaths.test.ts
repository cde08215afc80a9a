import { assert, assertEquals, assertMatch } from "@std/assert";
import { findDeaths, isStillDead } from "../../../../lib/harness/codex/wall/find_deaths.ts";
import { whatFollowed } from "../../../../lib/harness/codex/wall/what_followed.ts";
import type { Death } from "../../../../lib/harness/death.ts";
import { type DeadOptions, deadSession } from "../../../support/dead_session.ts";
import { Sandbox } from "../../../support/sandbox.ts";

async function found(box: Sandbox): Promise<Death[]> {
  return await findDeaths(box.codexHome, new Date());
}

function append(path: string, line: unknown): void {
  Deno.writeTextFileSync(path, `${JSON.stringify(line)}\n`, { append: true });
}

const event = (type: string, more = {}) => ({
  timestamp: new Date().toISOString(),
  type: "event_msg",
  payload: { type, ...more },
});

const SETTINGS = event("thread_settings_applied", { thread_settings: { model: "other" } });

Deno.test("a death is known by the end of a session's file", async () => {
  await using box = new Sandbox();
  const { id, turn, path } = deadSession(box, { resetsIn: 100 });
  const [death] = await found(box);
  assertEquals(
    [death!.session, death!.turn, death!.file, death!.place, death!.directory, death!.doubt],
    [id, turn, path, "terminal", box.home, undefined],
  );
  assert(death!.resetsAt!.getTime() > Date.now());
  assertEquals(death!.windows.map(({ usedPercent }) => usedPercent), [100]);
});

Deno.test("where a session was begun", async () => {
  for (
    const [place, expected] of [
      ["run", "run"],
      ["terminal", "terminal"],
      ["app", "elsewhere"],
      ["agent", undefined],
    ] as const
  ) {
    await using box = new Sandbox();
    deadSession(box, { place });
    assertEquals((await found(box))[0]?.place, expected, place);
  }
  await using box = new Sandbox();
  deadSession(box, { place: "app", meta: { source: "cli" } });
  assertEquals((await found(box))[0]?.place, "terminal");
});

Deno.test("what is no death at the wall", async () => {
  const cases: [string, DeadOptions][] = [
    ["another plan is asked for", { usedPercent: 40, message: "To use Codex, upgrade to Plus." }],
    ["money is asked for", { usedPercent: 40, message: "Quota exceeded. Check your plan." }],
    ["money is asked for, at the wall", { message: "Quota exceeded. Check your plan." }],
    ["another plan is asked for, at the wall", { message: "To use Codex, upgrade to Plus." }],
    ["the reset is past already", { diedIn: -5, resetsIn: -20, message: "Quota exceeded." }],
    ["somebody has typed", { behind: [event("task_started", { turn_id: "x" })] }],
    ["a model answers", { behind: [{ type: "response_item", payload: {} }] }],
    ["it is of a sub-agent", { place: "agent" }],
  ];
  for (const [name, options] of cases) {
    await using box = new Sandbox();
    deadSession(box, options);
    assertEquals(await found(box), [], name);
  }
});

Deno.test("a line that is being written, is no JSON, or of an unknown form is no death", async () => {
  await using box = new Sandbox();
  const { path } = deadSession(box);
  const text = Deno.readTextFileSync(path);
  for (
    const changed of [
      text.slice(0, -1),
      text.slice(0, -10) + "\n",
      text.replace('"usage_limit_exceeded"', '{"usage_limit_exceeded":1}'),
      text.replace(/"turn_id":"01a20001[^"]*","last/, '"turn_id":"; rm -rf ~","last'),
      text.replace(/"id":"01a20000[^"]*"/, '"id":"$(reboot)"'),
      text.replace('"task_complete"', '"task_completed"'),
      "",
      "\n\n",
    ]
  ) {
    Deno.writeTextFileSync(path, changed);
    assertEquals(await found(box), [], changed.slice(-200));
  }
});

Deno.test("choosing a model after the wall is no turn", async () => {
  await using box = new Sandbox();
  const { path } = deadSession(box, { behind: [SETTINGS, SETTINGS] });
  const [death] = await found(box);
  assert(death && await isStillDead(death));
  assertEquals(await whatFollowed(death), "nothing");
  append(path, event("task_started", { turn_attribution: { turn_trigger: "user" } }));
  assertEquals([await isStillDead(death), await whatFollowed(death)], [false, "other"]);
});

Deno.test("the turn of a queued message is told from others; the first one counts", async () => {
  await using box = new Sandbox();
  const { path } = deadSession(box);
  const [death] = await found(box);
  append(path, event("task_started", { turn_attribution: { turn_trigger: "queue" } }));
  append(path, event("task_started", { turn_attribution: { turn_trigger: "user" } }));
  assertEquals(await whatFollowed(death!), "queued");
});

Deno.test("a refused compaction: the reset is not known, and it is for a person to decide", async () => {
  await using box = new Sandbox();
  deadSession(box, { usedPercent: 96 });
  const [death] = await found(box);
  assertEquals([death!.resetsAt, death!.windows], [undefined, []]);
});

Deno.test("the limit of a model that is not the account's own tells no reset", async () => {
  await using box = new Sandbox();
  const { path } = deadSession(box);
  const text = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, text.replace('"limit_id":"codex"', '"limit_id":"codex_other"'));
  assertEquals((await found(box))[0]!.resetsAt, undefined);
});

Deno.test("what a person is to decide", async () => {
  const cases: [DeadOptions, RegExp][] = [
    [{ meta: { forked_from_id: "x" } }, /^it is a copy of another session$/],
    [{ cwd: "/nowhere/at/all" }, /^its directory is gone: \/nowhere/],
    [{ sandbox: { type: "of-tomorrow" } }, /^its file does not tell with what its turn was begun$/],
  ];
  for (const [options, why] of cases) {
    await using box = new Sandbox();
    deadSession(box, options);
    assertMatch((await found(box))[0]!.doubt!, why);
  }
});

Deno.test("the command that goes on says again what Codex does not remember", async () => {
  const id = "01a20000-0000-7000-8000-000000000001";
  const never = ["-c", 'approval_policy="never"'];
  const cases: [DeadOptions, string[]][] = [
    [{ place: "run" }, [
      ...["codex", "exec", "-s", "danger-full-access", "-m", "mock"],
      ...[...never, "--skip-git-repo-check", "resume", id],
    ]],
    [{ place: "run", meta: { git: { branch: "main" } }, sandbox: { type: "read-only" } }, [
      ...["codex", "exec", "-s", "read-only", "-m", "mock", ...never, "resume", id],
    ]],
    [{
      place: "run",
      meta: { git: {} },
      sandbox: { type: "workspace-write", writable_roots: ["/a b"], network_access: true },
    }, [
      ...["codex", "exec", "-s", "workspace-write", "-m", "mock", "--add-dir", "/a b", ...never],
      ...["-c", "sandbox_workspace_write.network_access=true"],
      ...["-c", "sandbox_workspace_write.exclude_slash_tmp=false"],
      ...["-c", "sandbox_workspace_write.exclude_tmpdir_env_var=false", "resume", id],
    ]],
    [{ place: "terminal" }, [
      ...["codex", "resume", "-s", "danger-full-access", "-m", "mock", "-a", "never", id],
    ]],
  ];
  for (const [options, expected] of cases) {
    await using box = new Sandbox();
    deadSession(box, options);
    assertEquals((await found(box))[0]!.resume, expected);
  }
});

Deno.test("the last one comes first; what is older than a window, and archived, is left out", async () => {
  await using box = new Sandbox();
  deadSession(box, { number: 1, diedIn: -500 });
  deadSession(box, { number: 2, diedIn: -100 });
  const { path } = deadSession(box, { number: 3, diedIn: -50 });
  const old = deadSession(box, { number: 4, diedIn: -37 * 86_400 });
  Deno.utimeSync(old.path, new Date(0), new Date(Date.now() - 37 * 86_400_000));
  Deno.mkdirSync(`${box.codexHome}/archived_sessions`);
  Deno.renameSync(path, path.replace(/sessions\/.*\//, "archived_sessions/"));
  assertEquals((await found(box)).map(({ session }) => session.at(-1)), ["2", "1"]);
});
