import { delay } from "../../lib/process/delay.ts";
import { SessionFile } from "../../lib/harness/codex/sessions/played_session.ts";
import { readText, Sandbox } from "../../tests/support/sandbox.ts";
import { answerFor } from "./measure.ts";
import { add } from "./rows.ts";

/**
 * In real time, with the settings that all have: while sessions tell, codexbar is asked every ten
 * minutes, so a shorter run sees nothing of it.
 */
const SECONDS = 630;

const REQUEST_EVERY_MS = 4000;

/** The time of each call stands in a file. */
const BEHAVIOUR = 'date +%s.%N >>"$here/at"; cat "$here/answer.json"';

/** How often codexbar is called while a session works: by polling alone, and while it is followed. */
export async function measureCalls(): Promise<void> {
  const [alone, following] = await Promise.all([gaps(false), gaps(true)]);
  const perHour = (seconds: number[]) => seconds.map((gap) => 3600 / gap);
  const note = (seconds: number[]) =>
    `${seconds.length + 1} calls in ${SECONDS} s, from the time between them`;
  const what = "codexbar while a session works";
  add(`${what}, polling alone`, "calls/h", perHour(alone), { note: note(alone) });
  add(`${what}, following`, "calls/h", perHour(following), { note: note(following) });
}

/** Seconds between two calls. */
async function gaps(isFollowing: boolean): Promise<number[]> {
  await using box = new Sandbox();
  Deno.mkdirSync(`${box.codexHome}/sessions`, { recursive: true });
  const resetsAt = new Date(Math.ceil(Date.now() / 1000 + 7200) * 1000);
  box.codexbar(BEHAVIOUR, answerFor({ usedPercent: 50, resetsAt }));
  await box.run(["config", "set", "follow", `${isFollowing}`]);
  await box.run(["start"]);
  using file = new SessionFile(box.codexHome, new Date());
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) {
    file.work(11);
    file.tell({ usedPercent: 50, resetsAt });
    await delay(REQUEST_EVERY_MS);
  }
  const at = (readText(`${box.bin}/at`) ?? "").trim().split("\n").map(Number);
  return at.slice(1).map((seconds, index) => seconds - at[index]!);
}
