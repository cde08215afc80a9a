import { assert, assertEquals } from "@std/assert";
import { type DeadSession, deadSession } from "../support/dead_session.ts";
import { fakeCodexQueue, openInTerminal, sentTo } from "../support/fake_terminal.ts";
import { CODEXBAR, kill, readText, Sandbox, until, usage } from "../support/sandbox.ts";
import { times } from "../support/soak.ts";
import { SCRIPT } from "../support/tools.ts";

const SESSIONS = 4;
const KILLS = 5;

/** How long after its start a daemon is killed at most, in milliseconds: by then it has asked Codex. */
const WITHIN_MS = 2500;

/** What became of the sessions of one home. */
interface Became {
  readonly kills: number;
  readonly broughtBack: number;
  readonly told: number;
}

/** Kills one daemon after the other while it brings sessions back, then lets one have its way. */
async function killedAgainAndAgain(): Promise<Became> {
  await using box = new Sandbox();
  box.codexbar(CODEXBAR.answers, usage({ used: 3, resetInSeconds: 17_000 }));
  fakeCodexQueue(box, { queueSeconds: 0.2, turnSeconds: 0.2 });
  const sessions = Array.from(
    { length: SESSIONS },
    (_, index) => deadSession(box, { number: index + 1, diedIn: -900 - index, resetsIn: -300 }),
  );
  await openInTerminal(box, sessions);
  box.configure({ revive: "auto", intervalSeconds: 1, resetBufferSeconds: 0, staggerSeconds: 0 });

  let kills = 0;
  while (kills < KILLS) {
    await box.run(["start"]);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * WITHIN_MS));
    kills += killDaemon(box, Math.random() < 0.5);
  }
  await box.run(["start"]);
  const written = () =>
    JSON.parse(readText(`${box.stateDir}/quota-sentry.revivals.json`) ?? "{}").revivals ?? [];
  const isSettled = ({ id, path }: DeadSession) =>
    turnsIn(path) > 0 ||
    written().some((each: { session: string; begunAt?: string }) =>
      each.session === id && each.begunAt
    );
  await until("each is brought back, or begun", () => sessions.every(isSettled));
  // What is on its way arrives.
  await until(
    "no message is on its way",
    () => !box.processes().some(({ command }) => /codex queue|sh sh \{/.test(command)),
  );
  const { stdout } = await box.run(["revive", "--list", "--json"]);
  const told: { session: string; fate: string }[] = JSON.parse(stdout).stopped;
  for (const session of sessions) {
    assert(sentTo(box, session).length <= 1, `${session.id} was sent more than one message`);
    assert(turnsIn(session.path) <= 1, `${session.id} has more than one turn`);
    // One that was missed is told.
    if (turnsIn(session.path) === 0) {
      assertEquals(told.find((each) => each.session === session.id)?.fate, "tell");
    }
  }
  const broughtBack = sessions.filter(({ path }) => turnsIn(path) === 1).length;
  return { kills, broughtBack, told: SESSIONS - broughtBack };
}

/** Kills the daemon, alone or with what it has started; tells how many that were. */
function killDaemon(box: Sandbox, withChildren: boolean): number {
  const all = box.processes();
  const daemons = all.filter(({ command }) => / daemon --state-dir/.test(`${command} `));
  for (const { pid } of daemons) kill(pid);
  if (withChildren) {
    for (const { pid, command } of all) if (/ (queue|app-server) /.test(`${command} `)) kill(pid);
  }
  return daemons.length;
}

function turnsIn(path: string): number {
  return readText(path)!.split('"turn_trigger"').length - 1;
}

Deno.test({
  name:
    "reviving: killed at any instant, a session gets one turn at most, and a missed one is told",
  ignore: SCRIPT === undefined,
  fn: async () => {
    const all: Became[] = [];
    const rounds = times(1, 60);
    for (let round = 0; round < rounds; round++) all.push(await killedAgainAndAgain());
    const sum = (of: (each: Became) => number) => all.reduce((total, each) => total + of(each), 0);
    assertEquals(sum(({ kills }) => kills) >= rounds * KILLS, true);
    console.log(
      `${sum((each) => each.kills)} kills: ${sum((each) => each.broughtBack)} brought back, ` +
        `${sum((each) => each.told)} left and told`,
    );
  },
});
