import { assert, assertEquals, assertMatch } from "@std/assert";
import { BINARY, iso, Sandbox } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";

const ENV = { LANG: "C.UTF-8" };

Deno.test("prompt: a few characters, by the short way and with options, and no error ever", async () => {
  await using box = new Sandbox();
  const shown = async (args: string[], env: Record<string, string> = ENV) => {
    const { code, stdout, stderr } = await box.run(["prompt", ...args], { env });
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };
  assertEquals(await shown([]), "quota ?\n");
  box.writeState({ status: "open", usedPercent: 72, windowMinutes: 300, resetsAt: iso(4320) });
  assertEquals(await shown([]), "5h 72% ↻1h12m\n");
  assertEquals(await shown([`--state-dir=${box.stateDir}`]), "5h 72% ↻1h12m\n");
  assertEquals(await shown(["--provider", "claude"]), "quota ?\n");
  assertEquals(await shown([], { LANG: "C" }), "5h 72% ~1h12m\n");
  assertEquals(await shown([], { CODEX_HOME: `${box.home}/other` }), "quota ?\n");
  assertEquals(await shown([], { HOME: "" }), "quota ?\n");
  // Others could say there what they like.
  Deno.chmodSync(box.stateDir, 0o777);
  assertEquals(await shown([]), "quota ?\n");
  assertEquals((await box.run(["prompt", "--nonsense"])).code, 64);
});

const STRACE = findTool("strace");

Deno.test({
  name: "prompt: it starts no process, and loads no library",
  ignore: STRACE === undefined,
  fn: async () => {
    await using box = new Sandbox();
    box.writeState({ status: "open", usedPercent: 72, windowMinutes: 300 });
    const trace = `${box.root}/trace`;
    await new Deno.Command(STRACE!, {
      args: ["-f", "-e", "trace=execve,openat", "-o", trace, BINARY, "prompt"],
      cwd: box.home,
      env: box.env,
      clearEnv: true,
      stdout: "null",
    }).output();
    const lines = Deno.readTextFileSync(trace).split("\n");
    assertEquals(lines.filter((line) => /execve\(/.test(line)).length, 1);
    // The state, the daemon's lock, the queue, the pause: more would be felt at every prompt.
    const ours = lines.filter((line) => line.includes(box.home));
    assert(ours.length < 8, ours.join("\n"));
  },
});

/** The snippets of docs/prompts.md, by the program that they are for. */
function snippet(name: string): string {
  const path = new URL("../../docs/prompts.md", import.meta.url);
  const text = new RegExp("```\\w+\\n# " + name + ".*\\n([^`]*)```")
    .exec(Deno.readTextFileSync(path))?.[1];
  assert(text !== undefined, `docs/prompts.md has no snippet for ${name}`);
  return text;
}

Deno.test("prompt: the documents' snippet for bash", async () => {
  await using box = new Sandbox();
  box.writeState({ status: "open", usedPercent: 72, windowMinutes: 300 });
  Deno.symlinkSync(BINARY, `${box.bin}/quota-sentry`);
  // An interactive bash writes its prompts to stderr.
  const child = new Deno.Command("bash", {
    args: ["--norc", "-i"],
    cwd: box.home,
    env: box.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`PS1='$ '\n${snippet("bash")}\ntrue\nexit\n`));
  await writer.close();
  assertMatch(new TextDecoder().decode((await child.output()).stderr), /\[5h 72%\] \$ true/);
});
