import type { DeadSession } from "./dead_session.ts";
import { type Sandbox, until } from "./sandbox.ts";
import { findTool, SCRIPT } from "./tools.ts";
import { copyProgram } from "./programs.ts";

/** How the fake Codex's queue is. */
export interface FakeQueueOptions {
  /** How long `codex queue` takes, and a message until it begins its turn, in seconds. */
  readonly queueSeconds?: number;
  readonly turnSeconds?: number;
  /**
   * What begins the turn; `user` is somebody who typed in the same moment, `old` a Codex that does not
   * say what it was.
   */
  readonly trigger?: "queue" | "user" | "old" | "none";
}

/**
 * Puts a fake Codex on PATH that has a queue, and says as much of it as the real one does. Each message
 * begins a turn: a line in the session's file, which ends the death.
 */
export function fakeCodexQueue(box: Sandbox, options: FakeQueueOptions = {}): void {
  const { queueSeconds = 0, turnSeconds = 0, trigger = "queue" } = options;
  const queue = `${box.root}/messages`;
  Deno.mkdirSync(queue, { recursive: true });
  const started = `{"timestamp":"2026-01-02T03:04:05.000Z","type":"event_msg","payload":` +
    (trigger === "old"
      ? '{"type":"task_started"}}'
      : `{"type":"task_started","turn_attribution":{"turn_trigger":"${trigger}"}}}`);
  box.executable(
    "codex",
    `#!/bin/sh
queue='${queue}'
answer() { printf '{"id":"%s","result":%s}\\n' "$1" "$2"; }
case $1 in
  --version) echo "codex-cli 0.169.0" ;;
  queue)
    thread=$3
    sleep ${queueSeconds}
    id=01a20009-0000-7000-8000-$(date +%N)000
    printf '%s\\n' "$4" >>"$queue/sent.$thread"
    echo "$id" >"$queue/waits.$thread"
    echo "Queued message $id for thread $thread."
    file=$(ls ${box.codexHome}/sessions/*/*/*/rollout-*"$thread".jsonl)
    # Not a child of the queue's: who has the session open runs it.
    [ ${trigger} = none ] || setsid sh -c '
      : >"$3.apart"
      sleep ${turnSeconds}
      [ ${trigger} = user ] || rm -f "$3"
      printf "%s\\n" "$1" >>"$2"
    ' sh '${started}' "$file" "$queue/waits.$thread" </dev/null >/dev/null 2>&1 &
    # Until then it is in this group, which is killed when this has ended.
    [ ${trigger} = none ] || until [ -e "$queue/waits.$thread.apart" ]; do sleep 0.02; done
    ;;
  app-server)
    while read -r line; do
      id=\${line#*'"id":"'}
      id=\${id%%'"'*}
      thread=\${line#*'"threadId":"'}
      thread=\${thread%%'"'*}
      case $line in
        *'"initialize"'*) answer "$id" '{"userAgent":"quota-sentry/0.169.0 (test)"}' ;;
        *queue/list*)
          if [ -e "$queue/waits.$thread" ]; then answer "$id" '{"data":[{"id":"x"}]}'
          else answer "$id" '{"data":[]}'; fi ;;
        *queue/delete*)
          if rm "$queue/waits.$thread"; then answer "$id" '{"deleted":true}'
          else answer "$id" '{"deleted":false}'; fi ;;
        *goal/get*) answer "$id" '{"goal":null}' ;;
        *'"id":"'*) printf '{"id":"%s","error":{"message":"not known"}}\\n' "$id" ;;
      esac
    done ;;
esac
`,
  );
}

/** The messages that a session was sent. */
export function sentTo(box: Sandbox, { id }: DeadSession): string[] {
  try {
    const text = Deno.readTextFileSync(`${box.root}/messages/sent.${id}`);
    return text.split("\n").filter((line) => line !== "");
  } catch {
    return [];
  }
}

/** Sessions that are open in a terminal, as far as can be seen from outside: one process for all. */
export async function openInTerminal(
  box: Sandbox,
  sessions: readonly DeadSession[],
): Promise<Deno.ChildProcess> {
  const locks = `${box.codexHome}/thread-writer-locks`;
  Deno.mkdirSync(locks, { recursive: true });
  // A process is known by its program, so this is one of that name.
  const program = `${box.root}/terminal/codex`;
  Deno.mkdirSync(`${box.root}/terminal`, { recursive: true });
  copyProgram(Deno.realPathSync(findTool("sleep")!), program);
  const opened = sessions.map(({ id }, index) => {
    Deno.writeTextFileSync(`${locks}/${id}.lock`, "");
    return `${10 + index}<'${locks}/${id}.lock'`;
  });
  const child = box.adopt(
    new Deno.Command(SCRIPT!, {
      args: ["-qfec", `exec '${program}' 3600 ${opened.join(" ")}`, "/dev/null"],
      env: { ...box.env, SHELL: "/bin/bash" },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }),
  );
  await until(
    "it runs",
    () => box.processes().some(({ command }) => command.startsWith(`${program} 3600`)),
  );
  return child;
}
