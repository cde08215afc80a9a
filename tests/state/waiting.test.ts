import { assertEquals } from "@std/assert";
import { candidatesIn } from "../../lib/state/waiting.ts";

Deno.test("waiting: who has a pipe in the queue, and who has a place without one", () => {
  const places: Record<string, string> = {
    "/q/0.place": "12 12-1788256800.wake\n",
    "/q/1.place": "13 13-1788256801\n",
    "/q/2.place": "",
    "/q/3.place": "14 nonsense",
  };
  const pipes = ["12-1788256800.wake", "15-1788256802.wake"];
  const others = ["07", "12.wake", "x-1.wake", "0-1.wake", "a.place"];
  const names = [...Object.keys(places).map((path) => path.slice(3)), ...pipes, ...others];
  const candidates = candidatesIn("/q", names, (path) => places[path] ?? "");
  assertEquals(candidates.toSorted((a, b) => a.pid - b.pid), [
    { pid: 12, since: new Date(1_788_256_800_000), pipe: "/q/12-1788256800.wake" },
    { pid: 13, since: new Date(1_788_256_801_000), pipe: undefined },
    { pid: 15, since: new Date(1_788_256_802_000), pipe: "/q/15-1788256802.wake" },
  ]);
});
