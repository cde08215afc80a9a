import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { CODEXBAR, Sandbox, usage } from "../support/sandbox.ts";
import { pathsBelow } from "../support/paths_below.ts";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));
const PLUGIN = `${ROOT}plugins/quota-sentry`;

const read = (path: string) => Deno.readTextFileSync(`${PLUGIN}/${path}`);
const skill = read("skills/quota-planning/SKILL.md");
const command = read("commands/quota.md");

/** The command lines of ours in a text, on lines of their own or within backticks. */
function commandLines(text: string): string[] {
  return [...text.matchAll(/(?:^|`)(quota-sentry [^`\n]+)/gm)].map(([, line]) => line!);
}

/** All names and values that a JSON Schema knows. */
function wordsOf(schema: unknown): Set<string> {
  const words = new Set<string>();
  const visit = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    const { properties, enum: values } = node as { properties?: object; enum?: unknown[] };
    for (const word of [...Object.keys(properties ?? {}), ...values ?? []]) words.add(String(word));
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(schema);
  return words;
}

Deno.test("plugin: each command that it names is one of ours, as it is written", () => {
  const lines = [...commandLines(skill), ...commandLines(command)];
  assert(lines.length > 8, lines.join("\n"));
  for (const line of lines) {
    const parsed = parseCommandLine(COMMANDS, line.split(" ").slice(1));
    assertEquals(parsed.kind, "command", line);
  }
});

Deno.test("plugin: each field and value that it names is in the schema", () => {
  const section = skill.split(/^## /m).find((text) => text.startsWith("Read it"))!;
  const words = [...section.matchAll(/`(\w+)`/g)].map(([, word]) => word!);
  assert(words.length > 15, words.join());
  const known = wordsOf(JSON.parse(Deno.readTextFileSync(`${ROOT}lib/report/report.schema.json`)));
  assertEquals(words.filter((word) => !known.has(word)), []);
});

Deno.test("plugin: what it reads is there, in what the program prints", async () => {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 50 }));
  await box.run(["poll"]);
  const before = [...pathsBelow(box.home)];
  for (const line of new Set([...commandLines(skill), ...commandLines(command)])) {
    const [, name, ...args] = line.split(" ");
    if (name !== "status") continue;
    const { code, stdout } = await box.run([name, ...args]);
    assertEquals(code, 0, line);
    const report = JSON.parse(stdout);
    const fields = ["status", "reason", "agentsWaitUntil", "windows", "stale", "ageSeconds"];
    for (const field of [...fields, "unprotected", "pausedUntil", "advice"]) {
      assert(field in report, `${line}: ${field}`);
    }
    if (args.includes("--provider")) {
      assertEquals(report.status, "unknown");
      continue;
    }
    for (const field of ["name", "class", "usedPercent", "resetsAt", "mode", "forecast"]) {
      for (const window of report.windows) assert(field in window, `${line}: ${field}`);
    }
    assertEquals(report.windows.map((window: { class: string }) => window.class), [
      "fiveHour",
      "weekly",
    ]);
  }
  // "It starts nothing, changes nothing."
  assertEquals([...pathsBelow(box.home)], before);
  assertEquals(box.processes(), []);
});

Deno.test("plugin: one text, one manifest, this version, and no hooks", () => {
  const files = [...pathsBelow(PLUGIN)].filter((path) => Deno.statSync(path).isFile);
  assertEquals(files.map((path) => path.slice(PLUGIN.length + 1)).toSorted(), [
    ".claude-plugin/plugin.json",
    "commands/quota.md",
    "skills/quota-planning/SKILL.md",
  ]);
  const manifest = JSON.parse(read(".claude-plugin/plugin.json"));
  const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  assertEquals([manifest.version, manifest.hooks], [version, undefined]);
  const marketplace = JSON.parse(Deno.readTextFileSync(`${ROOT}.claude-plugin/marketplace.json`));
  const [listed] = marketplace.plugins;
  assertEquals([listed.name, listed.source], [manifest.name, "./plugins/quota-sentry"]);
});
