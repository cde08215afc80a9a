import { assertEquals } from "@std/assert";
import { checkTimes } from "../../lib/doctor/hook_times.ts";

Deno.test("doctor names the hooks that are felt in one line, and is silent about the others", () => {
  const time = (event: string, ms: number, budgetMs = 250) => ({ event, ms, budgetMs });
  assertEquals(checkTimes([]), []);
  assertEquals(checkTimes([time("PreToolUse", 250), time("SessionStart", 900, 10_000)]), []);
  const times = [time("SessionStart", 900, 10_000), time("PreToolUse", 251), time("Stop", 600)];
  assertEquals(checkTimes(times), [{
    name: "hook times",
    result: "warn",
    text: "a session feels the hooks: PreToolUse 251 ms, more than 250; Stop 600 ms, more than 250",
    todo: "see whether this machine is busy",
  }]);
});
