import { assert, assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { readText, until } from "../support/sandbox.ts";
import { AppServerClient } from "./app_server_client.ts";
import { type Answer, type Item, type ModelRequest, startMockModel } from "./mock_model.ts";
import { QuotaTruth } from "./quota_truth.ts";
import {
  CODE_MODE_MODEL,
  type CodexOptions,
  CodexSandbox,
  codexTest,
  OLD_CODEX,
} from "./session.ts";

/** A way to use Codex that is to survive a hold in its middle. */
interface Case {
  readonly name: string;
  /** It cannot be tried here. */
  readonly ignore?: boolean;
  readonly codex?: CodexOptions;
  /** The model's side of it. */
  readonly script: (request: ModelRequest) => Answer;
  /** How many requests it makes. */
  readonly requests: number;
  /** True for the request whose answer says that the quota is nearly spent, when it is to be. */
  readonly crosses: (request: ModelRequest) => boolean;
  /** How many requests may follow before the hold; none where it is at the model. */
  readonly late?: number;
  readonly beforeAnswer?: (box: CodexSandbox, request: ModelRequest) => Promise<void>;
  /** From the first request to the reset, where it is not 6. */
  readonly resetInSeconds?: number;
  /** The user's side: from the start to the end, which is to be a good one. */
  readonly run: (box: CodexSandbox) => Promise<void>;
}

/** What a run of a case came to. */
interface Run {
  readonly requests: readonly ModelRequest[];
  /** What its tools gave the model. */
  readonly outputs: readonly string[];
  /** What the daemon and the hooks say that they did. */
  readonly log: string;
  /** When the quota came near its end, if it did. */
  readonly crossed: { readonly atMs: number; readonly resetsAt: number } | undefined;
}

const SOAK = Deno.env.get("QUOTA_SENTRY_SOAK") === "1";

const LAST_WORDS = "That was all.";

const ENDS: Answer = { items: [{ say: LAST_WORDS }] };

/** Answers one request after the other, and then ends. */
const steps = (...items: Item[][]) => ({ number }: ModelRequest): Answer =>
  items[number - 1] ? { items: items[number - 1]! } : ENDS;

const isFirst = ({ number }: ModelRequest) => number === 1;

async function exec(box: CodexSandbox, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await box.codex(["exec", "--skip-git-repo-check", ...args]);
  assertEquals(code, 0, stderr);
  assert(stdout.includes(LAST_WORDS), stdout);
}

const plain: Case = {
  name: "a plain turn with tools",
  script: steps([{ shell: "echo one" }], [{ shell: "echo two" }]),
  requests: 3,
  crosses: isFirst,
  run: (box) => exec(box, "do it"),
};

const parallel: Case = {
  name: "parallel tools",
  script: steps(["a", "b", "c"].map((word) => ({ shell: `sleep 0.3; echo ${word}` }))),
  requests: 2,
  crosses: isFirst,
  run: (box) => exec(box, "do it"),
};

/**
 * The hold begins while a script runs, since a neighbour has spent the rest. Codex gives the script
 * 30 s; were its second command held, the model would be asked again meanwhile.
 */
const codeMode: Case = {
  name: "code mode, held for longer than a script may run",
  codex: { model: CODE_MODE_MODEL },
  script: (request) => {
    if (isNeighbour(request) || request.number > 1) return ENDS;
    const first = "touch ~/began; until [ -e ~/go-on ]; do sleep 0.1; done; echo one";
    const second = "date +%s%3N > ~/second; echo two";
    const code = `const a = await tools.exec_command({ cmd: "${first}", yield_time_ms: 30000 });
const b = await tools.exec_command({ cmd: "${second}" });
text(a.output + b.output);`;
    return { items: [{ code }] };
  },
  requests: 3,
  crosses: isNeighbour,
  resetInSeconds: SOAK ? 85 : 45,
  beforeAnswer: (box, request) =>
    isNeighbour(request)
      ? until("the script runs", () => readText(`${box.home}/began`) !== undefined)
      : Promise.resolve(),
  run: async (box) => {
    const goOn = () => Deno.writeTextFileSync(`${box.home}/go-on`, "");
    await Promise.all([exec(box, "do it"), exec(box, "neighbour").then(goOn)]);
  },
};

function isNeighbour({ body }: ModelRequest): boolean {
  return JSON.stringify(body.input).includes('"neighbour"');
}

/** Waits for each by itself, and then long enough to have heard that they have ended. */
const subAgents: Case = {
  name: "three sub-agents and their parent",
  script: ({ parentThreadId, number, body }) => {
    if (parentThreadId) {
      return number === 1 ? { items: [{ shell: "echo child" }] } : { items: [{ say: "Child." }] };
    }
    if (number === 1) {
      const args = { message: "do a part of it" };
      return { items: Array(3).fill({ tool: "spawn_agent", args }) };
    }
    const ids = [...new Set(JSON.stringify(body.input).match(/(?<=agent_id[\\": ]+)[-\w]{36}/g))];
    const id = ids[number - 2];
    if (id) return { items: [{ tool: "wait_agent", args: { targets: [id], timeout_ms: 60_000 } }] };
    return number === 5 ? { items: [{ shell: "sleep 1; echo parent" }] } : ENDS;
  },
  requests: 6 + 3 * 2,
  resetInSeconds: 15,
  crosses: ({ parentThreadId, number }) => parentThreadId !== undefined && number === 1,
  // All are on their way, and the parent waits, when the answers come that take the quota.
  beforeAnswer: async (box, { parentThreadId, number }) => {
    const arrived = `${box.home}/arrived`;
    if (parentThreadId || number === 2) Deno.writeTextFileSync(arrived, "x", { append: true });
    if (!parentThreadId || number > 1) return;
    await until("all have asked", () => readText(arrived)?.length === 4);
    await new Promise((resolve) => setTimeout(resolve, 500));
  },
  run: (box) => exec(box, "do it"),
};

/** These cannot be waited for one by one; the parent's script ends when they have all asked twice. */
const codeModeAgents: Case = {
  ...subAgents,
  name: "three sub-agents and their parent, in code mode",
  codex: { model: CODE_MODE_MODEL },
  script: ({ parentThreadId, number }) => {
    const script = (cmd: string) => {
      const args = JSON.stringify({ cmd, yield_time_ms: 30_000 });
      return { items: [{ code: `text((await tools.exec_command(${args})).output);` }] };
    };
    if (parentThreadId) return number === 1 ? script("echo child") : { items: [{ say: "Child." }] };
    if (number === 1) {
      const names = ["one", "two", "three"];
      const args = (task_name: string) => ({ task_name, message: "do a part of it" });
      return { items: names.map((name) => ({ tool: "spawn_agent", args: args(name) })) };
    }
    if (number > 2) return ENDS;
    return script("until [ $(wc -c < ~/arrived) = 7 ]; do sleep 0.1; done; sleep 1; echo parent");
  },
  requests: 3 + 3 * 2,
};

const compaction: Case = {
  name: "automatic compaction in the middle",
  codex: { settings: "model_auto_compact_token_limit = 5000\n" },
  // The second is the compaction.
  script: ({ number }) => {
    if (number === 1) return { items: [{ shell: "echo one" }], tokens: 9000 };
    return number === 3 ? { items: [{ shell: "echo two" }] } : ENDS;
  },
  requests: 4,
  crosses: isFirst,
  run: (box) => exec(box, "do it"),
};

const remoteCompaction: Case = {
  ...compaction,
  name: "automatic compaction by the backend",
  codex: { ...compaction.codex, login: true },
};

const review: Case = {
  name: "review",
  script: steps([{ shell: "echo reviewed" }]),
  requests: 2,
  crosses: isFirst,
  run: (box) => exec(box, "review", "look at all"),
};

/** Its second turn begins without a prompt, and ends the goal. */
const goal: Case = {
  name: "a goal that continues by itself",
  script: steps(
    [{ shell: "echo first turn" }],
    [{ say: "Not yet." }],
    [{ tool: "update_goal", args: { status: "complete" } }],
  ),
  requests: 4,
  crosses: ({ number }) => number === 2,
  run: async (box) => {
    await using server = await AppServerClient.start(box);
    const threadId = await startThread(server, box);
    await server.call("thread/goal/set", { threadId, objective: "all of it", status: "active" });
    await until("the goal is reached", () => turnsOf(server).length === 2);
    assertEquals(turnsOf(server), ["completed", "completed"]);
    assertEquals((await server.call("thread/goal/get", { threadId })).goal.status, "complete");
  },
};

/** What is queued while the turn is held runs after it. */
const queue: Case = {
  name: "codex queue",
  script: steps([{ shell: "echo one" }], [{ say: "First." }], [{ shell: "echo two" }]),
  requests: 4,
  crosses: isFirst,
  run: async (box) => {
    await using server = await AppServerClient.start(box);
    const threadId = await startThread(server, box);
    const input = [{ type: "text", text: "do it" }];
    await server.call("turn/start", { threadId, input });
    const message = ["--message", "do more"];
    assertEquals((await box.codex(["queue", "--thread", threadId, ...message])).code, 0);
    await until("both turns have ended", () => turnsOf(server).length === 2);
    assertEquals(turnsOf(server), ["completed", "completed"]);
  },
};

async function startThread(server: AppServerClient, box: CodexSandbox): Promise<string> {
  return (await server.call("thread/start", { cwd: box.home })).thread.id;
}

/** How the turns that have ended did. */
function turnsOf(server: AppServerClient): string[] {
  return server.told("turn/completed").map(({ turn }) => turn.status);
}

/** The hook at the tool holds, as long as Codex lets a script run; one request is on its way then. */
const olderCodeMode: Case = {
  name: "an older Codex in code mode, without a hook at the model, for less than 30 s",
  ignore: OLD_CODEX === undefined,
  codex: { codex: OLD_CODEX, model: CODE_MODE_MODEL },
  script: ({ number }) => {
    const code = `text((await tools.exec_command({ cmd: "echo ${number}" })).output);`;
    return number <= 3 ? { items: [{ code }] } : ENDS;
  },
  requests: 4,
  crosses: isFirst,
  late: 1,
  // A tool is held by what is known, and on a busy machine two are through before the first reading.
  beforeAnswer: (box, request) =>
    isFirst(request) && existsSync(box.stateDir)
      ? until("the quota is known", () => box.state !== undefined)
      : Promise.resolve(),
  run: (box) => exec(box, "do it"),
};

/** Runs a case once: with our hooks and a quota that comes near its end in the middle, or without. */
async function run(tried: Case, isHeld: boolean): Promise<Run> {
  let resetsAt: number | undefined;
  let crossed: { atMs: number; resetsAt: number } | undefined;
  await using model = startMockModel({
    script: tried.script,
    beforeAnswer: (_, request) => tried.beforeAnswer?.(box, request) ?? Promise.resolve(),
    limits: (request) => {
      if (!isHeld || crossed) return truth.now;
      resetsAt ??= Date.now() / 1000 + (tried.resetInSeconds ?? 6);
      const isCrossing = tried.crosses(request);
      // On a slow machine the window goes on for a while.
      const limits = truth.set(isCrossing ? 96 : 90, Math.max(5, resetsAt - Date.now() / 1000));
      if (isCrossing) crossed = { atMs: Date.now(), resetsAt: limits.resetsAt };
      return limits;
    },
  });
  await using box = new CodexSandbox(model.port, tried.codex);
  const truth = new QuotaTruth(box, 90, 60);
  if (isHeld) {
    box.makeStateDirectory();
    const { code, stderr } = await box.run(["install-hook", "--reset-buffer-seconds=1"]);
    assertEquals([code, stderr], [0, ""]);
  }
  await tried.run(box);
  // A request too many would come now.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const second = readText(`${box.home}/second`);
  if (crossed && second) assertLess(Number(second), crossed.resetsAt * 1000, "the tool was held");
  return {
    requests: [...model.requests],
    outputs: outputsOf(model.requests),
    crossed,
    log: readText(`${box.stateDir}/quota-sentry.log`) ?? "",
  };
}

/** What the tools of all conversations gave, without what differs from run to run. */
function outputsOf(requests: readonly ModelRequest[]): string[] {
  const outputs = requests.flatMap(({ body, parentThreadId }) =>
    body.input.filter(({ type }) => type?.endsWith("_call_output")).filter(({ call_id }) =>
      !parentThreadId || call_id?.includes("child")
    ).map(({ call_id, output }) =>
      `${call_id}: ${JSON.stringify(output)}`
        .replaceAll(/(Chunk ID: )\w+/g, "$1…")
        .replaceAll(/(Wall time:? )[\d.]+/g, "$1…")
        .replaceAll(/[-\da-f]{36}/g, "…")
        // Codex counts the time that a goal was held, and asks for a report of it.
        .replace(/completionBudgetReport.*$/, "completionBudgetReport…")
        .replaceAll(
          /((createdAt|updatedAt|timeUsedSeconds|tokensUsed|nickname)[\\": ]+)\w+/g,
          "$1…",
        )
    )
  );
  return [...new Set(outputs)].sort();
}

async function check(tried: Case): Promise<void> {
  const [unheld, held] = await Promise.all([run(tried, false), run(tried, true)]);
  assertEquals(unheld.requests.length, tried.requests, "unheld");
  assertEquals(held.requests.length, tried.requests, "held");
  assertEquals(held.requests.map(({ kind }) => kind), unheld.requests.map(({ kind }) => kind));
  assertEquals(held.outputs, unheld.outputs);
  assert(held.outputs.length > 0);
  const { atMs, resetsAt } = held.crossed!;
  const later = held.requests.map((request) => request.atMs - atMs).filter((ms) => ms > 0);
  assert(later.length > 0);
  for (const ms of later.slice(tried.late ?? 0)) {
    const seen = `requests ${later.join(", ")} ms after the crossing at ${
      new Date(atMs).toISOString()
    }`;
    assertGreaterOrEqual(ms, resetsAt * 1000 - atMs, `${seen}\n${held.log}`);
  }
}

codexTest(
  "a held turn makes exactly the requests of the same turn unheld, none before the reset",
  async (t) => {
    const concurrent = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
    const left = [
      codeMode,
      subAgents,
      codeModeAgents,
      plain,
      parallel,
      compaction,
      remoteCompaction,
      review,
      goal,
      queue,
      olderCodeMode,
    ];
    const work = async () => {
      for (let each = left.shift(); each; each = left.shift()) {
        const tried = each;
        const { name, ignore } = tried;
        await t.step({ name, ignore, fn: () => check(tried), ...concurrent });
      }
    };
    // They mostly wait, so several at once.
    await Promise.all(Array.from({ length: 3 }, work));
  },
);
