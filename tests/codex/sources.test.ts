import { assertEquals, assertMatch } from "@std/assert";
import { assertComesTo, CODEXBAR, usage } from "../support/sandbox.ts";
import { fakeLogin } from "./fake_login.ts";
import { startMockModel } from "./mock_model.ts";
import { CodexSandbox, codexTest } from "./session.ts";

/** Codex's backend, as far as the quota goes. */
function startBackend(used: number, resetInSeconds: number) {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (!request.url.endsWith("/wham/usage")) return new Response("", { status: 404 });
    const window = (used_percent: number, minutes: number, seconds: number) => ({
      used_percent,
      limit_window_seconds: minutes * 60,
      reset_after_seconds: seconds,
      reset_at: Math.floor(Date.now() / 1000) + seconds,
    });
    return Response.json({
      plan_type: "plus",
      rate_limit: {
        allowed: used < 100,
        limit_reached: used >= 100,
        primary_window: window(used, 300, resetInSeconds),
        secondary_window: window(50, 10_080, 200_000),
      },
      credits: { has_credits: true, unlimited: false, balance: "12.5" },
    });
  });
}

async function withBackend(
  used: number,
  test: (box: CodexSandbox) => Promise<void>,
): Promise<void> {
  const backend = startBackend(used, 900);
  try {
    await using box = new CodexSandbox(9);
    Deno.writeTextFileSync(`${box.codexHome}/auth.json`, fakeLogin(), { mode: 0o600 });
    Deno.writeTextFileSync(
      box.configPath,
      `chatgpt_base_url = "http://127.0.0.1:${backend.addr.port}/backend-api"\n`,
    );
    await test(box);
  } finally {
    await backend.shutdown();
  }
}

codexTest("source codex: the real app-server's rate limits", () =>
  withBackend(97, async (box) => {
    const { code, stdout } = await box.run(["poll", "--source=codex"]);
    assertEquals(code, 0);
    assertMatch(stdout, /^blocked: 97% of the 5-hour window is used/);
    assertEquals([box.state?.source, box.state?.credits], ["codex", "12.5"]);
    await assertComesTo(() => box.processes().map(({ command }) => command), []);
    assertEquals(JSON.stringify(box.state).includes("example.com"), false);
  }));

codexTest(
  "source auto: without codexbar, Codex itself is asked, and that is said",
  () =>
    withBackend(12, async (box) => {
      assertMatch((await box.run(["poll"])).stdout, /^open: 12%/);
      assertMatch((await box.run(["status", "--long"])).stdout, / source: codex$/m);
      box.codexbar(CODEXBAR.answers, usage({ used: 28 }));
      assertMatch((await box.run(["poll", "--source=codexbar"])).stdout, /^open: 28%/);
    }),
);

codexTest("source codex: not logged in is unknown, and stops nobody", async () => {
  await using box = new CodexSandbox(9);
  const { stdout } = await box.run(["poll", "--source=codex"]);
  assertMatch(stdout, /^unknown: codex refused account\/rateLimits\/read: .*; agents go on\n$/);
});

codexTest("source sessions: what a real session wrote down", async () => {
  const reset = Math.floor(Date.now() / 1000) + 900;
  await using model = startMockModel({
    headers: {
      "x-codex-primary-used-percent": "96.5",
      "x-codex-primary-window-minutes": "300",
      "x-codex-primary-reset-at": String(reset),
      "x-codex-secondary-used-percent": "10",
      "x-codex-secondary-window-minutes": "10080",
      "x-codex-secondary-reset-at": String(reset + 100_000),
    },
  });
  await using box = new CodexSandbox(model.port);
  assertEquals((await box.turn()).code, 0);
  const { stdout } = await box.run(["poll", "--source=sessions"]);
  assertMatch(stdout, /^blocked: 96\.5% of the 5-hour window is used/);
  assertEquals(box.state?.source, "sessions");
  assertEquals(box.state?.resetsAt, new Date(reset * 1000).toISOString().replace(".000Z", "Z"));
});
