import { assertEquals } from "@std/assert";
import { daemonBuild, daemonNote } from "../../lib/state/daemon_note.ts";
import { isClosable } from "../../lib/state/closable.ts";
import { linkIn } from "../../lib/state/link_in.ts";
import { stateDirectory } from "../../lib/state/location.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { whyNotOurs } from "../../lib/state/why_foreign.ts";
import { temporaryDirectory } from "../support/directory.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const LATER = "2026-09-01T12:00:01Z";

const PAUSES: [string | undefined, boolean][] = [
  [undefined, false],
  ["", false],
  ["for ever", false],
  ["2026-09-01T12:00:00Z", false],
  [LATER, true],
  [` ${LATER}\n`, true],
  [`${LATER}${" ".repeat(256 * 1024)}`, false],
];
for (const [text, expected] of PAUSES) {
  Deno.test(`state directory: paused by ${JSON.stringify(text?.slice(0, 30))}: ${expected}`, async () => {
    await using directory = temporaryDirectory();
    const state = new StateDirectory(directory.path);
    if (text !== undefined) Deno.writeTextFileSync(state.file("pause"), text);
    assertEquals(state.pausedUntil(NOW), expected ? new Date(LATER) : undefined);
  });
}

Deno.test("state directory: what is no file pauses nobody", async () => {
  await using directory = temporaryDirectory();
  const state = new StateDirectory(directory.path);
  Deno.mkdirSync(state.file("pause"));
  assertEquals(state.pausedUntil(NOW), undefined);
});

const PIDS: [string | undefined, number | undefined][] = [
  ["4711\n", 4711],
  [undefined, undefined],
  ["", undefined],
  ["0", undefined],
  ["-1", undefined],
  ["1 2", undefined],
  ["12345678901", undefined],
];
for (const [text, pid] of PIDS) {
  Deno.test(`state directory: the daemon's pid of ${JSON.stringify(text)}: ${pid}`, async () => {
    await using directory = temporaryDirectory();
    const state = new StateDirectory(directory.path);
    if (text !== undefined) Deno.writeTextFileSync(state.file("pid"), text);
    assertEquals(state.daemonPid(), pid);
  });
}

const NOTES: [string | undefined, ReturnType<typeof daemonNote>][] = [
  [undefined, undefined],
  ["", undefined],
  ["a build\n\n", undefined],
  ["0.1.0+1234", { build: "0.1.0+1234", sees: [], rules: undefined }],
  ["0.1.0+1234\n\n", { build: "0.1.0+1234", sees: [], rules: undefined }],
  ["0.1.0\ncodex  codexbar\n", { build: "0.1.0", sees: ["codex", "codexbar"], rules: undefined }],
  ["0.1.0\ncodex\n\n", { build: "0.1.0", sees: ["codex"], rules: [] }],
  [
    "0.1.0\n\n--threshold-percent=80  --source=codex\n",
    { build: "0.1.0", sees: [], rules: ["--threshold-percent=80", "--source=codex"] },
  ],
];
for (const [text, note] of NOTES) {
  Deno.test(`daemon note: ${JSON.stringify(text)}`, async () => {
    await using directory = temporaryDirectory();
    const state = new StateDirectory(directory.path);
    if (text !== undefined) Deno.writeTextFileSync(state.file("daemonLock"), text);
    assertEquals([daemonNote(state), daemonBuild(state)], [note, note?.build]);
  });
}

Deno.test("state directory: a turn is marked by a file with its name, and by nothing else", async () => {
  await using directory = temporaryDirectory();
  const state = new StateDirectory(directory.path);
  Deno.mkdirSync(`${state.file("turns")}/a-directory`, { recursive: true });
  Deno.writeTextFileSync(`${state.file("turns")}/turn_1`, "");
  Deno.writeTextFileSync(`${directory.path}/outside`, "");
  const marked = ["turn_1", "turn_2", "a-directory", "../outside", "", "x".repeat(81), undefined]
    .map((turn) => state.isMarked(turn));
  assertEquals(marked, [true, false, false, false, false, false, false]);
});

Deno.test("state directory: ours alone, or not there yet", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  const found = () => [new StateDirectory(path).isOurs(), whyNotOurs(path)];
  assertEquals(found(), [true, undefined]);
  Deno.chmodSync(path, 0o777);
  assertEquals(found(), [false, "others may write into it (mode 0777)"]);
  Deno.chmodSync(path, 0o700);
  const missing = `${path}/missing`;
  assertEquals([new StateDirectory(missing).isOurs(), whyNotOurs(missing)], [true, undefined]);
});

Deno.test("closable: the user's own, with nothing in it but what is ours", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  for (const name of ["state.json", "quota-sentry.log.1", ".state.json.1.tmp"]) {
    Deno.writeTextFileSync(`${path}/${name}`, "");
  }
  Deno.mkdirSync(`${path}/queue`);
  assertEquals(isClosable(path), true);
  Deno.symlinkSync(path, `${path}/quota-sentry.link`);
  assertEquals(isClosable(`${path}/quota-sentry.link`), true);
  Deno.writeTextFileSync(`${path}/notes.txt`, "");
  assertEquals(isClosable(path), false);
  assertEquals([isClosable(`${path}/missing`), isClosable(`${path}/notes.txt`)], [false, false]);
  // Of the system.
  assertEquals(isClosable("/"), false);
});

Deno.test("link in: only a link that has the name of a file of ours", async () => {
  await using directory = temporaryDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/state.json`, "");
  Deno.symlinkSync("/dev/null", `${path}/other`);
  assertEquals(linkIn(path), undefined);
  Deno.symlinkSync("/dev/null", `${path}/quota-sentry.log`);
  assertEquals(linkIn(path), "quota-sentry.log");
});

type Place = Parameters<typeof stateDirectory>[0];
const HOME = { HOME: "/home/u" };
const PLACES: [Place, Record<string, string>, string | undefined][] = [
  [{ stateDir: "/x" }, HOME, "/x"],
  [{ stateDir: "x", provider: "claude" }, HOME, "/cwd/x"],
  [{}, HOME, "/home/u/.cache/quota-sentry"],
  [{ provider: "claude" }, HOME, "/home/u/.cache/quota-sentry-claude"],
  [{}, { ...HOME, XDG_CACHE_HOME: "/cache" }, "/cache/quota-sentry"],
  [{ provider: "claude" }, { XDG_CACHE_HOME: "/cache" }, "/cache/quota-sentry-claude"],
  [{}, { ...HOME, XDG_CACHE_HOME: "cache" }, "/home/u/.cache/quota-sentry"],
  [{}, { HOME: "" }, undefined],
  [{}, {}, undefined],
];
for (const [request, env, expected] of PLACES) {
  Deno.test(`location: ${JSON.stringify(request)} with ${JSON.stringify(env)}`, () => {
    assertEquals(stateDirectory(request, (name) => env[name], () => "/cwd"), expected);
  });
}
