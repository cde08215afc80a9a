import { assertEquals } from "@std/assert";
import { decide } from "../../lib/quota/decision.ts";
import { DEFAULT_POLICY } from "../support/policy.ts";
import { isFiveHourWindow } from "../../lib/quota/window.ts";
import { readingFrom } from "../../lib/sources/codexbar/codexbar.ts";
import { parseCodexbarUsage } from "../../lib/sources/codexbar/parse.ts";

interface Fixture {
  readonly name: string;
  readonly argv: readonly string[];
  readonly exit: number;
  readonly five: Record<string, unknown> | null;
  readonly decision: "allow" | "block" | "policy";
}

const FIXTURES = new URL("../fixtures/", import.meta.url);
const manifest: { now: string; fixtures: Fixture[] } = JSON.parse(
  Deno.readTextFileSync(new URL("codexbar-manifest.json", FIXTURES)),
);
const NOW = new Date(manifest.now);

/** Where the manifest leaves it open: nothing that is in doubt blocks. */
const OUR_POLICY = "allow";

/** The provider that the call asked for; a mistyped one stands for codex. */
function providerOf({ argv }: Fixture): string {
  const asked = argv[argv.indexOf("--provider") + 1];
  return argv.includes("--provider") && asked !== "all" && asked !== "codx" ? asked! : "codex";
}

for (const fixture of manifest.fixtures) {
  Deno.test(`codexbar fixture: ${fixture.name}`, async () => {
    const bytes = await Deno.readFile(new URL(`codexbar/${fixture.name}.json`, FIXTURES));
    const stdout = new TextDecoder().decode(bytes);
    const provider = providerOf(fixture);
    const reading = fixture.exit < 0
      ? readingFrom(
        { kind: "exited", code: 128 - fixture.exit, signal: "SIGTERM", stdout },
        "codex",
      )
      : parseCodexbarUsage(stdout, { provider, exitCode: fixture.exit });
    const decision = decide(reading, DEFAULT_POLICY, NOW);

    // `codexbar guard` is another command: its verdict has no reset, so it can hold nobody.
    const isUsage = fixture.argv[0] === "usage";
    const wanted = fixture.decision === "policy" || !isUsage ? OUR_POLICY : fixture.decision;
    assertEquals(decision.status === "blocked" ? "block" : "allow", wanted, decision.reason);

    if (reading.kind === "windows" && fixture.five && fixture.decision !== "policy") {
      const window = reading.windows.find(isFiveHourWindow);
      assertEquals(window?.usedPercent, fixture.five.usedPercent);
      const resetsAt = fixture.five.resetsAt as string | null;
      assertEquals(window?.resetsAt?.getTime(), resetsAt ? Date.parse(resetsAt) : undefined);
    } else if (isUsage && fixture.decision === "allow") {
      assertEquals(
        decision.status === "open",
        fixture.five !== null && !decision.reason.includes("not when"),
      );
    }
  });
}
