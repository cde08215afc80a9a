import { assertEquals } from "@std/assert";
import { Sandbox } from "../support/sandbox.ts";

const DIED = "2026-01-31T12:00:07.500Z";
const DIED_SECONDS = Date.parse(DIED) / 1000 - 0.5;
const A = "01a20000-0000-7000-8000-0000000000a1";
const B = "01a20000-0000-7000-8000-0000000000b2";
const MESSAGE = "Please go on where you stopped.";

/** What is known of a session. */
interface Session {
  readonly source?: unknown;
  readonly directory?: string;
  readonly meta?: Record<string, unknown>;
  /** Somebody has gone on with it. */
  readonly isOn?: boolean;
}

/** A home with files of sessions that died at the wall. */
class Deaths extends Sandbox {
  file(id: string, { source = "exec", directory, meta, isOn }: Session = {}): string {
    const folder = `${this.codexHome}/sessions/2026/01/31`;
    Deno.mkdirSync(folder, { recursive: true });
    const turn = "01a20000-0000-7000-8000-000000000003";
    const cwd = directory ?? this.home;
    const error = {
      message: "You’ve hit your usage limit. Try again at 4:18 PM.",
      codex_error_info: "usage_limit_exceeded",
    };
    const lines: [string, unknown][] = [
      ["session_meta", { id, cwd, source, ...meta }],
      ["event_msg", { type: "task_started", turn_id: turn }],
      ["turn_context", {
        turn_id: turn,
        cwd,
        model: "mock",
        approval_policy: "never",
        sandbox_policy: { type: "read-only" },
      }],
      ["event_msg", { type: "task_complete", turn_id: turn, last_agent_message: null, error }],
      ...isOn ? [["event_msg", { type: "task_started" }] as [string, unknown]] : [],
    ];
    const path = `${folder}/rollout-2026-01-31T12-00-00-${id}.jsonl`;
    const text = lines.map(([type, payload]) =>
      `${JSON.stringify({ timestamp: DIED, type, payload })}\n`
    ).join("");
    Deno.writeTextFileSync(path, text);
    return path;
  }

  /** What it says, as a shell reads it. */
  async told(
    files: readonly string[],
    { command = ["codex", "exec", "-s", "read-only", "p"], since = DIED_SECONDS, more = [""] } = {},
  ): Promise<string[]> {
    const { code, stdout, stderr } = await this.run([
      "resume-of",
      `--since=${since}`,
      ...files.length > 0 ? [`--file=${files.join("\n")}`] : [],
      ...more.filter((word) => word !== ""),
      "--",
      ...command,
    ]);
    assertEquals([code, stderr], [0, ""]);
    const script = 'kind= why= again= session= died= died_at=; eval "$1"; ' +
      'printf "%s\\n" "$kind" "$why" "$session" "$died" "$died_at"; ' +
      '[ -z "$again" ] || eval "printf \'<%s>\' $again"';
    const read = await new Deno.Command("sh", { args: ["-c", script, "sh", stdout] }).output();
    return new TextDecoder().decode(read.stdout).split("\n");
  }
}

const words = (session: string, message = MESSAGE) =>
  `<codex><exec><-s><read-only><resume><${session}><${message}>`;

Deno.test("resume of: the session that died, and the words that go on with it", async () => {
  await using box = new Deaths();
  const file = box.file(A);
  const died = [A, String(DIED_SECONDS), "2026-01-31T12:00:08Z"];
  assertEquals(await box.told([file]), ["resume", "", ...died, words(A)]);
  box.writeState({ status: "open", source: "codexbar" });
  const message = 'it\'s `$HOME` \\ "x"; exit 3';
  const said = await box.told([file], { more: [`--message=${message}`, "--claim"] });
  assertEquals(said, ["resume", "", ...died, words(A, message)]);
  // Its sub-agents died with it.
  const child = box.file(B, { source: { subagent: { thread_spawn: {} } } });
  assertEquals((await box.told([child, file])).at(-1), words(A));
});

Deno.test("resume of: what did not die in this run is nothing", async () => {
  await using box = new Deaths();
  const none = ["none", "", "", "", "", ""];
  assertEquals(await box.told([box.file(A)], { since: DIED_SECONDS + 1 }), none);
  assertEquals(await box.told([box.file(A, { isOn: true })]), none);
  assertEquals(await box.told([`${box.root}/none`]), none);
  assertEquals(await box.told([]), none);
  const other = await box.told([box.file(A)], { command: ["make", "test"] });
  assertEquals(other, ["other", "", "", "", "", ""]);
});

Deno.test("resume of: what cannot be told is left, and why", async () => {
  await using box = new Deaths();
  const file = box.file(A);
  const why = async (...args: Parameters<typeof box.told>) => (await box.told(...args)).slice(0, 2);
  const which = ["left", "it cannot be told which session was its own"];
  assertEquals(await why([file, box.file(B)]), which);
  Deno.removeSync(box.file(B));
  assertEquals(await why([]), which);
  assertEquals(await why([], { command: ["codex", "exec", "-C", "..", "p"] }), ["none", ""]);
  assertEquals(await why([file], { command: ["codex", "exec", "--new", "p"] }), [
    "other",
    "its option --new is not known",
  ]);
  assertEquals(await why([box.file(A, { meta: { forked_from_id: B } })]), [
    "left",
    "it is a copy of another session",
  ]);
  const gone = `${box.root}/gone`;
  assertEquals(await why([box.file(A, { directory: gone })]), [
    "left",
    `its directory is gone: ${gone}`,
  ]);
});
