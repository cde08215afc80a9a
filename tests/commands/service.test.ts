import { assertEquals, assertMatch } from "@std/assert";
import { pathsBelow } from "../support/paths_below.ts";
import { CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "service: what install writes, status tells and uninstall takes away",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    Deno.mkdirSync(`${box.home}/.config`);
    const before = [...pathsBelow(box.home)];
    const none = await box.run(["service", "status"]);
    assertEquals([none.code, none.stderr], [1, ""]);
    assertMatch(none.stdout, /^not installed: .*To have it: quota-sentry service install\n$/);

    const first = await box.run(["service", "install"]);
    assertEquals([first.code, first.stderr], [0, ""]);
    assertMatch(first.stdout, /^To start it now: systemctl --user daemon-reload && /m);
    const unit = readText(`${box.home}/.config/systemd/user/quota-sentry.service`)!;
    assertMatch(unit, /^ExecStart=-".*\/quota-sentry" start --all$/m);
    assertMatch(unit, new RegExp(`^Environment="PATH=${box.bin}:/usr/bin:/bin"$`, "m"));
    assertMatch((await box.run(["service", "install"])).stdout, /nothing was changed/);

    const there = await box.run(["service", "status"]);
    assertEquals(there.code, 0);
    assertMatch(
      there.stdout,
      /^enabled: systemd starts it at login\nstarts: .*quota-sentry start --all\n/m,
    );

    const removed = await box.run(["service", "uninstall"]);
    assertEquals([removed.code, removed.stderr], [0, ""]);
    assertEquals([...pathsBelow(box.home)], before);
    assertMatch((await box.run(["service", "uninstall"])).stdout, /nothing to remove/);
  },
});

Deno.test({
  name: "service: a file that somebody has changed stays, and is said",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    const env = { XDG_CONFIG_HOME: `${box.home}/settings` };
    const unit = `${box.home}/settings/systemd/user/quota-sentry.service`;
    await box.run(["service", "install"], { env });
    const mine = `${readText(unit)}Environment=MINE=1\n`;
    Deno.writeTextFileSync(unit, mine);
    assertMatch((await box.run(["service", "status"], { env })).stdout, /\(changed since\)/);
    const again = await box.run(["service", "install"], { env });
    assertEquals([again.code, again.stdout], [1, ""]);
    assertMatch(again.stderr, /is not as quota-sentry has written it, and stays so/);
    const removed = await box.run(["service", "uninstall"], { env });
    assertEquals(removed.code, 1);
    assertMatch(removed.stderr, /quota-sentry\.service has been changed since, and stays/);
    assertEquals(readText(unit), mine);
    // The other one is gone, so nothing starts it.
    assertMatch((await box.run(["service", "status"], { env })).stdout, /^NOT enabled/m);
  },
});

Deno.test({
  name: "service: a link to a directory is the user's, and stays",
  ignore,
  fn: async () => {
    await using box = new Sandbox();
    Deno.mkdirSync(`${box.home}/.config`);
    Deno.mkdirSync(`${box.home}/dotfiles`);
    Deno.symlinkSync("../dotfiles", `${box.home}/.config/systemd`);
    const before = [...pathsBelow(box.home)];
    assertEquals((await box.run(["service", "install"])).code, 0);
    assertEquals((await box.run(["service", "uninstall"])).code, 0);
    assertEquals([...pathsBelow(box.home)], before);
  },
});

Deno.test("start --all: a daemon for each home, as its hooks would start it", async () => {
  await using box = new Sandbox();
  const work = `${box.home}/.codex-work`;
  for (const home of [box.codexHome, work]) Deno.mkdirSync(home);
  box.codexbar(CODEXBAR.answers, usage({ used: 50 }));
  await box.run(["install-hook", "--home", work, "--threshold-percent", "40"]);
  const { code, stdout } = await box.run(["start", "--all"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^~\/\.codex: daemon started: pid \d+\n~\/\.codex-work: daemon started/);
  const daemons = () =>
    box.processes().map(({ command }) => command).filter((each) => / daemon /.test(each));
  // What one of them starts looks like itself for a moment.
  let seen: string[] = [];
  await until("each home has one daemon", () => (seen = daemons()).length === 2);
  assertEquals(seen.map((each) => /--threshold-percent=40/.test(each)).toSorted(), [false, true]);
  assertMatch((await box.run(["start", "--all"])).stdout, /^(~.*: daemon already running.*\n){2}$/);
});
