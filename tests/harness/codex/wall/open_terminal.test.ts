import { assertEquals } from "@std/assert";
import { whereIsOpen } from "../../../../lib/harness/codex/wall/open_terminal.ts";
import type { RunningProcess } from "../../../../lib/process/processes.ts";

const HOME = "/home/ann/.codex";
const ID = "01a20000-0000-7000-8000-000000000001";
const LOCK = `${HOME}/thread-writer-locks/${ID}.lock`;
const STATE = `${HOME}/state_5.sqlite`;

function process(...open: string[]): RunningProcess {
  return { pid: 1, program: "/bin/codex", directory: "/w", open: new Map(open.entries()) };
}

/** The background server of a version. */
function serverOf(version: string): RunningProcess {
  const program = `${HOME}/packages/app-server-daemon/releases/${version}-x86_64/bin/codex`;
  return { ...process("/dev/null", STATE, LOCK), program };
}

Deno.test("where a session is open", () => {
  const server = serverOf("0.169.0");
  const elsewhere = { ...process("/dev/pts/1", STATE), directory: "/elsewhere" };
  const shared = process("/dev/pts/1", STATE);
  const cases: [string, RunningProcess[], string][] = [
    ["nothing runs", [], "nowhere"],
    ["a terminal of its own", [process("/dev/pts/3", LOCK)], "terminal"],
    ["the console", [process("/dev/tty1", LOCK)], "terminal"],
    ["a run that was resumed", [process("/dev/null", LOCK)], "background"],
    ["the server, and a terminal of this home", [server, shared], "terminal"],
    ["the same, opened in another directory", [server, elsewhere], "terminal"],
    ["a server that lets nothing go", [serverOf("0.164.0"), elsewhere], "background"],
    ["the same, opened in the session's directory", [serverOf("0.165.1"), shared], "terminal"],
    ["the server alone", [server], "background"],
    ["a terminal of another home", [server, process("/dev/pts/1", "/other/state")], "background"],
    [
      "a home whose name begins so",
      [server, process("/dev/pts/1", `${HOME}-work/x`)],
      "background",
    ],
    [
      "a terminal that has its sessions to itself",
      [server, process("/dev/pts/1", STATE, `${HOME}/thread-writer-locks/other.lock`)],
      "background",
    ],
    ["a terminal that shows another session", [shared], "nowhere"],
    ["no terminal reads what is typed", [server, process("pipe:[1]", STATE)], "background"],
  ];
  for (const [name, processes, expected] of cases) {
    assertEquals(
      whereIsOpen({ session: ID, directory: "/w", home: HOME }, processes),
      expected,
      name,
    );
  }
});
