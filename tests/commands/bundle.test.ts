import { assert, assertEquals, assertMatch } from "@std/assert";
import { HistoryDatabase } from "../../lib/history/database.ts";
import { CODEXBAR, iso, readText, Sandbox, usage } from "../support/sandbox.ts";
import { findTool } from "../support/tools.ts";

/** What must not be in a bundle; each is planted where its name says. */
const SECRETS = {
  user: "annquuxley",
  codexHome: "codex-zanzibarwork",
  project: "projektgryphon",
  projectWithSpaces: "Plan Vermilionish Later",
  email: "ann.quux@snarkmail.test",
  tokenInAuth: "eyJhbGciOiJSUzI1NiJ9.tokenInAuthQx",
  accountId: "acct-7711-quuxacct",
  tokenInConfig: "sk-proj-tokenInConfigQx",
  profile: "profilejabberwocky",
  tokenInHooks: "ghp_tokenInHooksQx9Zx",
  eventInHooks: "EventOfSnarksoft",
  session: "01a20000-0000-7000-8000-00000000beef",
  prompt: "frobnicatemyprompt",
  logWord: "logwordxyzzy",
  logAddress: "192.168.77.66",
  logPhone: "0171-5551234",
  reason: "reasonplugh",
  advice: "adviceplover",
  windowId: "windowsnarkid",
  plan: "planbandersnatch",
  gate: "gatefrumious",
  daemonSees: "seesmimsy",
  message: "borogovesmessage",
  unknownKey: "unknownmomeraths",
  sectionHome: "sectionslithy",
  variable: "variabletoves",
  apiKey: "sk-apikeyinenvironment",
  noticeFile: "noticevorpal",
  fileInState: "uffishfile",
  eventField: "fieldtulgey",
  revival: "revivalburbled",
  codexbarError: "galumphingerror",
} as const;

const S = SECRETS;

/** A home in which every file that we look at has a secret, and the environment has some. */
class Home extends Sandbox {
  readonly user = `${this.root}/${S.user}`;
  readonly codex = `${this.user}/.${S.codexHome}`;
  readonly files = `${this.user}/.cache/quota-sentry`;

  override get env(): Record<string, string> {
    return {
      ...super.env,
      HOME: this.user,
      CODEX_HOME: this.codex,
      QUOTA_SENTRY_NOTICE_FILE: `${this.user}/${S.noticeFile}`,
      QUOTA_SENTRY_INTERVAL_SECONDS: S.variable,
      OPENAI_API_KEY: S.apiKey,
    };
  }
}

function write(path: string, content: unknown): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  Deno.writeTextFileSync(path, text, { mode: 0o600 });
}

