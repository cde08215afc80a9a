/** One request that OpenCode sent to the model. */
export interface ModelRequest {
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly body: RequestBody;
}

interface RequestBody {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly unknown[];
}

/** What an answer asks OpenCode to do, or says. */
export type Item =
  /** A command for its shell. */
  | { readonly shell: string }
  /** A sub-agent with this prompt. */
  | { readonly agent: string }
  /** That there is no answer, as at a limit, for so many seconds. */
  | { readonly limitSeconds: number }
  | { readonly say: string };

/** A model on loopback that answers as its script says. */
export interface MockModel extends AsyncDisposable {
  readonly port: number;
  readonly requests: ModelRequest[];
  /** What to answer; several items make several calls at once. A request waits for its answer. */
  script: (request: ModelRequest) => readonly Item[] | Promise<readonly Item[]>;
}

/** Starts a model that speaks the chat completions of OpenAI as far as OpenCode needs them. */
export function startMockModel(): MockModel {
  const requests: ModelRequest[] = [];
  const model = { requests, script: (): readonly Item[] => [{ say: "Done." }] };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method !== "POST") return Response.json({ data: [] });
    const received = { atMs: Date.now(), body: await request.json() };
    requests.push(received);
    return answer(requests.length, await result.script(received));
  });
  const result: MockModel = Object.assign(model, {
    port: server.addr.port,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
  return result;
}

/** The text that stands last in a request: a prompt, or what a tool came to. */
export function lastText({ body }: ModelRequest): string {
  const content = body.messages.at(-1)?.content;
  return typeof content === "string" ? content : JSON.stringify(content);
}

/** True for a request that gives the model what its tools came to. */
export function hasResults({ body }: ModelRequest): boolean {
  return body.messages.at(-1)?.role === "tool";
}

/** Answers the first request of a turn with these, and ends it with the next. */
export function once(...items: readonly Item[]): (request: ModelRequest) => readonly Item[] {
  return (request) => hasResults(request) ? [{ say: "Done." }] : items;
}

function answer(number: number, items: readonly Item[]): Response {
  const [limit] = items.flatMap((item) => "limitSeconds" in item ? [item.limitSeconds] : []);
  if (limit !== undefined) {
    const body = { error: { message: "Rate limit reached", type: "rate_limit_error" } };
    return Response.json(body, { status: 429, headers: { "retry-after": String(limit) } });
  }
  const calls = items.flatMap((item, index) => callOf(item, `call_${number}_${index}`, index));
  const content = items.flatMap((item) => "say" in item ? [item.say] : []).join("");
  const delta = {
    role: "assistant",
    content,
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  const reason = calls.length === 0 ? "stop" : "tool_calls";
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
  const chunk = (choice: unknown) => ({
    id: `chatcmpl-${number}`,
    object: "chat.completion.chunk",
    created: 1,
    model: "m1",
    choices: [choice],
    usage,
  });
  const chunks = [
    chunk({ index: 0, delta, finish_reason: null }),
    chunk({ index: 0, delta: {}, finish_reason: reason }),
  ];
  const events = [...chunks.map((each) => JSON.stringify(each)), "[DONE]"];
  return new Response(events.map((each) => `data: ${each}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream" },
  });
}

function callOf(item: Item, id: string, index: number): unknown[] {
  if ("say" in item || "limitSeconds" in item) return [];
  const [name, input] = "shell" in item
    ? ["bash", { command: item.shell, description: "a command" }]
    : ["task", { description: "part", prompt: item.agent, subagent_type: "general" }];
  return [{ index, id, type: "function", function: { name, arguments: JSON.stringify(input) } }];
}
