import { assertEquals, assertMatch } from "@std/assert";
import { Held, inputOf } from "../support/held.ts";
import { finish, until } from "../support/sandbox.ts";

const DENIAL =
  /^Quota Sentry: the user has cancelled this wait for the quota to reset at \S+Z; nothing was done\. Do not try again: end the turn here, and tell the user\.$/;

function assertDenied(stdout: string): void {
  const { decision, reason } = JSON.parse(stdout);
  assertEquals(decision, "block");
  assertMatch(reason, DENIAL);
}

Deno.test({
  name: "cancel: denies a prompt and a tool call, by both ways of waiting, and the next is held",
  fn: async () => {
    await using box = await Held.begin();
    const prompt = box.call({ input: inputOf("019a-prompt"), args: "guard --start-daemon" });
    const request = box.call({ input: inputOf("019b-model"), args: "guard --on=model" });
    // Where sh is bash.
    const args = "guard --start-daemon";
    const inBash = box.call({ input: inputOf("019d-bash"), args, shell: "bash" });
    await box.listening(3);
    const child = box.spawn(["guard", "--on=tool", "--no-notify"], { stdin: "" });
    const tool = finish(child, inputOf("019c-tool"));
    const waiting = async () =>
      JSON.parse((await box.run(["holds", "--json"])).stdout).waiting.map(
        ({ session }: { session: string }) => session,
      );
    await until("all wait", async () => (await box.held()).length === 4);

    const told = await box.run(["cancel", "019a", "019c", "019d"]);
    assertEquals([told.code, told.stderr], [0, ""]);
    assertMatch(
      told.stdout,
      /^cancelled: 019a-pro in \/; its call was denied;.*\ncancelled: 019c-too.*\ncancelled: 019d-bas/,
    );
    for (const call of [prompt, inBash]) {
      const { code, stdout, stderr } = await call.ended;
      assertEquals([code, stderr], [0, ""]);
      assertDenied(stdout);
      assertMatch(
        box.log,
        new RegExp(`Z guard ${call.pid}: held for [\\d.]+ s, denied: the user has`),
      );
    }
    assertDenied((await tool).stdout);
    assertEquals(await waiting(), ["019b-model"]);
    assertMatch(box.log, /Z cancelled by the user: session 019a-prompt, pid \d+, in \//);
    assertEquals([...Deno.readDirSync(`${box.stateDir}/requests`)], []);

    // Once: what comes next is held.
    const next = box.call({ input: inputOf("019a-prompt"), args: "guard --start-daemon" });
    await until(
      "it is held again",
      async () => (await box.held()).some(({ session }) => session === "019a-prompt"),
    );

    // A request to the model would go out, denied or not; all are named before any is denied.
    for (const words of [["019b"], ["019a", "019b"]]) {
      const refused = await box.run(["cancel", ...words]);
      assertEquals(refused.code, 1);
      assertMatch(
        refused.stderr,
        /^quota-sentry: 019b-mod in \/ waits before a request to the model/,
      );
    }
    // Not even by who writes the file.
    const [, since] = /-(\d+)\.wake/.exec(
      box.queue.find((name) => name.startsWith(`${request.pid}-`))!,
    )!;
    Deno.mkdirSync(`${box.stateDir}/requests`, { recursive: true });
    Deno.writeTextFileSync(`${box.stateDir}/requests/cancel-${request.pid}-${since}`, "");
    await box.run(["stop"]);
    await until("they wait by themselves", () => box.waiting.length === 2);
    assertEquals([next.hasEnded, request.hasEnded], [false, false]);
    await box.run(["pause"]);
    assertEquals((await request.ended).stdout, "");
  },
});
