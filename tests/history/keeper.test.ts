import { assert, assertEquals, assertMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { HistoryDatabase } from "../../lib/history/database.ts";
import { isRunning } from "../support/processes.ts";
import { CODEXBAR, kill, readText, Sandbox, until, usage } from "../support/sandbox.ts";
import { smallDiskTest } from "../support/small_disk.ts";
import { times } from "../support/soak.ts";
import { tokenCountLine } from "../support/token_count.ts";

const KILLS = 6;

/** A sandbox whose daemon reads each second, with what its history says. */
class Kept extends Sandbox {
  readonly #resetInSeconds = 3600 + Date.now() / 1000;

  get path(): string {
    return `${this.stateDir}/history/quota-sentry.history.db`;
  }

  get log(): string {
    return readText(`${this.stateDir}/quota-sentry.log`) ?? "";
  }

  uses(used: number): void {
    this.answer(usage({ used, resetInSeconds: this.#resetInSeconds - Date.now() / 1000 }));
  }

  /** The percentages that were kept; undefined where there is no history that can be read. */
  percentages(): number[] | undefined {
    return this.#read((db) => db.readingsBehind(0).map(({ windows }) => windows[0]!.usedPercent));
  }

  kinds(): string[] {
    return this.#read((db) => db.eventsBehind(0).map(({ kind }) => kind)) ?? [];
  }

  #read<T>(read: (db: HistoryDatabase) => T): T | undefined {
    try {
      using db = HistoryDatabase.openToRead(this.path);
      return read(db);
    } catch {
      return undefined;
    }
  }

  static begin(used: number): Kept {
    const box = new Kept();
    box.codexbar(CODEXBAR.answers);
    box.uses(used);
    box.configure({ intervalSeconds: 1 });
    box.makeStateDirectory();
    return box;
  }
}

Deno.test("history: the daemon keeps what changes, 0600, and tells each crossing once across its lives", async () => {
  await using box = Kept.begin(20);
  await box.run(["start"]);
  await until("it is kept", () => box.percentages()?.at(-1) === 20);
  box.uses(97);
  await until("it is kept too", () => box.percentages()?.at(-1) === 97);
  assertEquals(Deno.statSync(box.path).mode! & 0o777, 0o600);
  await box.run(["stop"]);
  await box.run(["start"]);
  box.uses(98);
  await until("the next daemon keeps on", () => box.percentages()?.at(-1) === 98);
  assertEquals(box.percentages(), [20, 97, 98]);
  assertEquals(box.kinds(), ["threshold", "block"]);
  await box.run(["stop"]);
  const names = [...Deno.readDirSync(`${box.stateDir}/history`)].map(({ name }) => name);
  assertEquals(names, ["quota-sentry.history.db"]);
});

Deno.test("history: holds, what let them go, a hold that was killed, and a pause", async () => {
  await using box = Kept.begin(97);
  await box.run(["start"]);
  await until("it is blocked", () => box.state?.status === "blocked");
  const [kept, killed] = [1, 2].map(() => box.spawn(["guard", "--state-only"]));
  await until("both are held", () => box.kinds().filter((kind) => kind === "hold").length === 2);
  kill(killed!.pid);
  await box.run(["pause", "1h"]);
  await kept!.status;
  await until("both are over", () => box.kinds().filter((kind) => kind === "release").length === 2);
  await box.run(["resume"]);
  await until("the pause is over", () => box.kinds().includes("resume"));
  using db = HistoryDatabase.openToRead(box.path);
  const held = db.eventsBehind(0).filter(({ kind }) => kind === "hold" || kind === "release");
  const saidOf = (pid: number) => held.filter(({ fields }) => fields.pid === pid);
  const [hold, release] = saidOf(kept!.pid);
  assertEquals([hold!.kind, hold!.fields.directory], ["hold", box.home]);
  assertEquals([release!.about, release!.fields.why], [hold!.about, "let go: paused"]);
  assertEquals(saidOf(killed!.pid)[1]!.fields.why, "it has ended while it was held");
  assertEquals(db.openHolds(), []);
  for (const child of [kept!, killed!]) {
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  }
});

Deno.test("history: killed at any moment, it can be read, and loses no more than what was being written", async () => {
  await using box = Kept.begin(1);
  let used = 1;
  let known = 0;
  for (let kills = 0; kills < times(KILLS, 60); kills++) {
    const { code, stdout, stderr } = await box.run(["start"]);
    assertEquals([code, stderr], [0, ""], stdout);
    const before = box.percentages()?.length ?? 0;
    box.uses(++used);
    await until("it writes", () => (box.percentages()?.length ?? 0) > before);
    box.uses(++used);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1500));
    const pid = Number(readText(`${box.stateDir}/quota-sentry.pid`));
    kill(pid);
    // Until then it has the lock, and the next one would find that it runs.
    await until("it has ended", () => !isRunning(pid));
    const kept = box.percentages();
    assert(kept !== undefined && kept.length > known, `${kept}`);
    assertEquals(kept, kept.toSorted((a, b) => a - b));
    known = kept.length;
  }
  const db = new DatabaseSync(box.path);
  assertEquals(db.prepare("PRAGMA integrity_check").get()?.integrity_check, "ok");
  db.close();
  assert(!/history/.test(box.log), box.log);
});

Deno.test("history: a file that is none is put aside, and told; the reading goes on", async () => {
  await using box = Kept.begin(30);
  Deno.mkdirSync(`${box.stateDir}/history`, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(box.path, "no database ".repeat(1000), { mode: 0o600 });
  await box.run(["start"]);
  await until("a new one is written", () => box.percentages()?.at(-1) === 30);
  assertMatch(readText(`${box.path}.broken`)!, /^no database/);
  assertMatch(box.log, /the history was put aside as quota-sentry\.history\.db\.broken: .*not a/);
  assertEquals(box.state?.status, "open");
});

Deno.test("history: one that is removed while it is used is begun anew, and not where a link leads", async () => {
  await using box = Kept.begin(30);
  await box.run(["start"]);
  await until("it is written", () => box.percentages()?.at(-1) === 30);
  const directory = `${box.stateDir}/history`;
  Deno.removeSync(directory, { recursive: true });
  box.uses(40);
  await until("a new one is written", () => box.percentages()?.at(-1) === 40);

  const elsewhere = `${box.root}/elsewhere`;
  Deno.mkdirSync(elsewhere);
  Deno.removeSync(directory, { recursive: true });
  Deno.symlinkSync(elsewhere, directory);
  box.uses(50);
  await until("it is told", () => /not written now: .*history is a symbolic link/.test(box.log));
  assertEquals([...Deno.readDirSync(elsewhere)], []);
  assertEquals(box.state?.usedPercent, 50);
});

Deno.test("history: one that is damaged while it is used is put aside", async () => {
  await using box = Kept.begin(30);
  await box.run(["start"]);
  await until("it is written", () => box.percentages()?.at(-1) === 30);
  await box.run(["stop"]);
  const file = Deno.openSync(box.path, { write: true });
  file.seekSync(4096, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(100_000).fill(0x55));
  file.close();
  await box.run(["start"]);
  box.uses(40);
  await until("a new one is written", () => box.percentages()?.at(-1) === 40);
  assertMatch(box.log, /the history was put aside/);
});

Deno.test("history: one that somebody has locked stops nothing, and is told of once", async () => {
  await using box = Kept.begin(30);
  await box.run(["start"]);
  await until("it is written", () => box.percentages()?.at(-1) === 30);
  await box.run(["stop"]);
  const other = new DatabaseSync(box.path);
  other.exec("BEGIN EXCLUSIVE");
  await box.run(["start"]);
  box.uses(96);
  await until("it is blocked all the same", () => box.state?.status === "blocked");
  await until(
    "it is told",
    () => /the history is not written now: database is locked/.test(box.log),
  );
  other.exec("ROLLBACK");
  other.close();
  box.uses(50);
  await until("readings go on", () => box.state?.usedPercent === 50);
  assertEquals(box.log.match(/not written now/g)?.length, 1);
});

smallDiskTest("history: a full disk does it no harm, nor the daemon", "size=400k", async (disk) => {
  await using box = Kept.begin(30);
  const stateDir = Deno.realPathSync(disk);
  Deno.chmodSync(stateDir, 0o700);
  await box.run(["start", `--state-dir=${stateDir}`]);
  const state = () => JSON.parse(readText(`${stateDir}/state.json`) ?? "{}");
  const kept = () => {
    using db = HistoryDatabase.openToRead(`${stateDir}/history/quota-sentry.history.db`);
    return db.readingsBehind(0).length;
  };
  await until("it reads", () => state().status === "open");
  await until("it is written", () => {
    try {
      return kept() >= 1;
    } catch {
      // The file is there, and nothing in it.
      return false;
    }
  });
  await Deno.writeFile(`${stateDir}/ballast`, new Uint8Array(1e6)).catch(() => {});
  box.uses(50);
  const log = () => readText(`${stateDir}/quota-sentry.log`) ?? "";
  const calls = box.calls.length;
  await until("it asks on", () => box.calls.length > calls + 2);
  Deno.removeSync(`${stateDir}/ballast`);
  await until("it goes on", () => state().usedPercent === 50);
  assert(kept() >= 1 && !/put aside/.test(log()), log());
  await box.run(["stop", `--state-dir=${stateDir}`]);
});

Deno.test("history: begins with what sessions wrote down before, once", async () => {
  await using box = Kept.begin(30);
  const directory = `${box.codexHome}/sessions/2026/01/02`;
  Deno.mkdirSync(directory, { recursive: true });
  const resetsAt = Math.floor(Date.now() / 1000) + 1000;
  // As it was written three hours ago.
  const line = (used: number, hours: number) =>
    tokenCountLine(used, resetsAt).replace(
      /"timestamp":"[^"]*"/,
      `"timestamp":"${new Date(Date.now() - hours * 3_600_000).toISOString()}"`,
    );
  Deno.writeTextFileSync(`${directory}/rollout-a.jsonl`, line(5, 3) + line(9, 2));
  await box.run(["start"]);
  const inTime = () => {
    using db = HistoryDatabase.openToRead(box.path);
    return db.readingsBetween(new Date(0), new Date()).map(({ windows }) =>
      windows[0]!.usedPercent
    );
  };
  await until("it is kept", () => box.percentages()?.length === 1);
  await until("they are taken in", () => inTime().length === 3);
  assertEquals(inTime(), [5, 9, 30]);
  await box.run(["stop"]);
  Deno.writeTextFileSync(`${directory}/rollout-b.jsonl`, line(7, 1));
  await box.run(["start"]);
  box.uses(35);
  await until("the next one keeps on", () => box.percentages()?.at(-1) === 35);
  assertEquals(inTime(), [5, 9, 30, 35]);
});
