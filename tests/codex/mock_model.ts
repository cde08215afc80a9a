/** One request that Codex sent to the model. */
export interface ModelRequest {
  /** Wall clock, milliseconds since 1970. */
  readonly atMs: number;
  readonly body: RequestBody;
}

interface RequestBody {
  readonly input: readonly { readonly type?: string; readonly call_id?: string }[];
  readonly tools?: readonly { readonly name?: string; readonly type?: string }[];
}

/** A model on loopback that answers as a script says. */
export interface MockModel extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly ModelRequest[];
}

/** What the mock model is to do in each conversation. */
export interface MockModelOptions {
  /** Shell commands that the model asks for, one a request, before its final message. */
  readonly commands?: readonly string[];
  /** Called with the number of each request, from 1 on; the answer waits for it. */
  readonly beforeAnswer?: (request: number) => Promise<void>;
  /** More headers of each answer; the real backend tells rate limits in such. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Starts a model that speaks OpenAI's Responses API as far as Codex needs it: server-sent events,
 * first a call of the shell tool for each command, then a message.
 */
export function startMockModel(
  { commands = [], beforeAnswer, headers }: MockModelOptions = {},
): MockModel {
  const requests: ModelRequest[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (request.method !== "POST") return Response.json({ data: [], models: [] });
    const body = await request.json() as RequestBody;
    requests.push({ atMs: Date.now(), body });
    await beforeAnswer?.(requests.length);
    const answered = body.input.filter(({ type }) => type?.endsWith("_call_output")).length;
    const command = commands[answered];
    const item = command === undefined ? message("Done.") : shellCall(body, answered, command);
    return new Response(events(item, requests.length), {
      headers: { "content-type": "text/event-stream", ...headers },
    });
  });
  return {
    port: server.addr.port,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
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

/** Which tool runs commands depends on Codex's version and on the model that it believes in. */
function shellCall(body: RequestBody, index: number, command: string): unknown {
  const names = (body.tools ?? []).map(({ name, type }) => name ?? type);
  const call = { type: "function_call", id: `fc_${index}`, call_id: `call_${index}` };
  if (names.includes("exec_command")) {
    const args = { cmd: command, yield_time_ms: 10_000 };
    return { ...call, name: "exec_command", arguments: JSON.stringify(args) };
  }
  if (names.includes("shell_command")) {
    return { ...call, name: "shell_command", arguments: JSON.stringify({ command }) };
  }
  const args = { command: ["sh", "-c", command] };
  return { ...call, name: "shell", arguments: JSON.stringify(args) };
}

function events(item: unknown, number: number): string {
  const id = `resp_${number}`;
  const usage = {
    input_tokens: 1,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 1,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 2,
  };
  return [
    { type: "response.created", response: { id } },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id, usage } },
  ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}
