import { assertEquals } from "@std/assert";
import { firstVersionWith } from "../../lib/harness/codex/hooks/events.ts";
import { REQUESTS } from "../../lib/harness/codex/hooks/requests.ts";
import { standingTable, tableOf } from "./table.ts";

const DOCUMENT = new URL("../../docs/hooks.md", import.meta.url);

Deno.test("docs/hooks.md: the hooks before each request are as the code has them; renew it with UPDATE_SETTINGS=1", () => {
  const table = tableOf([
    ["request", "hooks"],
    ...REQUESTS.map(({ name, note, gates }) => [
      note === undefined ? name : `${name} (${note})`,
      gates.join(", ") || "none",
    ]),
  ]);
  assertEquals(standingTable(DOCUMENT, "request", table), table);
});

Deno.test("docs/hooks.md: the versions of Codex are those that the code goes by", () => {
  const text = Deno.readTextFileSync(DOCUMENT);
  const [, model] = /^\| (\S+) and later /m.exec(text) ?? [];
  const [, before] = /^\| before (\S+) /m.exec(text) ?? [];
  assertEquals(model, firstVersionWith("PreModelRequest"));
  assertEquals(before, firstVersionWith("PreCompact"));
});

Deno.test("docs/hooks.md: the real versions that the tests run are those that it names", () => {
  const installed = ["", "old/"].map((directory) => {
    const path = new URL(`../../scripts/codex-cli/${directory}package.json`, import.meta.url);
    return JSON.parse(Deno.readTextFileSync(path)).dependencies["@openai/codex"];
  });
  const [, ...named] = /run the real ([\d.]+\d) and ([\d.]+\d)\./.exec(
    Deno.readTextFileSync(DOCUMENT).replace(/\s+/g, " "),
  )!;
  assertEquals(named, installed);
});
