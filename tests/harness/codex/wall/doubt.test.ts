import { assertEquals, assertMatch } from "@std/assert";
import { doubtAbout } from "../../../../lib/harness/codex/wall/doubt.ts";
import { findDeaths } from "../../../../lib/harness/codex/wall/find_deaths.ts";
import { deadSession } from "../../../support/dead_session.ts";
import { Sandbox } from "../../../support/sandbox.ts";

Deno.test("a copy made since goes on in its place; one of before has work of its own", async () => {
  for (
    const [begunIn, expected] of [[-30, /^it was copied since, as 01a20000$/], [-600, /^none$/]]
  ) {
    await using box = new Sandbox();
    const { id } = deadSession(box, { place: "run" });
    const timestamp = new Date(Date.now() + Number(begunIn) * 1000).toISOString();
    deadSession(box, {
      number: 2,
      place: "run",
      diedIn: -5,
      meta: { forked_from_id: id, timestamp },
    });
    const deaths = await findDeaths(box.codexHome, new Date());
    const death = deaths.find(({ session }) => session === id)!;
    assertMatch(await doubtAbout(death, box.codexHome, undefined) ?? "none", expected as RegExp);
  }
});

Deno.test("another account than the one that began it is for a person to judge", async () => {
  await using box = new Sandbox();
  deadSession(box, { place: "run", meta: { creator_account_id: "a" } });
  const [death] = await findDeaths(box.codexHome, new Date());
  const doubt = (account: string) => {
    Deno.writeTextFileSync(
      `${box.codexHome}/auth.json`,
      JSON.stringify({ tokens: { account_id: account } }),
    );
    return doubtAbout(death!, box.codexHome, undefined);
  };
  assertEquals(await doubt("a"), undefined);
  assertMatch(await doubt("b") ?? "", /^it was begun by another account/);
});