/** Plants all of them, and gives what else the bundle is to tell. */
function plant(box: Home): void {
  const project = `${box.user}/${S.project}`;
  const spaced = `${box.user}/${S.projectWithSpaces}`;
  write(`${box.codex}/auth.json`, {
    OPENAI_API_KEY: S.tokenInAuth,
    tokens: { id_token: S.tokenInAuth, account_id: S.accountId, email: S.email },
  });
  write(
    `${box.codex}/config.toml`,
    `experimental_bearer_token = "${S.tokenInConfig}"\n[profiles.${S.profile}]\nmodel = "x"\n`,
  );
  const command = `curl -H 'Authorization: ${S.tokenInHooks}' https://example.test`;
  write(`${box.codex}/hooks.json`, {
    hooks: {
      PreToolUse: [{ hooks: [{ type: "command", command }] }],
      [S.eventInHooks]: [{
        hooks: [
          { type: "command", command },
          { type: "command", command: `quota-sentry guard --source=${S.tokenInHooks}` },
        ],
      }],
    },
  });
  write(`${box.codex}/sessions/2026/01/01/rollout-2026-01-01T00-00-00-${S.session}.jsonl`, {
    type: "session_meta",
    payload: { id: S.session, cwd: project, prompt: S.prompt },
  });
  write(`${box.user}/.config/quota-sentry/config.json`, {
    reviveMessage: S.message,
    [S.unknownKey]: 1,
    resetBufferSeconds: 77,
    homes: { [`/srv/${S.sectionHome}`]: { resetBufferSeconds: 5 } },
  });
  write(
    `${box.files}/quota-sentry.log`,
    [
      `${iso(-60)} started: pid 4711, version 0.1.0`,
      `${iso(-50)} blocked (codexbar): 97% of the 5-hour window is used; ${S.logWord}`,
      `${iso(-40)} released by the user: session ${S.session}, pid 12, in ${spaced}`,
      `${
        iso(-30)
      } settings not used: ${project}/config.json says ${S.email}, ${S.logAddress}, ${S.logPhone}`,
      "",
    ].join("\n"),
  );
  write(`${box.files}/state.json`, {
    schemaVersion: 1,
    status: "blocked",
    reason: `97% of the 5-hour window is used; ${S.reason}`,
    updatedAt: iso(-1),
    blockedUntil: iso(600),
    windowMinutes: 300,
    source: "codexbar",
    advice: [`upgrade ${S.advice}`],
    plan: S.plan,
    credits: S.plan,
    windows: [{
      id: S.windowId,
      usedPercent: 97,
      windowMinutes: 300,
      resetsAt: iso(600),
      extra: true,
    }],
  });
  write(`${box.files}/quota-sentry.gate`, `open ${S.gate}\n`);
  write(`${box.files}/quota-sentry.lock`, `0.1.0\ncodex ${S.daemonSees}\n`);
  write(`${box.files}/quota-sentry.home`, `${box.codex}\n`);
  write(`${box.files}/${S.fileInState}`, S.fileInState);
  write(`${box.files}/quota-sentry.revivals.json`, {
    schemaVersion: 1,
    revivals: [{
      session: S.session,
      turn: "t",
      diedAt: new Date().toISOString(),
      seenAt: new Date().toISOString(),
      checkedOut: S.revival,
      file: `${project}/rollout.jsonl`,
      why: `it is ${S.revival}`,
    }],
  });
  Deno.mkdirSync(`${box.files}/history`, { mode: 0o700 });
  using history = HistoryDatabase.open(`${box.files}/history/quota-sentry.history.db`);
  const at = new Date(Date.now() - 60_000);
  history.addEvent({
    at,
    kind: "hold",
    about: "4711",
    fields: { pid: 4711, until: iso(600), why: S.eventField, directory: spaced },
  });
  history.addEvent({
    at,
    kind: "stopped",
    about: S.session,
    fields: { session: S.session, directory: project },
  });
}

Deno.test("doctor --bundle: tells what a bug report needs, and nothing that is the user's", async () => {
  await using box = new Home();
  plant(box);
  box.codexbar(`${CODEXBAR.answers}; exit 3`, [
    ...(usage({ used: 97 }) as Record<string, unknown>[]),
    {
      provider: "codex",
      account: S.email,
      usage: { identity: { accountEmail: S.email, loginMethod: S.plan } },
      error: { message: `${S.codexbarError} for ${S.email} at ${S.logAddress}` },
    },
  ]);
  const cwd = `${box.user}/${S.project}`;
  Deno.mkdirSync(cwd);
  // Who waits by itself is known by its program.
  Deno.copyFileSync(findTool("sleep")!, `${box.root}/quota-sentry-x`);
  const { pid } = box.adopt(
    new Deno.Command(`${box.root}/quota-sentry-x`, {
      args: ["600"],
      cwd,
      env: box.env,
      stdout: "null",
    }),
  );
  write(`${box.files}/queue/0.place`, `${pid} ${pid}-1788256801 ${iso(600)} ${S.session} model\n`);
  const { code, stdout, stderr } = await box.run(
    ["doctor", `--state-dir=${box.files}`, "--bundle=-"],
    { cwd },
  );
  assertEquals([code, stderr], [0, ""]);
  const found = Object.entries(SECRETS).filter(([, secret]) =>
    [secret, ...secret.split(" ")].some((part) => stdout.toLowerCase().includes(part.toLowerCase()))
  );
  assertEquals(found.map(([name]) => name), [], stdout);
  const bundle = JSON.parse(stdout);
  assertEquals(bundle.paths.state, "~/.cache/quota-sentry");
  assertMatch(bundle.paths.hooksFile, /^~\/\(\d+\)\/hooks\.json$/);
  assertEquals(bundle.settings.changed.map(({ key }: { key: string }) => key).toSorted(), [
    "resetBufferSeconds",
    "reviveMessage",
  ]);
  assertEquals(bundle.variables.includes("QUOTA_SENTRY_INTERVAL_SECONDS"), true);
  assertMatch(bundle.log[0], /^20\S+Z started: pid 4711, version 0\.1\.0$/);
  assertMatch(bundle.log[1], / blocked \(codexbar\): 97% of the 5-hour window is used; …$/);
  assertEquals(bundle.state.reason, "97% of the 5-hour window is used; …");
  assertEquals(bundle.hooks.perEvent, [{ event: "PreToolUse", count: 1 }, {
    event: "…",
    count: 1,
  }]);
  assertEquals(bundle.events.map(({ kind }: { kind: string }) => kind), ["hold", "stopped"]);
  assertEquals(bundle.waiting.map((each: { pid: number }) => each.pid), [pid]);
  // The same name has the same number.
  assertEquals(bundle.waiting[0].session, bundle.revivals[0].session);
  assertEquals(bundle.events[1].session, bundle.revivals[0].session);
  assertMatch(bundle.log[2], /session …,? pid 12, in ~\/\(\d+\) …$/);
  const reading = bundle.checks.find(({ name }: { name: string }) => name === "reading");
  assertMatch(reading.text, /codexbar/);
  const state = bundle.files.state.find(({ name }: { name: string }) => name === "state.json");
  assertEquals([state.mode, state.kind, state.isOurs], ["600", "file", true]);
  const daemon = bundle.checks.find(({ name }: { name: string }) => name === "daemon");
  assertEquals([daemon.result, daemon.text], ["fail", "it does not run"]);
});

