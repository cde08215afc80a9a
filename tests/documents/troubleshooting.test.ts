import { assert, assertEquals } from "@std/assert";
import { earlierVersion, skippedHooks } from "../../lib/harness/findings.ts";
import { limitOf } from "../../lib/harness/codex/hooks/events.ts";
import { findings } from "./findings.ts";

const TEXT = Deno.readTextFileSync(new URL("../../docs/troubleshooting.md", import.meta.url))
  .replace(/\s+/g, " ");

/** What is said of each check, by its name. */
const SECTIONS = new Map(
  TEXT.split(/ (?=## )/).slice(1).flatMap((section) =>
    [...(/^## ((?:`[^`]+`(?:, )?)+)/.exec(section)?.[1] ?? "").matchAll(/`([^`]+)`/g)]
      .map(([, name]) => [name!, section] as const)
  ),
);

Deno.test("docs/troubleshooting.md: there is an entry for all that doctor finds", () => {
  const all = findings();
  assert(all.length > 40, "the findings were found");
  assertEquals(all.filter(({ name, text }) => name === undefined && text === ""), []);
  const untold = all.filter(({ name, text }) =>
    !(name === undefined ? TEXT : SECTIONS.get(name) ?? "").includes(text) ||
    (name !== undefined && !SECTIONS.has(name))
  );
  assertEquals(untold, []);
});

Deno.test("docs/troubleshooting.md: and for what Codex and the hooks are found to be", () => {
  const hook = { event: "X", standing: "untrusted" } as const;
  for (
    const [section, text] of [
      ["hooks", earlierVersion(["X"]).replace(/ \(.*/, "")],
      ["trust", skippedHooks("Codex", undefined, [hook])!.replace(/ X.*/, "")],
      ["requests", limitOf(undefined, ["PreModelRequest"])!.replace(/.*: (.*);.*/, "$1")],
      ["requests", limitOf(undefined, ["PreCompact"])!.replace(/.*: /, "")],
    ] as const
  ) {
    assert(SECTIONS.get(section)?.includes(text), `${section}: ${text}`);
  }
});
