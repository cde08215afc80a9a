import { type Ended, readText, until } from "../support/sandbox.ts";
import { type Answer, type MockModel, type ModelRequest, startMockModel } from "./mock_model.ts";
import { QuotaTruth } from "./quota_truth.ts";
import { type CodexOptions, CodexSandbox, codexTest } from "./session.ts";
import { SCRIPT } from "../support/tools.ts";
import { Terminal } from "./terminal.ts";

/** What a session is told that goes on. */
export const MESSAGE = "Please go on where you stopped.";

/** An account whose quota ends in the middle of a session. */
export interface AtTheWall {
  readonly box: CodexSandbox;
  readonly model: MockModel;
  readonly truth: QuotaTruth;
  /** The requests of conversations, without those for a title. */
  readonly asked: () => readonly ModelRequest[];
  /** How the requests were answered that came after so many. */
  readonly answeredAfter: (count: number) => readonly (number | undefined)[];
  /** What began each turn of the only session, as its file has it. */
  readonly turns: () => readonly string[];
  readonly log: () => string;
  /** Whether the daemon says that it brought a session back. */
  readonly isBroughtBack: () => boolean;
  /** Gives a new window, early. */
  readonly reset: () => void;
  /** Waits until the daemon has read so often since. */
  readonly looks: (times: number) => Promise<void>;
  /** `quota-sentry revive`. */
  readonly revive: (...words: string[]) => Promise<Ended>;
}

/** How an account meets the wall. */
export interface WallOptions {
  /** From the refusal on; without it the reset is the test's to give. */
  readonly resetInSeconds?: number;
  /** What the model answers; a title is given without asking. */
  readonly script?: (request: ModelRequest) => Answer;
  /** True for the request at which the quota ends; the second one of any conversation is, otherwise. */
  readonly endsAt?: (request: ModelRequest) => boolean;
  readonly beforeAnswer?: (request: ModelRequest) => Promise<void>;
  /** The setting `revive`. */
  readonly revive?: "tell" | "auto";
  readonly codex?: CodexOptions;
}

/** So long that it is the test that gives the reset; the weekly window stays the same one for all. */
const FAR_SECONDS = 100;

/** Another window than the one that was spent, for all to see. */
const NEXT_SECONDS = 5 * 3600;

/** Has a tool run, and then says that all is done. */
export function twoSteps({ body }: ModelRequest): Answer {
  const isFirst = !JSON.stringify(body.input).includes("_call_output");
  return { items: [isFirst ? { shell: "echo one" } : { say: "All is done." }] };
}

/** Runs a test with such an account. */
export async function atTheWall(
  test: (wall: AtTheWall) => Promise<void>,
  options: WallOptions = {},
): Promise<void> {
  const { script = twoSteps, endsAt = ({ number }) => number === 2, beforeAnswer } = options;
  let isOver = false;
  await using model = startMockModel({
    script: (request) => isTitle(request) ? { items: [{ say: "Title" }] } : script(request),
    beforeAnswer: async (_, request) => {
      if (!isTitle(request)) await beforeAnswer?.(request);
    },
    limits: (request) => {
      if (!isOver && !isTitle(request) && endsAt(request)) {
        isOver = true;
        truth.set(100, options.resetInSeconds ?? FAR_SECONDS);
      }
      return truth.now;
    },
  });
  await using box = new CodexSandbox(model.port, options.codex);
  const truth = new QuotaTruth(box, 50, 3600);
  box.makeStateDirectory();
  box.configure({
    intervalSeconds: 1,
    resetBufferSeconds: 1,
    staggerSeconds: 0,
    ...(options.revive === "tell" ? {} : { revive: "auto" }),
  });
  const asked = () => model.requests.filter((each) => !isTitle(each));
  const log = () => readText(`${box.stateDir}/quota-sentry.log`) ?? "";
  await test({
    box,
    model,
    truth,
    asked,
    answeredAfter: (count) => asked().slice(count).map(({ status }) => status),
    turns: () => turnsIn(sessionFiles(box)[0]),
    log,
    isBroughtBack: () => saysBroughtBack(log()),
    reset: () => void truth.set(1, NEXT_SECONDS),
    looks: async (times) => {
      const before = box.calls.length;
      await until("the daemon has looked", () => box.calls.length > before + times);
    },
    revive: (...words) => box.run(["revive", ...words]),
  });
}

/** True for the log of a daemon that has brought a session back. */
export function saysBroughtBack(log: string): boolean {
  return /^\S+ brought back /m.test(log);
}

function isTitle({ body }: ModelRequest): boolean {
  return JSON.stringify(body).includes("concise, single-line");
}

/** The files of all sessions. */
export function sessionFiles(box: CodexSandbox): string[] {
  return filesIn(`${box.codexHome}/sessions`);
}

function filesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
      isDirectory ? filesIn(`${directory}/${name}`) : [`${directory}/${name}`]
    );
  } catch {
    return [];
  }
}

/** The payloads of a session's lines of a type, or of a type of event. */
// deno-lint-ignore no-explicit-any -- Codex's own; a test names the field that it wants.
export function payloadsIn(path: string | undefined, type: string): any[] {
  return (path === undefined ? "" : readText(path)!).split("\n")
    .filter((line) => line.includes(`"${type}"`))
    .map((line) => JSON.parse(line))
    .filter((line) => line.type === type || line.payload.type === type)
    .map(({ payload }) => payload);
}

/** What began each turn of a session. */
export function turnsIn(path: string | undefined): string[] {
  return payloadsIn(path, "task_started").map(({ turn_attribution }) =>
    turn_attribution.turn_trigger
  );
}

/** The id of a session. */
export function sessionOf(path: string | undefined): string {
  return payloadsIn(path, "session_meta")[0].id;
}

/** Registers a test with Codex in a terminal. */
export function terminalTest(name: string, test: (t: Deno.TestContext) => Promise<void>): void {
  if (SCRIPT === undefined) console.log(`skipped, for want of script(1): ${name}`);
  else codexTest(name, test);
}

/** Codex in a terminal that has its sessions to itself: it starts sooner than one with the server. */
export const ALONE = ["--no-daemon"];

/** A terminal whose session has met the wall. */
export async function died(
  { box, asked }: AtTheWall,
  args: readonly string[] = [],
): Promise<Terminal> {
  const terminal = await opened(box, args);
  await terminal.type("do it");
  await until("it meets the wall", () => asked().some(({ status }) => status === 429));
  await terminal.shows("hit your usage limit");
  await until("it is in its file", () => hasDied(sessionFiles(box)[0]));
  return terminal;
}

/** A terminal that can be typed into. */
export async function opened(box: CodexSandbox, args: readonly string[] = []): Promise<Terminal> {
  const terminal = new Terminal(box, ["-s", "danger-full-access", "-a", "never", ...args]);
  await terminal.shows("mock default");
  return terminal;
}

/** True for a session a turn of which was refused. */
export function hasDied(path: string | undefined): boolean {
  return payloadsIn(path, "task_complete").some(({ error }) =>
    error?.codex_error_info === "usage_limit_exceeded"
  );
}
