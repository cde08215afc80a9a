import { assertEquals } from "@std/assert";
import { ReportJson, reportJson, reportSchema, reportsJson } from "../../lib/report/json.ts";
import { reportOf } from "../../lib/report/report.ts";
import { inSeconds, stateWith } from "../support/states.ts";
import { factsWith } from "./facts.ts";

const SCHEMA = new URL("../../lib/report/report.schema.json", import.meta.url);

Deno.test("report.schema.json is what the model gives; renew it with UPDATE_SETTINGS=1", () => {
  const text = `${JSON.stringify(reportSchema(), null, 2)}\n`;
  if (Deno.env.get("UPDATE_SETTINGS")) Deno.writeTextFileSync(SCHEMA, text);
  assertEquals(JSON.parse(Deno.readTextFileSync(SCHEMA)), JSON.parse(text));
});

const window = { id: "primary", usedPercent: 97, windowMinutes: 300, extra: false };
const KINDS = {
  "no state": factsWith(),
  "a directory that cannot be used": factsWith({ unusable: "others may write into it" }),
  "a reading that is stale": factsWith({ state: stateWith({ updatedAt: inSeconds(-9999) }) }),
  "all there is": factsWith({
    state: stateWith({
      status: "blocked",
      blockedUntil: inSeconds(600),
      blockMinutes: 300,
      resetsAt: inSeconds(540),
      windows: [{ ...window, resetsAt: inSeconds(540) }, {
        ...window,
        id: "x",
        extra: true,
        resetsAt: null,
      }],
      burn: 0.01,
      block: {
        what: "fiveHour",
        windowId: "primary",
        windowMinutes: 300,
        resetsAt: inSeconds(540),
        blockedUntil: inSeconds(600),
        source: "codex",
        since: inSeconds(-60),
        reason: "r",
      },
      advice: ["a"],
      credits: "640",
      account: { reachedType: null, spendControlReached: false, usageAllowed: true },
      following: "events",
    }),
    home: "/home/ann/.codex",
    heldOn: "/home/ann/.other",
    sameAccount: ["/srv/codex"],
    pauseEnd: inSeconds(60),
    daemon: { isRunning: true, pid: 4711 },
    waiting: [{
      pid: 1,
      since: inSeconds(-60),
      until: inSeconds(600),
      session: "019a",
      step: undefined,
      directory: undefined,
    }],
    stopped: [{
      session: "s",
      turn: "t",
      file: "/f",
      diedAt: inSeconds(-3600),
      resetsAt: undefined,
      windows: [],
      place: "run",
      directory: "/d",
      resume: [],
      doubt: undefined,
    }],
    hooks: ["h"],
    file: { pace: true },
  }),
};

/** The keys that `status --json` had before it was a report: they stay. */
const FIRST_KEYS = [
  "schemaVersion version home heldOn sameAccount stateDirectory status reason agentsWaitUntil",
  "usedPercent windowMinutes resetsAt readAt ageSeconds stale lastKnown source windows waiting",
  "stopped daemon pausedUntil hooks problems",
].join(" ").split(" ");

for (const [name, facts] of Object.entries(KINDS)) {
  Deno.test(`report as JSON: ${name}, by the schema, and with all that it ever had`, () => {
    const report = reportOf(facts, new Date());
    const json = reportJson(report);
    const written = JSON.parse(JSON.stringify(json));
    assertEquals(ReportJson.parse(written), written);
    assertEquals(FIRST_KEYS.filter((key) => !Object.hasOwn(written, key)), []);
    const all = JSON.parse(JSON.stringify(reportsJson([report, report], ["/gone", undefined])));
    assertEquals(ReportJson.parse(all), all);
    assertEquals(["schemaVersion", "version", "homes", "gone"].filter((key) => !(key in all)), []);
  });
}

Deno.test("report as JSON: what its parts had they have, and what is new says what is to come", () => {
  const report = reportOf(KINDS["all there is"], new Date());
  const json = reportJson(report);
  const has = (value: object | undefined, keys: string) =>
    assertEquals(keys.split(" ").filter((key) => !Object.hasOwn(value!, key)), []);
  has(
    json.windows[0],
    "id usedPercent windowMinutes resetsAt extra mode thresholdPercent forecast",
  );
  has(json.waiting[0], "pid since directory session until why");
  has(json.stopped[0], "session directory place diedAt resetsAt");
  has(json.daemon, "running pid");
  assertEquals(json.windows[0]!.burnPercentPerHour, 36);
  assertEquals(json.windows[0]!.thresholdPercent, 95);
  assertEquals(json.windows[1]!.forecast, null);
  assertEquals(json.settings, [{ key: "pace", value: true, origin: "file", home: null }]);
  // Paused, so nobody waits.
  assertEquals([json.agentsWaitUntil, json.bypassed], [null, false]);
});
