import { assertEquals } from "@std/assert";
import { SHARED } from "../../lib/config/shared.ts";
import { standingTable, tableOf } from "./table.ts";

const BUILD = new URL("../../scripts/build", import.meta.url);
const DOCUMENT = new URL("../../docs/security.md", import.meta.url);

/** What each permission is there, by its name, in the order of the script. */
function permissions(): [flag: string, values: string[]][] {
  const text = Deno.readTextFileSync(BUILD);
  const terminal = /^terminal=(\S+)$/m.exec(text)![1]!;
  const settings = Object.values(SHARED).map(({ variable }) => variable).join();
  return [...text.matchAll(/^\w+=(--allow-\w+)(?:=(\S+))?$/gm)].map(([, flag, values = ""]) => [
    flag!,
    values.replace("$terminal", terminal).replace("$settings", settings).split(",").filter(Boolean),
  ]);
}

Deno.test("docs/security.md: the permissions are those of scripts/build; renew it with UPDATE_SETTINGS=1", () => {
  const rows = permissions().map(([flag, values]) => [
    `\`${flag}\``,
    values.map((value) => value === "." ? "the working directory" : `\`${value}\``).join(", ") ||
    "everything",
  ]);
  const table = tableOf([["permission", "what it may"], ...rows]);
  assertEquals(standingTable(DOCUMENT, "permission", table), table);
});

Deno.test("docs/security.md: scripts/build gives no other permission", () => {
  const all = Deno.readTextFileSync(BUILD).match(/--allow-\w+/g)!;
  assertEquals([...new Set(all)].sort(), [
    "--allow-env",
    "--allow-read",
    "--allow-run",
    "--allow-sys",
    "--allow-write",
  ]);
});
