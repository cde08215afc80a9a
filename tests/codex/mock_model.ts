/** One request that Codex sent to the model. */
export interface ModelRequest {
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly body: RequestBody;
  /** What Codex says it is for; "turn" or "compaction", and others. */
  readonly kind: string;
  /** The conversation that it belongs to; each sub-agent has its own. */
  readonly threadId: string;
  /** The conversation that started this one, for a sub-agent. */
  readonly parentThreadId: string | undefined;
  /** Which request of its conversation it is, from 1 on. */
  readonly number: number;
  /** How it was answered, once it was: 200, or 429 at the wall. */
  status?: number;
}

interface RequestBody {
  readonly input: readonly InputItem[];
  readonly tools?: readonly Tool[];
}

interface InputItem {
  readonly type?: string;
  readonly call_id?: string;
  readonly output?: unknown;
  readonly tools?: readonly Tool[];
}

interface Tool {
  readonly name?: string;
  readonly type?: string;
  readonly tools?: readonly Tool[];
}

/** A model on loopback that answers as a script says. */
export interface MockModel extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly ModelRequest[];
}

/** What an answer asks Codex to do, or says. */
export type Item =
  /** A command for whichever tool runs commands. */
  | { readonly shell: string }
  /** JavaScript, for a model in code mode. */
  | { readonly code: string }
  /** Any other tool. */
  | { readonly tool: string; readonly args: unknown }
  | { readonly say: string };

/** The model's answer to one request. */
export interface Answer {
  /** Several calls are made at once. */
  readonly items: readonly Item[];
  /** What the conversation has grown to; Codex compacts a large one. */
  readonly tokens?: number;
}

/** What the backend says of the 5-hour window; at 100 it refuses. */
export interface Limits {
  readonly usedPercent: number;
  /** Seconds since 1970. */
  readonly resetsAt: number;
}

/** What the mock model is to do in each conversation. */
export interface MockModelOptions {
  /** Shell commands that the model asks for, one a request, before its final message. */
  readonly commands?: readonly string[];
  /** What to answer, in place of `commands`; a compaction is answered without asking. */
  readonly script?: (request: ModelRequest) => Answer;
  /** Called with the number of each request, from 1 on; the answer waits for it. */
  readonly beforeAnswer?: (number: number, request: ModelRequest) => Promise<void>;
  /** More headers of each answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The limits that are told with the answer to a request, as the real backend does. */
  readonly limits?: (request: ModelRequest) => Limits;
}

/**
 * Starts a model that speaks OpenAI's Responses API as far as Codex needs it: server-sent events,
 * first a call of the shell tool for each command, then a message.
 */
