import { assertEquals } from "@std/assert";
import { isUnseen, type SeenFiles, type SeenHooks, withSeen } from "../../lib/harness/seen.ts";

const file = (path: string, inode: number) => ({ path, inode, size: 1, mtimeMs: 1, ctimeMs: 1 });

function files(program: number, hooksFile = 1, trustFile = 1): SeenFiles {
  return {
    harness: "Codex",
    program: file("/bin/codex", program),
    hooksFile: file("/h/hooks.json", hooksFile),
    trustFile: file("/h/config.toml", trustFile),
  };
}

function answer(of: SeenFiles, standing: SeenHooks["hooks"][0]["standing"]): SeenHooks {
  const hooks = [{ event: "PreModelRequest", standing }];
  return { ...of, askedAt: "2026-01-01T00:00:00Z", version: "0.169.0", hooks, problem: null };
}

Deno.test("seen hooks: a harness is asked once, and anew when it or its hooks are others", () => {
  const seen = [answer(files(1), "trusted")];
  assertEquals(isUnseen(files(1), []), true);
  assertEquals(isUnseen(files(1), seen), false);
  assertEquals(isUnseen(files(2), seen), true);
  assertEquals(isUnseen(files(1, 2), seen), true);
  assertEquals(isUnseen({ ...files(1), program: file("/opt/codex", 1) }, seen), true);
});

Deno.test("seen hooks: what it trusts counts only while it skips one of ours", () => {
  assertEquals(isUnseen(files(1, 1, 2), [answer(files(1), "trusted")]), false);
  assertEquals(isUnseen(files(1, 1, 2), [answer(files(1), "unlisted")]), false);
  assertEquals(isUnseen(files(1, 1, 2), [answer(files(1), "untrusted")]), true);
  assertEquals(isUnseen(files(1, 1, 1), [answer(files(1), "untrusted")]), false);
  const off = { ...answer(files(1), "trusted"), problem: "hooks are switched off" };
  assertEquals(isUnseen(files(1, 1, 2), [off]), true);
  assertEquals(isUnseen(files(1, 1, 1), [off]), false);
});

Deno.test("seen hooks: the latest answer to the same takes the place of the one before", () => {
  let seen: SeenHooks[] = [];
  for (let n = 0; n < 20; n++) {
    for (const program of [file("/bin/codex", n), file(`/opt/${n}/codex`, n)]) {
      const latest = answer({ ...files(1), program }, "trusted");
      seen = JSON.parse(withSeen(seen, latest)).seen;
      assertEquals(seen[0], latest);
    }
  }
  assertEquals(seen.length, 8);
  assertEquals(seen.filter(({ program }) => program.path === "/bin/codex").length, 1);
});
