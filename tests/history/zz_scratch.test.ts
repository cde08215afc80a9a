import { HistoryDatabase } from "../../lib/history/database.ts";
import { CODEXBAR, readText, Sandbox, until, usage } from "../support/sandbox.ts";
const sh = (c: string) => {
  const o = new Deno.Command("bash", { args: ["-c", c] }).outputSync();
  return new TextDecoder().decode(o.stdout) + new TextDecoder().decode(o.stderr);
};
const delay = (ms: number) => new Promise((ok) => setTimeout(ok, ms));
class Kept extends Sandbox {
  r = 3600 + Date.now() / 1000;
  get path() {
    return `${this.stateDir}/history/quota-sentry.history.db`;
  }
  get log() {
    return readText(`${this.stateDir}/quota-sentry.log`) ?? "";
  }
  uses(used: number) {
    this.answer(usage({ used, resetInSeconds: this.r - Date.now() / 1000 }));
  }
  get pct() {
    try {
      using db = HistoryDatabase.openToRead(this.path);
      return db.readingsBehind(0).map(({ windows }) => windows[0]!.usedPercent);
    } catch (e) {
      return String(e);
    }
  }
  get pid() {
    return readText(`${this.stateDir}/quota-sentry.pid`)?.trim();
  }
  async step(used: number) {
    this.uses(used);
    const t = Date.now();
    await until(
      "state " + used,
      () =>
        (this.state as any)?.usedPercent === used ||
        JSON.stringify(this.state).includes(`:${used}`),
    );
    return Date.now() - t;
  }
}
Deno.test("D history mess", async () => {
  await using box = new Kept();
  box.codexbar(CODEXBAR.answers);
  box.uses(20);
  await box.run(["config", "set", "intervalSeconds", "1"]);
  await box.run(["start"]);
  await until("k", () => Array.isArray(box.pct) && box.pct.at(-1) === 20);
  const d = `${box.stateDir}/history`;
  const pid = box.pid;
  console.log("stat", sh(`stat -c '%a %n' '${d}' '${d}'/*`));
  // a: the whole directory is removed
  sh(`rm -rf '${d}'`);
  console.log("a", await box.step(21));
  await delay(2500);
  console.log(box.pct, box.pid === pid, sh(`ls -la '${d}'`));
  console.log(sh(`cat '${box.stateDir}/quota-sentry.log'`));
  await box.run(["stop"]);
  await box.run(["start"]);
  console.log("a2", await box.step(22));
  await delay(1500);
  console.log(box.pct);
  // b: only the db is removed
  sh(`rm '${box.path}'`);
  console.log("b", await box.step(23));
  await delay(2500);
  console.log(box.pct, sh(`ls -la '${d}'`));
  await box.run(["stop"]);
  await box.run(["start"]);
  console.log("b2", await box.step(24));
  await delay(1500);
  console.log(box.pct);
  // c: shm truncated
  const p2 = box.pid;
  sh(`truncate -s 0 '${box.path}-shm'`);
  console.log("c", await box.step(25).catch(String));
  await delay(1500);
  console.log(box.pct, p2, box.pid, sh(`kill -0 ${p2} && echo lives`));
  await box.run(["start"]);
  console.log("c2", await box.step(26));
  await delay(1500);
  console.log(box.pct);
  await box.run(["stop"]);
  // d: FIFOs beside it
  sh(`mkfifo '${box.path}-wal' '${box.path}-shm'`);
  await box.run(["start"]);
  console.log("d", await box.step(27));
  await delay(3500);
  console.log(box.pct, sh(`ls -la '${d}'`));
  await box.run(["stop"]);
  sh(`rm -rf '${d}'/*; mkfifo '${box.path}'`);
  await box.run(["start"]);
  console.log("e", await box.step(28));
  await delay(1500);
  console.log(box.pct, sh(`ls -la '${d}'`));
  await box.run(["stop"]);
  sh(`rm -rf '${d}'/*; mkdir -p '${box.path}/x' '${box.path}.broken/y'`);
  await box.run(["start"]);
  console.log("f", await box.step(29));
  await delay(1500);
  console.log(box.pct, sh(`ls -la '${d}'`));
  await box.run(["stop"]);
  sh(`rm -rf '${d}'; mkdir '${box.root}/v'; ln -s '${box.root}/v' '${d}'`);
  console.log(await box.run(["start"]));
  sh(`rm -rf '${d}'`);
  await box.run(["start"]);
  console.log("g", await box.step(31));
  await delay(1500);
  sh(`rm -rf '${d}'; ln -s '${box.root}/v' '${d}'`);
  console.log("g", await box.step(32));
  await delay(1500);
  console.log(box.pct, sh(`ls -la '${box.root}/v'`));
  console.log(sh(`cat '${box.stateDir}/quota-sentry.log'`));
});
