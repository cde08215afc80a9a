import { assertEquals, assertMatch } from "@std/assert";
import { resolveSettings } from "../../lib/config/settings.ts";
import { Reviving } from "../../lib/daemon/reviving.ts";
import { CLOCK } from "../../lib/process/clock.ts";
import { FoldedLines } from "../../lib/state/log.ts";
import { OwnStateDirectory } from "../../lib/state/own_state_directory.ts";
import { readRevivals } from "../../lib/state/revivals.ts";
import type { State } from "../../lib/state/state.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { deathOf, FakeWall } from "../support/fake_wall.ts";
import { inSeconds, stateWith, writeState } from "../support/states.ts";

/** A daemon's part, with the settings and sessions that a test wants. */
async function withReviving(
  options: Record<string, unknown>,
  test: (parts: {
    wall: FakeWall;
    directory: OwnStateDirectory;
    lines: string[];
    /** A reading was asked for; returns when what follows has been done. */
    asked: (isAtWall?: boolean) => Promise<void>;
    say: (state: Partial<State>) => void;
  }) => Promise<void>,
): Promise<void> {
  await using temporary = temporaryDirectory();
  const directory = new OwnStateDirectory(temporary.path);
  const wall = new FakeWall();
  const lines: string[] = [];
  const all = { staggerSeconds: 0, resetBufferSeconds: 0, revive: "auto", ...options };
  const reviving = new Reviving({
    directory,
    wall,
    clock: CLOCK,
    settings: () => resolveSettings({ options: all }).settings,
    lines: new FoldedLines({ write: (line) => void lines.push(line) }),
    signal: new AbortController().signal,
  });
  const say = (state: Partial<State>) => writeState(directory.path, stateWith(state));
  say({ source: "codex", readAt: inSeconds(-1) });
  const asked = async (isAtWall = true) => {
    reviving.asked(isAtWall);
    await reviving.ended();
  };
  await test({ wall, directory, lines, asked, say });
}

Deno.test("reviving: those in terminals go on, the one that has waited longest first", () =>
  withReviving({}, async ({ wall, lines, asked }) => {
    wall.dead = [deathOf("late"), deathOf("early")];
    await asked();
    assertEquals(wall.sent.map((each) => each.split(":")[0]), ["early", "late"]);
    assertMatch(lines.join("\n"), /stopped at the wall: late in .*\n.*\nbrought back \(early in/);
    await asked();
    assertEquals(wall.sent.length, 2);
  }));

Deno.test("reviving: tell notes them and sends nothing; off does not even look", () =>
  withReviving({ revive: "tell" }, async ({ wall, lines, directory, asked }) => {
    wall.dead = [deathOf("one")];
    await asked();
    await asked();
    assertEquals([wall.sent, lines.length], [[], 1]);
    assertEquals(readRevivals(directory)[0]!.checkedOut, "ref: refs/heads/main");
    await withReviving({ revive: "off" }, async (off) => {
      off.wall.dead = [deathOf("one")];
      await off.asked();
      assertEquals([off.wall.sent, off.lines], [[], []]);
    });
  }));

Deno.test("reviving: nothing before a reading confirms it, and then once", () =>
  withReviving({}, async ({ wall, lines, asked, say }) => {
    wall.dead = [deathOf("one")];
    say({ status: "blocked", blockedUntil: inSeconds(60), source: "codex" });
    await asked();
    assertMatch(lines.at(-1)!, /not brought back: no reading has confirmed yet/);
    say({ source: "codex", readAt: inSeconds(-1) });
    // It goes on looking after what has died, also where the quota is open.
    await asked(false);
    assertEquals(wall.sent.length, 1);
  }));

Deno.test("reviving: a run, a doubt and an obstacle are told, each once", () =>
  withReviving({}, async ({ wall, lines, asked }) => {
    wall.dead = [deathOf("run", { place: "run" })];
    await asked();
    await asked();
    assertMatch(lines.at(-1)!, /not brought back: a run is brought back by hand/);
    wall.dead = [deathOf("doubt")];
    wall.doubts = "another account";
    await asked();
    assertMatch(lines.at(-1)!, /not brought back: another account/);
    wall.dead = [deathOf("closed")];
    [wall.doubts, wall.obstacles] = [undefined, "its terminal was closed"];
    await asked();
    await asked();
    assertMatch(lines.at(-1)!, /not brought back: its terminal was closed/);
    assertEquals([wall.sent, lines.length], [[], 6]);
    // Once the terminal is open again, it is.
    wall.obstacles = undefined;
    await asked();
    assertEquals(wall.sent.length, 1);
  }));

Deno.test("reviving: what came to nothing, or waits, is not sent again", () =>
  withReviving({}, async ({ wall, lines, asked }) => {
    for (const kind of ["pending", "not-done"] as const) {
      wall.dead = [deathOf(kind)];
      wall.outcome = { kind, why: "Esc" };
      await asked();
      await asked();
      assertMatch(lines.at(-1)!, /not brought back: (it was asked to go on|Esc)/);
    }
    assertEquals(wall.sent.length, 2);
  }));

Deno.test("reviving: an error is told, and the next reading looks again", () =>
  withReviving({}, async ({ wall, lines, asked }) => {
    wall.dead = [deathOf("one")];
    const { deaths } = wall;
    wall.deaths = () => Promise.reject(new Error("the disk is away"));
    await asked();
    assertMatch(lines.at(-1)!, /sessions at the wall: the disk is away/);
    wall.deaths = deaths;
    await asked();
    assertEquals(wall.sent.length, 1);
  }));
