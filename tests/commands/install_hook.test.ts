import { assertEquals, assertMatch } from "@std/assert";
import { BINARY, readText, Sandbox } from "../support/sandbox.ts";

Deno.test("install-hook: without codex it installs, and says that Codex will ask", async () => {
  await using box = new Sandbox();
  const { code, stdout, stderr } = await box.run(["install-hook"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /codex was not found on PATH, so the hooks are not trusted yet/);
  assertMatch(stdout, /codexbar was not found on PATH/);
  const path = `${box.codexHome}/hooks.json`;
  assertEquals(Object.keys(JSON.parse(readText(path)!).hooks).sort(), [
    "PreToolUse",
    "SessionStart",
    "UserPromptSubmit",
  ]);
  const removed = await box.run(["uninstall-hook"]);
  assertEquals(removed.code, 0);
  assertEquals(readText(path), undefined);
  assertMatch((await box.run(["uninstall-hook"])).stdout, /nothing to remove/);
});

Deno.test("install-hook: the options that were given are in the hooks, and no others", async () => {
  await using box = new Sandbox();
  const path = `${box.root}/a b/hooks.json`;
  await box.run([
    ...["install-hook", "--hooks-path", path, "--script-path", "/opt/it's mine"],
    ...["--state-dir", "state here", "--threshold-percent", "90", "--max-state-age-seconds=99"],
  ]);
  const { hooks } = JSON.parse(readText(path)!);
  const command = (event: string) => hooks[event][0].hooks[0].command;
  const program = "'/opt/it'\\''s mine'";
  const state = `'--state-dir=${box.home}/state here'`;
  const policy = "'--threshold-percent=90' '--max-state-age-seconds=99'";
  assertEquals(command("SessionStart"), `${program} start --quiet ${state} ${policy}`);
  assertEquals(
    command("UserPromptSubmit"),
    `${program} guard --start-daemon ${state} ${policy}`,
  );
  assertEquals(
    command("PreToolUse"),
    `${program} guard --state-only ${state} '--max-state-age-seconds=99'`,
  );
});

Deno.test("install-hook: a link on PATH that leads to the binary is what the hooks call", async () => {
  await using box = new Sandbox();
  Deno.symlinkSync(BINARY, `${box.bin}/quota-sentry`);
  await box.run(["install-hook"]);
  const { hooks } = JSON.parse(readText(`${box.codexHome}/hooks.json`)!);
  assertMatch(hooks.PreToolUse[0].hooks[0].command, new RegExp(`^'${box.bin}/quota-sentry' `));
});

Deno.test("install-hook: a hooks file that is a link stays one, and keeps its mode", async () => {
  await using box = new Sandbox();
  const real = `${box.root}/dotfiles/codex-hooks.json`;
  Deno.mkdirSync(`${box.root}/dotfiles`);
  Deno.writeTextFileSync(real, '{"hooks":{}}\n', { mode: 0o644 });
  Deno.mkdirSync(box.codexHome);
  const path = `${box.codexHome}/hooks.json`;
  Deno.symlinkSync(real, path);
  assertEquals((await box.run(["install-hook"])).code, 0);
  assertEquals(Deno.readLinkSync(path), real);
  assertEquals(Deno.statSync(real).mode! & 0o777, 0o644);
  assertMatch(readText(real)!, /quota-sentry/);
  assertEquals((await box.run(["uninstall-hook"])).code, 0);
  assertEquals(Deno.readLinkSync(path), real);
  assertEquals(readText(real), '{"hooks":{}}\n');
});
