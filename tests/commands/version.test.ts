import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { Sandbox } from "../support/sandbox.ts";

Deno.test("version: one line, and with --json what a bug report needs", async () => {
  await using box = new Sandbox();
  const [word, flag, short, json, flagJson, ofCommand] = await Promise.all([
    ["version"],
    ["--version"],
    ["-V"],
    ["version", "--json"],
    ["--version", "--json"],
    ["status", "--version"],
  ].map((args) => box.run(args)));
  for (const each of [word!, flag!, short!, ofCommand!]) {
    assertEquals([each.code, each.stdout], [0, `quota-sentry ${config.version}\n`]);
  }
  assertEquals(flagJson!.stdout, json!.stdout);
  const { build, deno, v8, target, commit, date, clean, runtime, ...rest } = JSON.parse(
    json!.stdout,
  );
  assertEquals(rest, { schemaVersion: 1, version: config.version, compiled: true });
  assertMatch(build, new RegExp(`^${config.version}\\+\\d+\\.\\d+$`));
  assertEquals(target, Deno.build.target);
  assertMatch(deno, /^\d+\.\d+\.\d+/);
  // Of a build outside a repository only the runtime is known.
  assertMatch(`${commit} ${date}`, /^([0-9a-f]{40} \d{4}-\d\d-\d\dT[\d:]{8}Z|null null)$/);
  assertEquals(typeof clean, commit === null ? "object" : "boolean");
  assertMatch(runtime, /^(deno|npm)$/);
  assertMatch(v8, /^\d+\./);
});
