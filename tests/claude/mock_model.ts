/** One request that Claude Code sent to the model. */
export interface ModelRequest {
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly body: RequestBody;
  /** Which request it is, from 1 on. */
  readonly number: number;
}

interface RequestBody {
  readonly model?: string;
  readonly stream?: boolean;
  readonly system?: unknown;
  readonly messages: readonly Message[];
  readonly tools?: readonly { readonly name: string }[];
}

interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly content?: unknown;
}

/** What an answer asks Claude Code to do, or says. */
export type Item =
  /** A command for its shell. */
  | { readonly shell: string }
  /** An agent of its own with this prompt. */
  | { readonly agent: string }
  | { readonly say: string };

/** What the backend says of the windows, as a subscriber gets it; at 100 it refuses. */
export interface Limits {
  /** Percent of the 5-hour window. */
  readonly usedPercent: number;
  /** Seconds since 1970. */
  readonly resetsAt: number;
}

/** What the mock model is to do. */
export interface MockModelOptions {
  /** What to answer; an answer of several items makes several calls at once. */
  readonly script?: (request: ModelRequest) => readonly Item[];
  /** Called with each request; the answer waits for it. */
  readonly beforeAnswer?: (request: ModelRequest) => Promise<void>;
  /** The limits that are told with the answer to a request. */
  readonly limits?: (request: ModelRequest) => Limits;
}

/** A model on loopback that answers as a script says. */
export interface MockModel extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly ModelRequest[];
}

/**
 * Starts a model that speaks Anthropic's Messages API as far as Claude Code needs it. Without a script it
 * says `Done.`
 */
export function startMockModel(options: MockModelOptions = {}): MockModel {
  const { script = () => [{ say: "Done." }], beforeAnswer, limits } = options;
  const requests: ModelRequest[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/v1/messages") {
      await request.body?.cancel();
      return new Response(null, { status: request.method === "HEAD" ? 200 : 404 });
    }
    const body: RequestBody = await request.json();
    const received = { atMs: Date.now(), body, number: requests.length + 1 };
    requests.push(received);
    await beforeAnswer?.(received);
    const told = limits?.(received);
    const headers = told ? limitHeaders(told) : {};
    if (told && told.usedPercent >= 100) return refusal(told, headers);
    const message = messageOf(received, script(received));
    if (!body.stream) return Response.json(message, { headers });
    return new Response(events(message), {
      headers: { "content-type": "text/event-stream", ...headers },
    });
  });
  return { port: server.addr.port, requests, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** The texts that a user, or a tool, has given the model last. */
export function lastTexts({ body }: ModelRequest): string[] {
  const content = body.messages.findLast(({ role }) => role === "user")?.content ?? [];
  return typeof content === "string"
    ? [content]
    : content.map((block) =>
      block.text ?? (typeof block.content === "string" ? block.content : JSON.stringify(block))
    );
}

/** True for a request that gives the model what its tools came to. */
export function hasResults({ body }: ModelRequest): boolean {
  const content = body.messages.findLast(({ role }) => role === "user")?.content ?? [];
  return typeof content !== "string" && content.some(({ type }) => type === "tool_result");
}

/** Answers the first request of a turn with these, and ends it with the next. */
export function once(...items: readonly Item[]): (request: ModelRequest) => readonly Item[] {
  return (request) => hasResults(request) ? [{ say: "Done." }] : items;
}

const STATUS = "anthropic-ratelimit-unified";

function limitHeaders({ usedPercent, resetsAt }: Limits): Record<string, string> {
  const isSpent = usedPercent >= 100;
  const status = isSpent ? "rejected" : "allowed";
  return {
    [`${STATUS}-status`]: status,
    [`${STATUS}-reset`]: String(resetsAt),
    [`${STATUS}-representative-claim`]: "five_hour",
    [`${STATUS}-5h-status`]: status,
    [`${STATUS}-5h-utilization`]: String(usedPercent / 100),
    [`${STATUS}-5h-reset`]: String(resetsAt),
    [`${STATUS}-7d-status`]: "allowed",
    [`${STATUS}-7d-utilization`]: "0.17",
    [`${STATUS}-7d-reset`]: String(resetsAt + 200_000),
    ...(isSpent ? { "retry-after": String(Math.ceil(resetsAt - Date.now() / 1000)) } : {}),
  };
}

/** What the real backend answers at the wall. */
function refusal(_limits: Limits, headers: Record<string, string>): Response {
  const error = { type: "rate_limit_error", message: "This request would exceed your limit." };
  return Response.json({ type: "error", error }, { status: 429, headers });
}

interface Answer {
  readonly id: string;
  readonly content: readonly Content[];
  readonly stop_reason: string;
  readonly usage: unknown;
  readonly [key: string]: unknown;
}

type Content =
  | { readonly type: "text"; readonly text: string }
  | {
    readonly type: "tool_use";
    readonly id: string;
    readonly name: string;
    readonly input: unknown;
  };

function messageOf({ body, number }: ModelRequest, items: readonly Item[]): Answer {
  const content = items.map((item, index) => contentOf(item, body, `toolu_${number}_${index}`));
  return {
    id: `msg_${number}`,
    type: "message",
    role: "assistant",
    model: body.model ?? "mock",
    content,
    stop_reason: content.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 100,
      output_tokens: 10,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    },
  };
}

function contentOf(item: Item, { tools = [] }: RequestBody, id: string): Content {
  if ("say" in item) return { type: "text", text: item.say };
  if ("shell" in item) {
    const input = { command: item.shell, description: "a command" };
    return { type: "tool_use", id, name: "Bash", input };
  }
  // Its name depends on the version.
  const name = tools.some((tool) => tool.name === "Agent") ? "Agent" : "Task";
  const input = { description: "part", prompt: item.agent, subagent_type: "general-purpose" };
  return { type: "tool_use", id, name, input };
}

function events(message: Answer): string {
  const { content, stop_reason, usage } = message;
  return [
    { type: "message_start", message: { ...message, content: [], stop_reason: null } },
    ...content.flatMap((block, index) => [
      { type: "content_block_start", index, content_block: emptied(block) },
      { type: "content_block_delta", index, delta: deltaOf(block) },
      { type: "content_block_stop", index },
    ]),
    { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
    { type: "message_stop" },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

function emptied(block: Content): unknown {
  return block.type === "text" ? { ...block, text: "" } : { ...block, input: {} };
}

function deltaOf(block: Content): unknown {
  return block.type === "text"
    ? { type: "text_delta", text: block.text }
    : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
}
