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

Deno.test("where a session is open", () => {
  const server = process("/dev/null", STATE, LOCK);
  const shared = process("/dev/pts/1", STATE);
  const cases: [string, RunningProcess[], string][] = [
    ["nothing runs", [], "nowhere"],
    ["a terminal of its own", [process("/dev/pts/3", LOCK)], "terminal"],
    ["the console", [process("/dev/tty1", LOCK)], "terminal"],
    ["a run that was resumed", [process("/dev/null", LOCK)], "background"],
    ["the server, and a terminal of this home", [server, shared], "terminal"],
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
    assertEquals(whereIsOpen(ID, HOME, processes), expected, name);
  }
});
