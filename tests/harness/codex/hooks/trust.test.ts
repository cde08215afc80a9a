import { assertEquals } from "@std/assert";
import { type ListedHook, trustChanges } from "../../../../lib/harness/codex/hooks/trust.ts";

function listed(index: number, hash: string, trustStatus: string, enabled = true): ListedHook {
  return {
    key: `/h/hooks.json:pre_tool_use:${index}:0`,
    eventName: "preToolUse",
    currentHash: hash,
    trustStatus,
    enabled,
  };
}

Deno.test("trust: ours and nothing else", () => {
  const ours = listed(1, "ours", "untrusted");
  const changes = trustChanges([listed(0, "a", "untrusted")], [listed(0, "a", "untrusted"), ours], [
    ours,
  ]);
  assertEquals(changes, { trust: [{ key: ours.key, hash: "ours", enabled: true }], forget: [] });
});

Deno.test("trust: a hook that has moved keeps what its user had said of it", () => {
  const before = [
    listed(0, "ours", "trusted"),
    listed(1, "a", "trusted"),
    listed(2, "b", "trusted", false),
    listed(3, "c", "untrusted"),
  ];
  const after = [
    listed(0, "a", "modified"),
    listed(1, "b", "modified"),
    listed(2, "c", "modified"),
  ];
  assertEquals(trustChanges(before, after, []), {
    trust: [
      { key: after[0]!.key, hash: "a", enabled: true },
      { key: after[1]!.key, hash: "b", enabled: false },
    ],
    forget: [before[3]!.key],
  });
});