export function startMockModel(options: MockModelOptions = {}): MockModel {
  const { commands = [], beforeAnswer, headers, limits } = options;
  const requests: ModelRequest[] = [];
  const script = options.script ?? (({ body }: ModelRequest) => {
    const answered = body.input.filter(({ type }) => type?.endsWith("_call_output")).length;
    const command = commands[answered];
    return { items: [command === undefined ? { say: "Done." } : { shell: command }] };
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method !== "POST") return Response.json({ data: [], models: [] });
    // The backend of a login gets other things too.
    if (!request.url.endsWith("/responses")) return new Response(null, { status: 404 });
    const received = receive(request.headers, await request.json(), requests);
    requests.push(received);
    await beforeAnswer?.(requests.length, received);
    const told = limits?.(received);
    const all = { ...headers, ...(told && limitHeaders(told)) };
    received.status = told && told.usedPercent >= 100 ? 429 : 200;
    if (told && received.status === 429) return refusal(told, all);
    return new Response(events(received, script, requests.indexOf(received) + 1), {
      headers: { "content-type": "text/event-stream", ...all },
    });
  });
  return {
    port: server.addr.port,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function receive(
  headers: Headers,
  body: RequestBody,
  earlier: readonly ModelRequest[],
): ModelRequest {
  const metadata = JSON.parse(headers.get("x-codex-turn-metadata") ?? "{}");
  const threadId = headers.get("thread-id") ?? headers.get("session-id") ??
    headers.get("session_id") ?? "";
  return {
    atMs: Date.now(),
    body,
    kind: metadata.request_kind ?? "turn",
    threadId,
    parentThreadId: headers.get("x-codex-parent-thread-id") ?? undefined,
    number: earlier.filter((each) => each.threadId === threadId).length + 1,
  };
}

function limitHeaders({ usedPercent, resetsAt }: Limits): Record<string, string> {
  return {
    "x-codex-primary-used-percent": String(usedPercent),
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": String(resetsAt),
    "x-codex-secondary-used-percent": "40",
    "x-codex-secondary-window-minutes": "10080",
    "x-codex-secondary-reset-at": String(resetsAt + 200_000),
  };
}

/** What the real backend answers at the wall. */
function refusal({ resetsAt }: Limits, headers: Record<string, string>): Response {
  const error = {
    type: "usage_limit_reached",
    message: "The usage limit has been reached",
    plan_type: "plus",
    resets_at: resetsAt,
    resets_in_seconds: Math.max(0, Math.ceil(resetsAt - Date.now() / 1000)),
  };
  return Response.json({ error }, { status: 429, headers });
}

function message(text: string): unknown {
  return {
    type: "message",
    id: "msg_1",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

function outputItem(item: Item, body: RequestBody, callId: string): unknown {
  if ("say" in item) return message(item.say);
  if ("code" in item) {
    return { type: "custom_tool_call", name: "exec", call_id: callId, input: item.code };
  }
  if ("tool" in item) return toolCall(body, item.tool, item.args, callId);
  return shellCall(body, item.shell, callId);
}

/** Some models get their tools with the input. */
function toolsOf(body: RequestBody): Tool[] {
  return [...body.tools ?? [], ...body.input.flatMap(({ tools }) => tools ?? [])];
}

function toolCall(body: RequestBody, name: string, args: unknown, callId: string): unknown {
  const namespace = toolsOf(body).find(({ type, tools }) =>
    type === "namespace" && tools?.some((tool) => tool.name === name)
  )?.name;
  const call = { type: "function_call", id: `fc_${callId}`, call_id: callId, name };
  return { ...call, ...(namespace && { namespace }), arguments: JSON.stringify(args) };
}

/** Which tool runs commands depends on Codex's version and on the model that it believes in. */
function shellCall(body: RequestBody, command: string, callId: string): unknown {
  const names = toolsOf(body).map(({ name, type }) => name ?? type);
  if (names.includes("exec_command")) {
    return toolCall(body, "exec_command", { cmd: command, yield_time_ms: 10_000 }, callId);
  }
  if (names.includes("shell_command")) return toolCall(body, "shell_command", { command }, callId);
  return toolCall(body, "shell", { command: ["sh", "-c", command] }, callId);
}

function events(
  request: ModelRequest,
  script: (request: ModelRequest) => Answer,
  number: number,
): string {
  const { body, parentThreadId } = request;
  // A sub-agent can be given its parent's calls, and must not mistake them for its own.
  const call = `call_${parentThreadId ? "child_" : ""}${request.number}`;
  const { items, tokens = 2 } = request.kind === "compaction" ? SUMMARY : script(request);
  // A login compacts in the backend, which gives back what only it can read.
  const output = body.input.at(-1)?.type === "compaction_trigger"
    ? [{ type: "compaction", encrypted_content: btoa("summary") }]
    : items.map((item, index) => outputItem(item, body, `${call}_${index}`));
  const id = `resp_${number}`;
  const usage = {
    input_tokens: tokens - 1,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 1,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: tokens,
  };
  return [
    { type: "response.created", response: { id } },
    ...output.map((item, index) => ({
      type: "response.output_item.done",
      output_index: index,
      item,
    })),
    { type: "response.completed", response: { id, usage } },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

const SUMMARY: Answer = { items: [{ say: "All that was done." }] };
