import { assertEquals } from "@std/assert";
import { readText, until } from "../support/sandbox.ts";
import { ALONE, atTheWall, died, saysBroughtBack, terminalTest } from "./at_the_wall.ts";

terminalTest(
  "revive: of several daemons that see a session, one has it go on, once",
  () =>
    atTheWall(async (wall) => {
      const { box, asked, answeredAfter, turns, log, reset, looks } = wall;
      await using terminal = await died(wall, ALONE);
      const refusedAt = asked().length;
      // Another home of the same account, as some keep one for each project.
      const home = `${box.home}/.codex-work`;
      Deno.mkdirSync(home);
      Deno.copyFileSync(box.configPath, `${home}/config.toml`);
      Deno.symlinkSync(`${box.codexHome}/sessions`, `${home}/sessions`);
      const logOf = (name: string) => readText(`${box.home}/${name}/quota-sentry.log`) ?? "";
      await box.run(["start", `--state-dir=${box.home}/work`, `--home=${home}`]);
      reset();
      const why = "not brought back: it is not open in any terminal";
      await until("the other home leaves it", () => logOf("work").includes(why));
      await Promise.all([
        box.run(["start"]),
        box.run(["start", `--state-dir=${box.home}/other`]),
      ]);
      await terminal.shows("All is done.");
      const broughtBack = () =>
        [log(), logOf("other"), logOf("work")].filter(saysBroughtBack).length;
      await until("it is written down", () => broughtBack() > 0);
      await looks(6);
      assertEquals([turns(), answeredAfter(refusedAt)], [["user", "queue"], [200]]);
      assertEquals(broughtBack(), 1, log() + logOf("other"));
    }),
);