Deno.test("doctor --bundle FILE: a new file for its owner alone, and never one that is there", async () => {
  await using box = new Sandbox();
  const path = `${box.home}/report.json`;
  const { code, stdout, stderr } = await box.run(["doctor", "--bundle", "report.json"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^~\/report\.json was written \(\d+ KiB\), and sent nowhere\.\n/);
  assertMatch(stdout, /Look at it before you send it\.\n$/);
  assertEquals(JSON.parse(readText(path)!).schemaVersion, 1);
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
  Deno.writeTextFileSync(path, "mine");
  Deno.symlinkSync("nowhere", `${box.home}/link`);
  for (const name of ["report.json", "link", "."]) {
    const again = await box.run(["doctor", "--bundle", name]);
    assertEquals([again.code, again.stdout], [1, ""]);
    assertMatch(again.stderr, /is there already, and nothing was written; name a new file\n$/);
  }
  assertEquals([readText(path), Deno.readLinkSync(`${box.home}/link`)], ["mine", "nowhere"]);
  const missing = await box.run(["doctor", "--bundle", "none/report.json"]);
  assertEquals(missing.code, 1);
  assertMatch(missing.stderr, /none is not a directory\n$/);
  const all = await box.run(["doctor", "--bundle=-", "--all"]);
  assertEquals([all.code, all.stdout], [1, ""]);
  assert(/--bundle looks at one home/.test(all.stderr), all.stderr);
});

Deno.test("doctor --bundle: what is broken is said, and nothing that stands in it", async () => {
  await using box = new Sandbox();
  const garbage = "jubjubbird {";
  for (const name of ["state.json", "quota-sentry.revivals.json", "quota-sentry.pause"]) {
    write(`${box.stateDir}/${name}`, garbage);
  }
  write(`${box.stateDir}/history/quota-sentry.history.db`, garbage);
  Deno.mkdirSync(`${box.stateDir}/quota-sentry.log`);
  write(`${box.codexHome}/hooks.json`, garbage);
  write(`${box.home}/.config/quota-sentry/config.json`, garbage);
  const { code, stdout, stderr } = await box.run(["doctor", "--bundle=-"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.includes("jubjub"), false, stdout);
  const bundle = JSON.parse(stdout);
  assertEquals(bundle.unreadable, ["revivals", "hooks", "events"]);
  assertEquals(bundle.settings.problems.length, 1);
  assertMatch(bundle.hooks.problem, /hooks file/);
});
