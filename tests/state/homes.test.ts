import { assertEquals, assertMatch } from "@std/assert";
import {
  homeOfDirectory,
  homeText,
  isForgotten,
  isGone,
  knownHomes,
} from "../../lib/state/homes.ts";
import { nameInPaths } from "../../lib/harness/callers.ts";
import { nameOfHome, stateDirectory } from "../../lib/state/location.ts";
import { StateDirectory } from "../../lib/state/state_directory.ts";
import { temporaryDirectory } from "../support/directory.ts";

const HOUR_MS = 3_600_000;

for (
  const [home, name] of [
    ["/home/ann/.codex-work", /^codex-work-\w{7}$/],
    ["/srv/acme/.codex", /^acme-codex-\w{7}$/],
    ["/codex", /^codex-\w{7}$/],
    ["/", /^root-\w{7}$/],
    ["/home/ann/my home.d/..", /^my-home-d-\w{7}$/],
    [`/x/${"long".repeat(30)}`, /^[long]{40}-\w{7}$/],
    ["/home/ann/é", /^--\w{7}$/],
  ] as const
) {
  Deno.test(`name of a home: ${home.slice(0, 40)}`, () => assertMatch(nameOfHome(home), name));
}

Deno.test("name of a home: two that look the same are told apart", () => {
  assertEquals(nameOfHome("/a/.codex") === nameOfHome("/b/a/.codex"), false);
});

const ENV: Record<string, string> = { HOME: "/home/ann" };
const DIRECTORIES: [Parameters<typeof stateDirectory>[0], RegExp | undefined, typeof ENV?][] = [
  [{}, /^\/home\/ann\/\.cache\/quota-sentry$/],
  [{ home: "/w/.codex" }, /^\/home\/ann\/\.cache\/quota-sentry@w-codex-\w{7}$/],
  [{ provider: nameInPaths("codex") }, /\/quota-sentry$/],
  [{ provider: "claude" }, /\/quota-sentry-claude$/],
  [{ provider: "claude", home: "/w/.mine" }, /\/quota-sentry-claude@w-mine-[0-9a-z]{7}$/],
  [{ stateDir: "/s", home: "/w/.codex" }, /^\/s$/],
  [{ stateDir: "s" }, /^\/cwd\/s$/],
  [{}, /^\/c\/quota-sentry$/, { XDG_CACHE_HOME: "/c" }],
  [{}, /^\/home\/ann\/\.cache\/quota-sentry$/, { ...ENV, XDG_CACHE_HOME: "relative" }],
  [{}, undefined, {}],
];
for (const [request, expected, env = ENV] of DIRECTORIES) {
  Deno.test(`state directory: ${JSON.stringify(request)} with ${JSON.stringify(env)}`, () => {
    const path = stateDirectory(request, (name) => env[name], () => "/cwd");
    if (expected) assertMatch(path!, expected);
    else assertEquals(path, undefined);
  });
}

Deno.test("homes: those beside it are known by what is written down; others' and links are not", async () => {
  await using temporary = temporaryDirectory();
  const make = (name: string, home?: string) => {
    const directory = new StateDirectory(`${temporary.path}/${name}`);
    Deno.mkdirSync(directory.path, { mode: 0o700 });
    if (home !== undefined) Deno.writeTextFileSync(directory.file("home"), home);
    return directory;
  };
  const usual = make("quota-sentry", homeText(temporary.path));
  make("quota-sentry@gone", homeText(`${temporary.path}/gone`));
  make("quota-sentry@none");
  make("quota-sentry@odd", "not a path\n");
  make("quota-sentry-claude", homeText(temporary.path));
  Deno.chmodSync(make("quota-sentry@open", homeText("/x")).path, 0o777);
  Deno.symlinkSync(usual.path, `${temporary.path}/quota-sentry@link`);
  make("quota-sentry-claude@x", homeText(`${temporary.path}/gone`));
  make("quota-sentry.log");
  const known = knownHomes(usual).map(({ directory, provider, home, isGone }) => [
    directory.path.slice(temporary.path.length + 1),
    provider,
    home?.slice(temporary.path.length),
    isGone,
  ]);
  assertEquals(known, [
    ["quota-sentry", undefined, "", false],
    ["quota-sentry-claude", "claude", "", false],
    ["quota-sentry-claude@x", "claude", "/gone", true],
    ["quota-sentry@gone", undefined, "/gone", true],
    ["quota-sentry@none", undefined, undefined, false],
    ["quota-sentry@odd", undefined, undefined, false],
  ]);
  assertEquals(homeOfDirectory(new StateDirectory("/nowhere")), undefined);
  assertEquals(knownHomes(new StateDirectory("/nowhere/quota-sentry")), []);
  Deno.symlinkSync("loop", `${temporary.path}/loop`);
  assertEquals([isGone(`${temporary.path}/loop`), isGone(`${temporary.path}/gone`)], [false, true]);
});

Deno.test("homes: what was in use for days is kept for 40, since its disk may be away", async () => {
  await using temporary = temporaryDirectory();
  const directory = new StateDirectory(`${temporary.path}/quota-sentry@gone`);
  const now = Date.now();
  Deno.mkdirSync(directory.path);
  for (const [name, days] of [["home", 3], ["state", 0]] as const) {
    Deno.writeTextFileSync(directory.file(name), "");
    const at = new Date(now - days * 24 * HOUR_MS);
    Deno.utimeSync(directory.file(name), at, at);
  }
  const known = { directory, provider: undefined, home: "/gone", isGone: true };
  const after = (days: number) => isForgotten(known, new Date(now + days * 24 * HOUR_MS));
  assertEquals([after(2), after(39), after(41)], [false, false, true]);
});

const LEFT: [string, Record<string, string>, boolean][] = [
  ["our files", { "state.json": "{}", "quota-sentry.log.1": "", ".state.json.1-a.tmp": "" }, true],
  ["places and marks", { "queue/0.place": "", "queue/1-2.wake": "", "turns/a-1": "" }, true],
  ["a file of the user's", { "notes.txt": "" }, false],
  ["one that is called nearly so", { "quota-sentry.notes.md": "" }, false],
  ["one among the places", { "queue/thesis.txt": "" }, false],
  ["one among the marks", { "turns/a.b": "" }, false],
  ["a pause that is on", { "quota-sentry.pause": "2100-01-01T00:00:00Z\n" }, false],
  ["a pause that is over", { "quota-sentry.pause": "2020-01-01T00:00:00Z\n" }, true],
];
for (const [name, files, expected] of LEFT) {
  Deno.test(`homes: ${name} ${expected ? "is" : "is not"} cleared away after a day`, async () => {
    await using temporary = temporaryDirectory();
    const directory = new StateDirectory(`${temporary.path}/quota-sentry@gone`);
    for (const path of ["", "/queue", "/turns"]) Deno.mkdirSync(`${directory.path}${path}`);
    for (const [file, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${directory.path}/${file}`, text);
    }
    const known = { directory, provider: undefined, home: "/gone", isGone: true };
    const at = (hours: number) => new Date(Date.now() + hours * HOUR_MS);
    assertEquals(isForgotten(known, at(25)), expected);
    assertEquals(isForgotten(known, at(23)), false);
    assertEquals(isForgotten({ ...known, isGone: false }, at(25)), false);
  });
}
