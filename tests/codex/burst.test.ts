import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { type MockModel, startMockModel } from "./mock_model.ts";
import { QuotaTruth } from "./quota_truth.ts";
import { CodexSandbox, codexTest } from "./session.ts";

const SESSIONS = 4;
const REQUESTS_EACH = 9;
const PERCENT_EACH = 0.5;
const BEGIN_PERCENT = 93;
/** More than what is left: nobody can be done before the wall, however late the others begin. */
const REQUESTS_BEYOND_THE_WALL = (100 - BEGIN_PERCENT) / PERCENT_EACH + 1;
const THRESHOLD_PERCENT = 95;

/** Sessions that together ask for more than what is left before the reset. */
interface Burst {
  readonly box: CodexSandbox;
  readonly model: MockModel;
  /** When the threshold was reached, and the reset that it brought near. */
  readonly crossed: () => { readonly atMs: number; readonly resetAtMs: number };
  readonly highestPercent: () => number;
}

async function withBurst(
  requestsEach: number,
  resetInSeconds: number,
  test: (burst: Burst) => Promise<void>,
): Promise<void> {
  let crossed: ReturnType<Burst["crossed"]> | undefined;
  let highest = 0;
  await using model = startMockModel({
    commands: Array.from({ length: requestsEach - 1 }, (_, index) => `echo ${index}`),
    limits: () => {
      if (truth.now.usedPercent >= 100) return truth.now;
      const { usedPercent } = truth.spend(PERCENT_EACH);
      highest = Math.max(highest, usedPercent);
      if (!crossed && usedPercent >= THRESHOLD_PERCENT) {
        const { resetsAt } = truth.set(usedPercent, resetInSeconds);
        crossed = { atMs: Date.now(), resetAtMs: resetsAt * 1000 };
      }
      return truth.now;
    },
  });
  await using box = new CodexSandbox(model.port);
  const truth = new QuotaTruth(box, BEGIN_PERCENT, 60);
  await test({ box, model, crossed: () => crossed!, highestPercent: () => highest });
}

const turns = (box: CodexSandbox) =>
  Promise.all(Array.from({ length: SESSIONS }, () => box.turn()));

codexTest(
  "burst: without the hooks, four sessions die at the wall",
  () =>
    withBurst(REQUESTS_BEYOND_THE_WALL, 600, async ({ box, model }) => {
      const ended = await turns(box);
      assertEquals(ended.map(({ code }) => code), Array(SESSIONS).fill(1));
      const refused = model.requests.filter(({ status }) => status === 429);
      assertEquals(refused.length, SESSIONS);
    }),
);

codexTest(
  "burst: four sessions are held with no request past what was on its way, and all finish",
  () =>
    withBurst(REQUESTS_EACH, 8, async ({ box, model, crossed, highestPercent }) => {
      const installed = await box.run(["install-hook", "--reset-buffer-seconds=1"]);
      assertEquals([installed.code, installed.stderr], [0, ""]);
      const ended = await turns(box);
      assertEquals(ended.map(({ code }) => code), Array(SESSIONS).fill(0));
      for (const { stdout } of ended) assertEquals(stdout.trim(), "Done.");
      assertEquals(model.requests.length, SESSIONS * REQUESTS_EACH);
      assertEquals(model.requests.filter(({ status }) => status !== 200), []);

      const { atMs, resetAtMs } = crossed();
      const passed = model.requests.filter((each) => each.atMs > atMs && each.atMs < resetAtMs);
      const threads = passed.map(({ threadId }) => threadId);
      // What each session had on its way, and not the one that knew first.
      assertEquals(new Set(threads).size, threads.length);
      assertLess(threads.length, SESSIONS);
      assertLess(highestPercent(), THRESHOLD_PERCENT + SESSIONS * PERCENT_EACH);
      assertGreater(model.requests.at(-1)!.atMs, resetAtMs);
    }),
);
