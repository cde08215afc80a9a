import type { BroughtBack, Death, SentFate } from "../../lib/harness/death.ts";
import type { Wall } from "../../lib/harness/wall.ts";

/** Sessions that died, without a harness; what is asked for is counted. */
export class FakeWall implements Wall {
  dead: Death[] = [];
  sent: string[] = [];
  /** What comes of a message. */
  outcome: BroughtBack = { kind: "done" };
  /** Called before a message is sent. */
  before: () => void | Promise<void> = () => {};
  /** What has become of one that waits; an error where it cannot be told. */
  fate: SentFate | Error = "waits";
  followed = 0;
  doubts: string | undefined;
  obstacles: string | undefined;
  isLocked = false;

  deaths = () => Promise.resolve([...this.dead]);
  environment = {};
  means = () => ({ isAble: true, text: "it takes messages" });
  isStillDead = (death: Death) => Promise.resolve(this.dead.includes(death));
  checkedOut = () => "ref: refs/heads/main";
  lock = () => this.isLocked ? undefined : { [Symbol.dispose]: () => {} };
  doubt = () => Promise.resolve(this.doubts);
  obstacle = () => Promise.resolve(this.obstacles);
  followUp = (): Promise<SentFate> => {
    this.followed++;
    return this.fate instanceof Error ? Promise.reject(this.fate) : Promise.resolve(this.fate);
  };
  goOn = async (death: Death, message: string): Promise<BroughtBack> => {
    await this.before();
    this.sent.push(`${death.session}: ${message}`);
    if (this.outcome.kind === "done") this.dead = this.dead.filter((each) => each !== death);
    return this.outcome;
  };
}

/** A session in a terminal that died a minute ago, and whose quota is back. */
export function deathOf(session: string, fields: Partial<Death> = {}): Death {
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
  return {
    session,
    turn: `turn of ${session}`,
    file: `/${session}.jsonl`,
    diedAt: ago(60),
    resetsAt: ago(20),
    windows: [{
      id: "primary",
      usedPercent: 100,
      windowMinutes: 300,
      resetsAt: ago(20),
      extra: false,
    }],
    place: "terminal",
    directory: "/w",
    resume: ["codex", "resume", session],
    doubt: undefined,
    ...fields,
  };
}
