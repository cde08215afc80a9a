import { assertEquals } from "@std/assert";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { candidatesIn, waitingIn } from "../../lib/state/waiting.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { NEEDS_LINUX } from "../support/needs_linux.ts";
import { readText, until } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";

/** What places of earlier versions do not tell. */
const EARLIER = {
  until: undefined,
  session: undefined,
  step: undefined,
  directory: undefined,
};

Deno.test("waiting: who has a pipe in the queue, and who has a place without one", () => {
  const places: Record<string, string> = {
    "/q/0.place": "12 12-1788256800.wake\n",
    "/q/1.place": "13 13-1788256801\n",
    "/q/2.place": "",
    "/q/3.place": "14 nonsense",
    "/q/4.place": "16 16-1788256803.wake 2026-09-01T12:00:00Z 019a-x model /srv/a b\n",
    "/q/5.place": "17 17-1788256804 soon ../x later ../y",
  };
  const pipes = ["12-1788256800.wake", "15-1788256802.wake", "16-1788256803.wake"];
  const others = ["07", "12.wake", "x-1.wake", "0-1.wake", "a.place"];
  const names = [...Object.keys(places).map((path) => path.slice(3)), ...pipes, ...others];
  const candidates = candidatesIn("/q", names, (path) => places[path] ?? "");
  assertEquals(candidates.toSorted((a, b) => a.pid - b.pid), [
    { ...EARLIER, pid: 12, since: new Date(1_788_256_800_000), pipe: "/q/12-1788256800.wake" },
    { ...EARLIER, pid: 13, since: new Date(1_788_256_801_000), pipe: undefined },
    { ...EARLIER, pid: 15, since: new Date(1_788_256_802_000), pipe: "/q/15-1788256802.wake" },
    {
      pid: 16,
      since: new Date(1_788_256_803_000),
      until: new Date("2026-09-01T12:00:00Z"),
      session: "019a-x",
      step: "model",
      directory: "/srv/a b",
      pipe: "/q/16-1788256803.wake",
    },
    { ...EARLIER, pid: 17, since: new Date(1_788_256_804_000), pipe: undefined },
  ]);
});

Deno.test({
  name: "waiting: the scripts and guards that live, in order of arrival, and nobody else",
  ...NEEDS_LINUX,
  fn: async () => {
    await using temporary = temporaryDirectory();
    const { path } = temporary;
    const directory = new StateDirectory(path);
    assertEquals(await waitingIn(directory), []);
    const queue = `${path}/queue`;
    Deno.mkdirSync(queue);
    const shell = (script: string) =>
      new Deno.Command("bash", {
        args: ["-c", script],
        cwd: queue,
        stdin: "null",
        stdout: "null",
      }).spawn();
    // A guard is known by its program.
    Deno.copyFileSync(findTool("sleep")!, `${path}/quota-sentry-x`);
    const children = [
      shell('mkfifo $$-200.wake && exec 3<>"$PWD/$$-200.wake" && exec sleep 600'),
      shell(`echo "$$ $$-100" >0.place && exec ${path}/quota-sentry-x 600`),
      // Another by now, that has the pid of one that was held.
      shell("echo '' >$$-300.wake && echo \"$$ $$-50\" >1.place && exec sleep 600"),
    ];
    try {
      const [script, guard] = children as [Deno.ChildProcess, Deno.ChildProcess];
      Deno.writeTextFileSync(`${queue}/2.place`, "2147483646 2147483646-1\n");
      // Its owner goes on in this moment.
      Deno.symlinkSync("missing", `${queue}/3.place`);
      // What would block, and what would be read whole.
      await new Deno.Command("mkfifo", { args: [`${queue}/4.place`] }).output();
      Deno.writeTextFileSync(`${queue}/5.place`, `${Deno.pid} ${Deno.pid}-1 ${" ".repeat(5000)}`);
      const expected = [
        { ...EARLIER, pid: guard.pid, since: new Date(100_000), directory: queue },
        { ...EARLIER, pid: script.pid, since: new Date(200_000), directory: queue },
      ];
      let waiting: unknown[] = [];
      await until("both wait, and the other runs", async () => {
        waiting = await waitingIn(directory);
        return waiting.length === 2 && readText(`${queue}/1.place`) !== undefined;
      });
      assertEquals(waiting, expected);
      script.kill("SIGKILL");
      await script.status;
      assertEquals(await waitingIn(directory), expected.slice(0, 1));
    } finally {
      for (const child of children) {
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended.
        }
        await child.status;
      }
    }
  },
});
