import { assert, assertEquals, assertMatch } from "@std/assert";
import { SHARED } from "../lib/config/shared.ts";
import { BINARY, readText, Sandbox } from "./support/sandbox.ts";
import { findTool } from "./support/tools.ts";

/**
 * The build's permission flags, tried on a compiled program: the same flags with a program of the
 * test's own that tries everything that must fail.
 */
const PROBE = `
async function attempt(name, what) {
  try { await what(); console.log(name, "allowed"); }
  catch (error) { console.log(name, error.name); }
}
await attempt("write here", () => Deno.writeTextFile("here.txt", ""));
await attempt("write elsewhere", () => Deno.writeTextFile("../elsewhere.txt", ""));
await attempt("write absolute", () => Deno.writeTextFile(Deno.env.get("HOME") + "/absolute.txt", ""));
await attempt("connect", () => Deno.connect({ hostname: "127.0.0.1", port: 9 }));
await attempt("listen", () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
await attempt("fetch", () => fetch("http://127.0.0.1:9"));
await attempt("run sh", () => new Deno.Command("sh", { args: ["-c", "true"] }).output());
await attempt("run by path", () => new Deno.Command("/bin/true").output());
await attempt("signal", () => Deno.kill(Deno.ppid, "SIGCONT"));
await attempt("environment", () => Deno.env.get("SECRET"));
await attempt("all environment", () => Deno.env.toObject());
await attempt("who we are", () => Deno.uid());
await attempt("system", () => Deno.hostname());
await attempt("library", () => Deno.dlopen("libc.so.6", {}));
Deno.permissions.revokeSync({ name: "write" });
await attempt("write after dropping", () => Deno.writeTextFile("here.txt", ""));
`;

Deno.test("permissions: the flags of scripts/build allow nothing else", async () => {
  await using box = new Sandbox();
  const variables = Object.values(SHARED).map(({ variable }) => variable).join();
  const flags = (readText(new URL("../scripts/build", import.meta.url).pathname) ?? "")
    .replace("$settings", variables)
    .replace("$terminal", "NO_COLOR")
    .match(/^(write|read|env|run|sys)=(--allow-\S+)$/gm)!.map((line) => line.split(/=(.*)/s)[1]!);
  assertEquals(flags.length, 5);
  Deno.writeTextFileSync(`${box.root}/probe.js`, PROBE);
  const probe = `${box.root}/probe`;
  const compiled = await new Deno.Command(new URL("../scripts/deno", import.meta.url).pathname, {
    args: ["compile", "-q", "--no-check", "--no-config", "--no-npm", "--no-prompt"]
      .concat(flags, ["--output", probe, `${box.root}/probe.js`]),
  }).output();
  assert(compiled.success, new TextDecoder().decode(compiled.stderr));
  const { stdout } = await new Deno.Command(probe, {
    cwd: box.bin,
    env: { ...box.env, SECRET: "x" },
    clearEnv: true,
  }).output();
  const results = Object.fromEntries(
    new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split(/ (?=\S+$)/)),
  );
  assertEquals(results, {
    "write here": "allowed",
    "write elsewhere": "NotCapable",
    "write absolute": "NotCapable",
    connect: "NotCapable",
    listen: "NotCapable",
    fetch: "NotCapable",
    "run sh": "NotCapable",
    "run by path": "NotCapable",
    signal: "NotCapable",
    environment: "NotCapable",
    "all environment": "NotCapable",
    "who we are": "allowed",
    system: "NotCapable",
    library: "NotCapable",
    "write after dropping": "NotCapable",
  });
});

/** It changes files for the process that has started it. */
const CALLER = `--caller=${Deno.pid}`;

Deno.test("permissions: the binary itself cannot be made to write elsewhere", async () => {
  await using box = new Sandbox();
  for (const name of ["../elsewhere", `${"../".repeat(20)}${box.root.slice(1)}/elsewhere`]) {
    const args = ["files", "write", name, "600", CALLER, "--length=1"];
    const { code, stderr } = await box.run(args, { stdin: "x" });
    assertEquals(code, 1);
    assertMatch(stderr, /write access/);
  }
  assertEquals(readText(`${box.root}/elsewhere`), undefined);
});

const STRACE = findTool("strace");

Deno.test({
  name: "permissions: every command but the writers gives up writing before it does anything",
  ignore: STRACE === undefined,
  fn: givesUpWriting,
});

async function givesUpWriting() {
  await using box = new Sandbox();
  const trace = `${box.root}/trace`;
  for (const args of [["status"], ["guard", "--state-only"], ["--help"], ["stop"]]) {
    await new Deno.Command(STRACE!, {
      args: ["-f", "-e", "trace=openat,creat,rename,unlink,mkdir", "-o", trace, BINARY, ...args],
      cwd: box.home,
      env: box.env,
      clearEnv: true,
      stdout: "null",
    }).output();
    const writes = readText(trace)!.split("\n")
      .filter((line) => /O_CREAT|O_WRONLY|O_RDWR|rename\(|unlink\(|mkdir\(/.test(line))
      .filter((line) => !line.includes('"/dev/') && !line.includes('"/proc/'));
    assertEquals(writes, [], args.join(" "));
  }
  assertEquals([...Deno.readDirSync(box.home)], []);
}

Deno.test("files: what is cut off, or wanted by a caller that has ended, is not done", async () => {
  await using box = new Sandbox();
  Deno.writeTextFileSync(`${box.home}/file`, "old");
  const write = ["write", "file", "600"];
  const cases: [args: string[], code: number, text: string][] = [
    [[...write, CALLER, "--length=5"], 1, "old"],
    // Of one that ended before its child began, it is seen by its number alone.
    [[...write, "--caller=1", "--length=3"], 1, "old"],
    [["remove", "file", "--caller=1"], 1, "old"],
    [[...write, "--length=3"], 64, "old"],
    [[...write, CALLER, "--length=3"], 0, "new"],
  ];
  for (const [args, expected, text] of cases) {
    const { code } = await box.run(["files", ...args], { stdin: "new" });
    assertEquals([code, readText(`${box.home}/file`)], [expected, text], args.join(" "));
  }
});
