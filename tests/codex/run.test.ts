import { assert, assertEquals, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs/exists";
import { dirname } from "@std/path";
import { rollouts } from "../../lib/harness/codex/sessions/rollout_files.ts";
import { BINARY, finish, until } from "../support/sandbox.ts";
import { startMockModel } from "./mock_model.ts";
import { QuotaTruth } from "./quota_truth.ts";
import { CodexSandbox, codexTest } from "./session.ts";

/** Lines of a session's file, of one type. */
function lines(path: string, type: string): Record<string, unknown>[] {
  return Deno.readTextFileSync(path).trimEnd().split("\n").map((line) => JSON.parse(line))
    .filter((line) => line.type === type).map(({ payload }) => payload);
}

codexTest(
  "a run that meets a real 429 goes on after the reset, in its thread and sandbox",
  async () => {
    await using model = startMockModel({
      commands: ["true"],
      // Somebody is to have seen that its file is open: other runs take longer.
      beforeAnswer: (number) =>
        number === 2 ? until("its session is seen", hasSeen) : Promise.resolve(),
      // The quota is spent while the tool runs.
      limits: () => model.requests.length === 2 ? truth.set(100, 6) : truth.now,
    });
    // No hook holds it, and through npm's wrapper the session is open in a child.
    await using box = new CodexSandbox(model.port, { isWrapped: true });
    const truth = new QuotaTruth(box, 50, 3600);
    // Where the script writes it down.
    const hasSeen = () =>
      [...Deno.readDirSync(box.root)].some(({ name }) => existsSync(`${box.root}/${name}/files`));
    await box.run(["start", "--interval-seconds=1", "--reset-buffer-seconds=0"]);
    await until("the quota is open", () => box.state?.status === "open");
    const words = ["codex", "exec", "-s", "read-only", "--skip-git-repo-check", "do it"];
    const { code, stdout, stderr } = await finish(
      box.startProgram(`${dirname(BINARY)}/quota-sentry-run`, [
        "--message",
        "go on",
        "--",
        ...words,
      ]),
    );
    assertEquals([code, stdout], [0, "Done.\n"], stderr);
    assertMatch(stderr, /\nquota-sentry-run: it died at the wall; .*\(1 of 3\)\n/);

    const { requests } = model;
    assertEquals(requests.map(({ status }) => status), [200, 429, 200]);
    assertEquals(new Set(requests.map(({ threadId }) => threadId)).size, 1);
    const [, refused, last] = requests;
    assertGreaterOrEqual(last!.atMs, refused!.atMs + 5000);
    const said = JSON.stringify(last!.body.input);
    assert(said.includes("do it") && said.includes("go on"));

    const files = [...rollouts(`${box.codexHome}/sessions`)];
    assertEquals(files.length, 1);
    const events = lines(files[0]!, "event_msg").map(({ type }) => type);
    assertEquals(events.filter((type) => type === "task_started").length, 2);
    const sandboxes = lines(files[0]!, "turn_context").map(({ sandbox_policy }) => sandbox_policy);
    assertEquals(sandboxes, [{ type: "read-only" }, { type: "read-only" }]);
  },
);
