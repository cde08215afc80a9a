import { assertEquals, assertMatch } from "@std/assert";
import { readText, until } from "../support/sandbox.ts";
import { type Answer, type MockModel, type ModelRequest, startMockModel } from "./mock_model.ts";
import { QuotaTruth } from "./quota_truth.ts";
import { CodexSandbox, codexTest } from "./session.ts";
import { SCRIPT, Terminal } from "./terminal.ts";

const MESSAGE = "Please go on where you stopped.";

/** An account whose quota ends with the second request of a session, and is back some seconds later. */
interface AtTheWall {
  readonly box: CodexSandbox;
  readonly model: MockModel;
  readonly truth: QuotaTruth;
  /** The requests of conversations, without those for a title. */
  readonly asked: () => readonly ModelRequest[];
  /** The turns that were begun in a session's file: what began each. */
  readonly turns: () => readonly string[];
  readonly log: () => string;
}

async function atTheWall(
  test: (wall: AtTheWall) => Promise<void>,
  { resetInSeconds = 12, script }: {
    resetInSeconds?: number;
    script?: (request: ModelRequest) => Answer;
  } = {},
): Promise<void> {
  const isTitle = ({ body }: ModelRequest) => JSON.stringify(body).includes("concise, single-line");
  await using model = startMockModel({
    script: script ?? ((request) => {
      if (isTitle(request)) return { items: [{ say: "Title" }] };
      const isFirst = !JSON.stringify(request.body).includes("_call_output");
      return { items: [isFirst ? { shell: "echo one" } : { say: "All is done." }] };
    }),
    limits: (request) => {
      const isFirst = model.requests.filter((each) => !isTitle(each)).length <= 1;
      if (!isFirst && !isTitle(request) && truth.now.usedPercent === 50) {
        truth.set(100, resetInSeconds);
      }
      return truth.now;
    },
  });
  await using box = new CodexSandbox(model.port);
  const truth = new QuotaTruth(box, 50, 3600);
  for (
    const setting of [
      ["intervalSeconds", "1"],
      ["resetBufferSeconds", "1"],
      ["staggerSeconds", "0"],
      ["revive", "auto"],
    ]
  ) await box.run(["config", "set", ...setting]);
  await test({
    box,
    model,
    truth,
    asked: () => model.requests.filter((each) => !isTitle(each)),
    turns: () => turnsIn(box),
    log: () => readText(`${box.stateDir}/quota-sentry.log`) ?? "",
  });
}

/** What began each turn of the only session, as its file has it. */
function turnsIn(box: CodexSandbox): string[] {
  const [path] = sessionFiles(`${box.codexHome}/sessions`);
  return (path === undefined ? "" : readText(path)!).split("\n")
    .filter((line) => line.includes('"task_started"'))
    .map((line) => JSON.parse(line).payload.turn_attribution.turn_trigger);
}

function sessionFiles(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
      isDirectory ? sessionFiles(`${directory}/${name}`) : [`${directory}/${name}`]
    );
  } catch {
    return [];
  }
}

function terminalTest(name: string, test: (t: Deno.TestContext) => Promise<void>): void {
  if (SCRIPT === undefined) console.log(`skipped, for want of script(1): ${name}`);
  else codexTest(name, test);
}

/** A terminal whose session has met the wall. */
async function died({ box, asked }: AtTheWall, args: readonly string[] = []): Promise<Terminal> {
  const terminal = new Terminal(box, ["-s", "danger-full-access", "-a", "never", ...args]);
  await terminal.shows("mock default");
  await terminal.type("do it");
  await until("it meets the wall", () => asked().some(({ status }) => status === 429));
  await terminal.shows("hit your usage limit");
  return terminal;
}

terminalTest(
  "revive: a terminal goes on by itself after the reset, with one turn",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, turns, log } = wall;
      await box.run(["start"]);
      await using terminal = await died(wall);
      const refusedAt = asked().length;
      await terminal.shows("All is done.").catch((e) => {
        console.log(log());
        throw e;
      });
      await until("it is written down", () => log().includes("brought back"));
      assertEquals(turns(), ["user", "queue"]);
      assertEquals(asked().slice(refusedAt).map(({ status }) => status), [200]);
      assertMatch(JSON.stringify(asked().at(-1)!.body), new RegExp(MESSAGE));
      assertMatch(log(), /stopped at the wall: [0-9a-f-]{36} in /);
    }),
);
