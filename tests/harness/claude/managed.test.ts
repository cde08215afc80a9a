import { assertEquals, assertMatch } from "@std/assert";
import { managedOff } from "../../../lib/harness/claude/settings/managed.ts";

Deno.test("an organisation's settings: what lets none of the user's hooks run is named", async () => {
  const path = Deno.makeTempFileSync();
  try {
    for (const name of ["allowManagedHooksOnly", "disableAllHooks"]) {
      Deno.writeTextFileSync(path, JSON.stringify({ [name]: true, model: "opus" }));
      assertMatch((await managedOff(path))!, new RegExp(`${name}, in ${path}`));
    }
    for (const text of ["{}", '{"disableAllHooks":false}', "{", "[]", '{"disableAllHooks":"x"}']) {
      Deno.writeTextFileSync(path, text);
      assertEquals(await managedOff(path), undefined, text);
    }
  } finally {
    Deno.removeSync(path);
  }
  assertEquals(await managedOff(path), undefined);
});
