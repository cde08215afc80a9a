import type { Limits } from "../../lib/harness/player.ts";
import { signalChild } from "../../lib/process/signal_child.ts";
import { hookScript } from "../../lib/harness/hook_script.ts";
import { BINARY, type Sandbox } from "../../tests/support/sandbox.ts";

/** What stands on the stdin of a hook. */
export const HOOK_INPUT = JSON.stringify({
  hook_event_name: "PreToolUse",
  tool_name: "Bash",
  cwd: "/",
});

export async function output(program: string, args: string[], env?: Record<string, string>) {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, env }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  return { stdout: text, stderr: new TextDecoder().decode(stderr) };
}

/** CPU time of living processes, all threads, in milliseconds. */
function cpuOf(pids: number[]): number {
  let ns = 0;
  for (const pid of pids) {
    try {
      for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
        ns += Number(Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ")[0]);
      }
    } catch {
      // It has ended.
    }
  }
  return ns / 1e6;
}

/** CPU time in percent of what passes. */
export async function cpuPercent(pids: number[], seconds: number): Promise<number> {
  const before = cpuOf(pids);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return (cpuOf(pids) - before) / seconds / 10;
}

export function pssOf(pid: number): number {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    return Number(/^Pss:\s+(\d+)/m.exec(text)![1]) / 1024;
  } catch {
    return 0;
  }
}

export function hookIn(box: Sandbox): string {
  const hook = `${box.root}/hook`;
  Deno.writeTextFileSync(hook, hookScript(BINARY, box.stateDir), { mode: 0o700 });
  return hook;
}

/**
 * Calls a hook as Codex does, and waits for it.
 *
 * @param options What stands on its stdin, and what ends it early.
 */
export async function callHook(
  box: Sandbox,
  hook: string,
  args: string,
  { input = HOOK_INPUT, signal }: { readonly input?: string; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const child = new Deno.Command("bash", {
    args: ["-c", `'${hook}' ${args}`],
    env: box.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const end = () => signalChild(child, "SIGTERM");
  signal?.addEventListener("abort", end, { once: true });
  try {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // It was ended before it had read all.
  }
  await child.status;
  signal?.removeEventListener("abort", end);
}

/** What codexbar says of a quota. */
export function answerFor({ usedPercent, resetsAt }: Limits): unknown {
  const primary = { usedPercent, windowMinutes: 300, resetsAt: resetsAt.toISOString() };
  return [{ provider: "codex", source: "codex-cli", usage: { primary, secondary: null } }];
}
