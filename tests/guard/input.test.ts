import { assertEquals } from "@std/assert";
import { type Stdin, takeInput } from "../../lib/guard/input.ts";
import { MovedClock } from "../support/clock.ts";
import { stdinOf } from "../support/stdin.ts";

const BEGINNING = '{"session_id":"s","turn_id":"turn-1"';
const WHOLE = `${BEGINNING},"transcript_path":"/sessions/a.jsonl","prompt":"hé"}`;

const CASES: [string, string[], string | undefined, string | undefined][] = [
  ["as a harness writes it", [WHOLE], "turn-1", "/sessions/a.jsonl"],
  ["in pieces", [WHOLE.slice(0, 20), WHOLE.slice(20)], "turn-1", "/sessions/a.jsonl"],
  ["nothing", [], undefined, undefined],
  ["what is no JSON", ["hello"], undefined, undefined],
  ["JSON that is no object", ["null"], undefined, undefined],
  ["a prompt that looks like a turn", ['{"prompt":"\\"turn_id\\":\\"x\\""}'], undefined, undefined],
  ["an id that is no name", ['{"session_id":"s","turn_id":"../x"}'], undefined, undefined],
  ["a path that is not absolute", ['{"transcript_path":"a.jsonl"}'], undefined, undefined],
  ["a path that is none", ['{"transcript_path":3}'], undefined, undefined],
  [
    "longer than is looked at",
    [`${BEGINNING},"prompt":"`, "x".repeat(5_000), '","transcript_path":"/a"}'],
    "turn-1",
    undefined,
  ],
  [
    "long, with the file behind the session",
    ['{"session_id":"s","transcript_path":"/a b.jsonl","tool_calls":"', "x".repeat(5_000), '"}'],
    undefined,
    "/a b.jsonl",
  ],
  ["long, and without a turn", ["x".repeat(5_000), WHOLE], undefined, undefined],
];
for (const [name, pieces, turn, transcript] of CASES) {
  Deno.test(`input: ${name}: turn ${turn}, file ${transcript}`, async () => {
    const input = takeInput(stdinOf(...pieces));
    assertEquals(await input.turn(), turn);
    assertEquals(await input.transcript(), transcript);
    await input.ended();
  });
}

Deno.test("input: the turn and the file are told before the end has come", async () => {
  const { promise: end, resolve } = Promise.withResolvers<null>();
  const { read } = stdinOf(WHOLE);
  let hasBegun = false;
  const stdin: Stdin = {
    isTerminal: () => false,
    read: (buffer) => hasBegun ? end : (hasBegun = true, read(buffer)),
  };
  const input = takeInput(stdin);
  assertEquals([await input.turn(), await input.beginning()], ["turn-1", WHOLE]);
  assertEquals(await input.transcript(), "/sessions/a.jsonl");
  resolve(null);
  await input.ended();
});

for (const first of ["", WHOLE.slice(0, 20), '{"session_id":"s","transcript_path":null,']) {
  Deno.test(`input: one that never ends is waited for once, whatever is asked of it: ${first}`, async () => {
    const { promise: end, resolve } = Promise.withResolvers<null>();
    const { read } = stdinOf(first);
    let hasBegun = first === "";
    const stdin: Stdin = {
      isTerminal: () => false,
      read: (buffer) => hasBegun ? end : (hasBegun = true, read(buffer)),
    };
    const clock = new MovedClock(new Date(0));
    const input = takeInput(stdin, clock);
    assertEquals([await input.turn(), await input.transcript()], [undefined, undefined]);
    await input.beginning();
    await input.ended();
    // With what a start takes, ten seconds are not over.
    assertEquals(clock.monotonicMs(), 9_000);
    resolve(null);
  });
}

Deno.test("input: all of it is taken, however long it is", async () => {
  let left = 100;
  const stdin: Stdin = {
    isTerminal: () => false,
    read: (buffer) => Promise.resolve(left-- > 0 ? buffer.fill(120).length : null),
  };
  await takeInput(stdin).ended();
  assertEquals(left, -1);
});

Deno.test("input: a terminal is not read, and one that cannot be read is no input", async () => {
  const read = () => Promise.reject(new Error("unreadable"));
  for (const isTerminal of [true, false]) {
    const input = takeInput({ isTerminal: () => isTerminal, read });
    assertEquals([await input.turn(), await input.transcript()], [undefined, undefined]);
    await input.ended();
  }
});
