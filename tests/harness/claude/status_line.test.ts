import { assert, assertEquals } from "@std/assert";
import { statusLineScript } from "../../../lib/harness/claude/status_line.ts";
import { toldIn } from "../../../lib/harness/claude/quota/told.ts";
import { finish, readText, Sandbox } from "../../support/sandbox.ts";
import { findTool } from "../../support/tools.ts";

const SESSION = "7f905b24-dc6f-4803-8c84-6fcbf57b32e9";

/** What Claude Code gives its status line (2.1.197), as far as it matters here. */
function input({ asked = 111, used = 50.5, limits = true, session = SESSION } = {}): string {
  return JSON.stringify({
    session_id: session,
    transcript_path: `/home/ann/"rate_limits":{"x":{}}/${SESSION}.jsonl`,
    cost: { total_cost_usd: 0, total_api_duration_ms: asked, total_lines_added: 0 },
    thinking: { enabled: true },
    ...(limits && {
      rate_limits: {
        five_hour: { used_percentage: used, resets_at: 1795695946 },
        seven_day: { used_percentage: 17, resets_at: 1795895946 },
      },
    }),
  });
}

/** A sandbox with the script. */
class Line extends Sandbox {
  readonly script: string;

  constructor(own?: string) {
    super("quota-sentry-claude");
    Deno.mkdirSync(this.stateDir, { recursive: true, mode: 0o700 });
    this.script = this.executable(
      "line",
      statusLineScript({ program: "/nowhere", stateDirectory: this.stateDir, own }),
    );
  }

  /** Has it draw the line, as Claude Code does. */
  async draw(text: string, shell = ["/bin/sh"]) {
    const child = this.adopt(
      new Deno.Command(shell[0]!, {
        args: [...shell.slice(1), this.script],
        env: this.env,
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }),
    );
    return await finish(child, text);
  }

  get told(): string | undefined {
    return readText(`${this.stateDir}/statusline/${SESSION}`);
  }
}

const SHELLS = ["sh", "bash", "dash", "zsh", "busybox"].flatMap((name) => {
  const path = findTool(name);
  return path === undefined ? [] : [[name, path] as const];
});

for (const [name, path] of SHELLS) {
  Deno.test(`status line in ${name}: hands on the limits, and shows the user's own line`, async () => {
    const own = `cat >"$HOME/got"; printf '%s' "it's "; echo '$HOME'; echo odd >&2; exit 3`;
    await using box = new Line(own);
    const text = `${input()}\n\n`;
    const shell = name === "busybox" ? [path, "sh"] : [path];
    const { code, stdout, stderr } = await box.draw(text, shell);
    assertEquals([code, stdout, stderr], [3, "it's $HOME\n", "odd\n"]);
    assertEquals(readText(`${box.home}/got`), text);
    const told = toldIn(`${box.stateDir}/statusline/${SESSION}`);
    assertEquals(told?.kind === "windows" && told.windows[0]!.usedPercent, 50.5);
  });
}

/** What users' programs do, as sh. */
const OWN: Record<string, string> = {
  "much output": "head -c 300000 /dev/zero | tr '\\0' x",
  "colours, and several lines without an end": "printf '\\033[31mred\\033[0m\\n\\n two \\\\'",
  "no output": "true",
  "a failure": "echo half; exit 1",
  "a program that is not there": "/nowhere/line --flag",
  "no interest in its input": "exec <&-; echo mine",
};

for (const [name, own] of Object.entries(OWN)) {
  Deno.test(`status line: the user's own with ${name} is shown as it would be without us`, async () => {
    await using box = new Line(own);
    const direct = box.adopt(
      new Deno.Command("/bin/sh", {
        args: ["-c", own],
        env: box.env,
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }),
    );
    const { ms: _, ...expected } = await finish(direct, input());
    const { ms: __, ...shown } = await box.draw(input());
    assertEquals(shown, expected);
    assertEquals(box.told?.startsWith("111 {"), true);
  });
}

Deno.test("status line: an answer that is shown again is as old as it was", async () => {
  await using box = new Line("true");
  const path = `${box.stateDir}/statusline/${SESSION}`;
  await box.draw(input());
  const long_ago = new Date("2026-01-01T00:00:00Z");
  Deno.utimeSync(path, long_ago, long_ago);
  await box.draw(input());
  assertEquals(toldIn(path)?.asOf, long_ago);
  // The same numbers, with another answer.
  await box.draw(input({ asked: 222 }));
  assert(toldIn(path)!.asOf > long_ago);
});

Deno.test("status line: a session that is resumed keeps what it was told, until it is told anew", async () => {
  await using box = new Line();
  await box.draw(input({ asked: 111 }));
  const told = box.told;
  assert(told?.startsWith("111 {"));
  // Claude Code counts on from what it asked before, and knows no limits yet.
  await box.draw(input({ asked: 111, limits: false }));
  assertEquals(box.told, told);
  await box.draw(input({ asked: 222, limits: false }));
  assertEquals(box.told, "222 none\n");
});

Deno.test("status line: no limits before the first answer is nothing, and behind it none", async () => {
  await using box = new Line("true");
  await box.draw(input({ asked: 0, limits: false }));
  assertEquals(box.told, undefined);
  await box.draw(input({ limits: false }));
  assertEquals(box.told, "111 none\n");
});

Deno.test("status line: it says nothing and writes nowhere else, whatever it is given", async () => {
  await using box = new Line();
  for (
    const text of [
      "",
      "{",
      "x".repeat(300_000),
      input({ session: "../../x" }),
      input({ session: "" }),
    ]
  ) {
    const { code, stdout, stderr } = await box.draw(text);
    assertEquals([code, stdout, stderr], [0, "", ""]);
  }
  assertEquals([...Deno.readDirSync(box.stateDir)], []);
  Deno.removeSync(box.stateDir, { recursive: true });
  assertEquals((await box.draw(input())).stderr, "");
  assertEquals(readText(box.stateDir), undefined);
});

Deno.test({
  name: "status line: shellcheck finds nothing",
  ignore: findTool("shellcheck") === undefined,
  fn: async () => {
    await using box = new Line("true");
    const { stdout } = await new Deno.Command(findTool("shellcheck")!, { args: [box.script] })
      .output();
    assertEquals(new TextDecoder().decode(stdout), "");
  },
});

Deno.test("status line: a pipe, or a link to a device, in the place of its file keeps nobody", async () => {
  await using box = new Line("echo mine");
  Deno.mkdirSync(`${box.stateDir}/statusline`);
  const file = `${box.stateDir}/statusline/${SESSION}`;
  await new Deno.Command("mkfifo", { args: [file] }).output();
  assertEquals((await box.draw(input())).stdout, "mine\n");
  Deno.removeSync(file);
  Deno.symlinkSync("/dev/full", file);
  assertEquals((await box.draw(input())).stdout, "mine\n");
  Deno.removeSync(file);
  await box.draw(input());
  assertEquals(toldIn(file)?.kind, "windows");
});
