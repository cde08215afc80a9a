import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { Sandbox } from "../../support/sandbox.ts";

/** Loads the plugin as OpenCode does, and makes some requests; prints what came of each. */
const HARNESS = `
  const { QuotaSentry } = await import(Deno.args[0]);
  const hooks = await QuotaSentry({ client: { tui: { showToast: () => { throw new Error("no"); } } } });
  const { provider = "openai", agent = "build" } = JSON.parse(Deno.args[1]);
  const said = await hooks["chat.params"]({ sessionID: "ses_1", agent, provider: { id: provider } }, {})
    .then(() => "goes on", (error) => error.message);
  hooks.event({ event: { type: "session.error" } });
  console.log(said);
  Deno.exit();
`;

/** A sandbox in which our plugin calls a program that behaves so. */
async function pluginOf(box: Sandbox, behaviour: string, args: readonly string[] = []) {
  const program = box.executable(
    "guard",
    `#!/bin/sh\necho "$*" >>'${box.root}/called'\n[ "$1" = guard ] || exit 0\n${behaviour}\n`,
  );
  await box.run(["install-hook", "opencode", `--script-path=${program}`, ...args]);
  const auth = join(box.home, ".local/share/opencode/auth.json");
  Deno.mkdirSync(dirname(auth), { recursive: true });
  Deno.writeTextFileSync(auth, JSON.stringify({ openai: { type: "oauth" } }));
  return program;
}

async function request(box: Sandbox, of: { provider?: string; agent?: string } = {}) {
  const plugin = join(box.home, ".config/opencode/plugin/quota-sentry.js");
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", HARNESS, plugin, JSON.stringify(of)],
    env: { ...box.env, NO_COLOR: "1" },
    clearEnv: true,
    cwd: box.home,
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trim();
}

/** What the guard was called with; what starts the daemon is not waited for. */
function guards(box: Sandbox): string[] {
  try {
    return Deno.readTextFileSync(`${box.root}/called`).split("\n")
      .filter((line) => line.startsWith("guard"));
  } catch {
    return [];
  }
}

/** An open gate, whose daemon is this process. */
function openGate(box: Sandbox, word = "open", seconds = 60): void {
  Deno.mkdirSync(box.stateDir, { recursive: true, mode: 0o700 });
  const gate = join(box.stateDir, "quota-sentry.gate");
  Deno.writeTextFileSync(gate, `${word} ${Deno.pid}\n`);
  Deno.utimeSync(gate, new Date(), new Date(Date.now() + seconds * 1000));
}

Deno.test("OpenCode's plugin asks the guard where the gate is not open, and reads its denial", async () => {
  await using box = new Sandbox();
  await pluginOf(box, `echo '{"decision":"block","reason":"spent"}'`);
  assertEquals(await request(box), "spent");
  const call = `guard --on=request --no-notify --state-dir=${box.stateDir} --hold=new`;
  assertEquals(guards(box), [call]);
});

Deno.test("OpenCode's plugin starts nothing while the gate is open, for a title, and for a key", async () => {
  await using box = new Sandbox();
  await pluginOf(box, `echo '{"decision":"block","reason":"spent"}'`);
  assertEquals(await request(box, { agent: "title" }), "goes on");
  assertEquals(await request(box, { provider: "anthropic" }), "goes on");
  assertEquals(await request(box, { provider: "another" }), "goes on");
  assertEquals(await request(box, { provider: "constructor" }), "goes on");
  openGate(box);
  assertEquals(await request(box), "goes on");
  assertEquals(guards(box), []);
  // One that is too old says nothing.
  openGate(box, "open", -1);
  assertEquals(await request(box), "spent");
});

Deno.test("OpenCode's plugin fails open, whatever becomes of the program", async () => {
  await using box = new Sandbox();
  for (const behaviour of ["kill -SEGV $$", "head -c 5000 /dev/urandom", "echo '[1]'"]) {
    await pluginOf(box, behaviour);
    assertEquals(await request(box), "goes on", behaviour);
  }
  Deno.removeSync(await pluginOf(box, "exit 0", ["--direct"]));
  assertEquals(await request(box), "goes on");
});
