import { assertEquals } from "@std/assert";
import { checkedOutIn } from "../../../../lib/harness/codex/wall/checked_out.ts";
import { temporaryDirectory } from "../../../support/directory.ts";

Deno.test("what a repository has checked out is read without git", async () => {
  await using temporary = temporaryDirectory();
  const at = (path: string) => `${temporary.path}/${path}`;
  Deno.mkdirSync(at("repo/.git/worktrees/other"), { recursive: true });
  Deno.mkdirSync(at("repo/src/deep"), { recursive: true });
  Deno.mkdirSync(at("other/src"), { recursive: true });
  Deno.writeTextFileSync(at("repo/.git/HEAD"), "ref: refs/heads/main\n");
  Deno.writeTextFileSync(at("repo/.git/worktrees/other/HEAD"), "0123abc\n");
  Deno.writeTextFileSync(at("other/.git"), "gitdir: ../repo/.git/worktrees/other\n");
  assertEquals(checkedOutIn(at("repo")), "ref: refs/heads/main");
  assertEquals(checkedOutIn(at("repo/src/deep")), "ref: refs/heads/main");
  assertEquals(checkedOutIn(at("other/src")), "0123abc");
  assertEquals(checkedOutIn(temporary.path), undefined);
  assertEquals(checkedOutIn(at("gone")), undefined);
});
