import { assertEquals, assertMatch } from "@std/assert";
import { dirname } from "@std/path";
import { hookScript } from "../../lib/harness/hook_script.ts";
import { FAKE_CODEX } from "../support/fake_codex.ts";
import { assertGoesOn, Held } from "../support/held.ts";
import { CAN_BE_WITHOUT_PROC, likeMacOs } from "../support/macos.ts";
import {
  assertComesTo,
  BINARY,
  CODEXBAR,
  finish,
  readText,
  Sandbox,
  until,
  usage,
} from "../support/sandbox.ts";
import { writeProgram } from "../support/programs.ts";

/* The scripts that are shipped, as they run on macOS: the other side of what differs by system. */

/** The sh of macOS is bash, 3.2 of it, in this mode. */
const SHELL = "/bin/bash --posix";

const ignore = !CAN_BE_WITHOUT_PROC;

Deno.test({
  name: "like macOS: the hook script waits without a runtime, and finds the harness above a shell",
  ignore,
  fn: async () => {
    await using box = await Held.begin();
    const { without, within, refused } = likeMacOs(box);
    const program = box.executable("in-proc", within(BINARY));
    box.hook = `${box.root}/named-hook`;
    writeProgram(box.hook, hookScript(program, box.stateDir), 0o700);
    const call = box.call({ shell: `'${without}' ${SHELL}` });
    await box.listening(1);
    // Where nobody can see where it works, it says so.
    assertMatch(readText(`${box.stateDir}/queue/0.place`)!, /^\d+ \S+\.wake 20\S+Z \? \? \/\n$/);
    // A shell that stays in between, as with a hook's command of two.
    const command = `${SHELL} '${box.hook}' guard --state-only; :`;
    const harness = box.executable(
      "harness",
      `#!/bin/sh\necho $$ >'${box.root}/pid'\n/bin/bash -c "${command}"\nexit 0\n`,
    );
    box.hurry();
    const orphan = box.call({ before: `'${without}' '${harness}'; exit;` });
    await box.listening(2);
    Deno.kill(Number(readText(`${box.root}/pid`)), "SIGKILL");
    await until("it has noticed", () => box.log.includes("let go: the caller has ended"));
    await orphan.ended;
    box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
    await assertGoesOn(call);
    await assertComesTo(() => [box.queue, box.sleeping, refused()], [[], [], ""]);
  },
});

Deno.test({
  name: "like macOS: a run that died goes on with the session that it had open",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const { without, within, refused } = likeMacOs(box);
    Deno.copyFileSync(`${dirname(BINARY)}/quota-sentry-run`, `${box.bin}/quota-sentry-run`);
    box.executable("quota-sentry", within(BINARY));
    // It is no part of what is tried; npm's is a child of another program.
    const codex = box.executable("codex-0", FAKE_CODEX.replace("\n", "\nPATH=/usr/bin:/bin\n"));
    box.executable("codex", `#!/bin/sh\n'${codex}' "$@"\nexit $?\n`);
    box.codexbar(CODEXBAR.answers, usage({ used: 3, resetInSeconds: 18_000 }));
    box.configure({ follow: false });
    await box.run(["start", "--interval-seconds=1"]);
    const plan = `${box.root}/plan`;
    Deno.mkdirSync(`${plan}/tmp`, { recursive: true });
    Deno.writeTextFileSync(`${plan}/calls`, "");
    Deno.writeTextFileSync(`${plan}/outcomes`, "wall\nok\n");
    const session = "01a20000-0000-7000-8000-0000000000a1";
    const run = box.adopt(
      new Deno.Command(without, {
        args: [...SHELL.split(" "), `${box.bin}/quota-sentry-run`, "--", "codex", "exec", "p"],
        cwd: box.home,
        env: { ...box.env, TMPDIR: `${plan}/tmp`, PLAN: plan, SESSION: session },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    );
    const { code, stdout, stderr } = await finish(run);
    assertEquals([code, stdout, refused()], [0, "Done.\n", ""], stderr);
    assertEquals(readText(`${plan}/calls`)!.split("\n").slice(0, 2), [
      "exec p",
      `exec resume ${session} Please go on where you stopped.`,
    ]);
    assertEquals([...Deno.readDirSync(`${plan}/tmp`)], []);
  },
});
