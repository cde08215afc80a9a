import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CODEX } from "./codex/session.ts";
import { assertComesTo, BINARY, finish, Sandbox } from "./support/sandbox.ts";
import { findTool } from "./support/tools.ts";

const SMOKE = fromFileUrl(new URL("../scripts/smoke", import.meta.url));

/** Runs the script as somebody would who has nothing else of the repository. */
async function smoke(box: Sandbox, program: string) {
  const script = box.executable("smoke", Deno.readTextFileSync(SMOKE));
  return await finish(
    box.adopt(
      new Deno.Command(script, {
        args: [program],
        cwd: box.home,
        env: { ...box.env, QUOTA_SENTRY_SMOKE_SPEED: "3600" },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    ),
  );
}

Deno.test("smoke: the program passes, with a real turn of Codex where there is one; nothing is left", async () => {
  await using box = new Sandbox();
  if (CODEX !== undefined) {
    Deno.symlinkSync(CODEX, `${box.bin}/codex`);
    Deno.symlinkSync(Deno.realPathSync(findTool("node")!), `${box.bin}/node`);
  }
  const { code, stdout, stderr } = await smoke(box, BINARY);
  assertEquals([code, stderr], [0, ""], stdout);
  const words = stdout.split("\n").map((line) => line.split(/ +/)[0]);
  assertEquals(words.filter((word) => word === "skipped").length, CODEX === undefined ? 1 : 0);
  assertEquals(words.filter((word) => word === "ok").length, CODEX === undefined ? 8 : 9);
  assertEquals([...Deno.readDirSync(box.root)].map(({ name }) => name).toSorted(), ["bin", "home"]);
  assertEquals([...Deno.readDirSync(box.home)], []);
  await assertComesTo(() => box.processes(), []);
});

/** What the program says of its permissions. */
const PERMISSIONS =
  '{"allow_net":null,"allow_ffi":null,"allow_write":["."],"prompt":false,"allow_run":["codex"]}';

Deno.test("smoke: a program that may do more, or does less, is found out", async () => {
  for (
    const [breaks, permissions, complaint] of [
      [
        "version) echo quota-sentry 1 ;;",
        PERMISSIONS,
        "version: this is not a compiled quota-sentry",
      ],
      ["-) ;;", "", "nothing of permissions"],
      ["-) ;;", PERMISSIONS.replace("null", "[]"), 'does not say "allow_net":null'],
      ["-) ;;", PERMISSIONS.replace('"."', '"/"'), 'does not say "allow_write":["."]'],
      ["-) ;;", PERMISSIONS.replace('"codex"', '"codex","sh"'), "it may run sh"],
      ["files) cat >../elsewhere/file; exit 1 ;;", PERMISSIONS, "and wrote elsewhere all the same"],
      ["poll) echo open: 42%; exit 0 ;;", PERMISSIONS, "exited with 0, not 10"],
    ] as const
  ) {
    await using box = new Sandbox();
    const program = box.executable(
      "quota-sentry",
      `#!/bin/sh\ncase $1 in\n  ${breaks}\n  *) exec '${BINARY}' "$@" ;;\nesac\nexit\n${permissions}\n`,
    );
    const { code, stderr } = await smoke(box, program);
    assertEquals(code, 1, breaks);
    assertStringIncludes(stderr, complaint);
    const left = [...Deno.readDirSync(box.root)].map(({ name }) => name).toSorted();
    assertEquals(left, ["bin", "home"]);
  }
});
