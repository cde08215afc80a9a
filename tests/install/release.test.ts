import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { VERSION } from "../../lib/process/version.ts";
import { CODEX, CodexSandbox, hooksOf } from "../codex/session.ts";
import {
  assertComesTo,
  CODEXBAR,
  type Ended,
  finish,
  readText,
  Sandbox,
  until,
  usage,
} from "../support/sandbox.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { findTool } from "../support/tools.ts";
import { INSTALLER, SYSTEM } from "./fake_release.ts";
import { filesIn } from "./machine.ts";
import { LATER, packTwoVersions } from "./real_release.ts";

const FORMULA = fromFileUrl(new URL("../../scripts/homebrew/formula", import.meta.url));
const TRY = fromFileUrl(new URL("../../scripts/homebrew/try.rb", import.meta.url));

/** What Codex writes whenever it is asked something. */
const CODEX_WRITES = /^\.codex\/(\w+\.sqlite(-shm|-wal)?$|\.tmp\b)/;

/** A hook that was called. */
interface HookCall {
  hasEnded: boolean;
  readonly ended: Promise<Ended>;
}

/** A home in which Codex has been used, and from which the installer is run. */
class Home extends CodexSandbox {
  readonly program = `${this.home}/.local/bin/quota-sentry`;

  private constructor(readonly release: string) {
    super(9);
  }

  static async begin(release: string): Promise<Home> {
    const box = new Home(release);
    box.codexbar(CODEXBAR.answers, usage({ used: 20 }));
    // Codex has written what it writes at first.
    await hooksOf(box);
    return box;
  }

  /** Runs the installer to its end. */
  async install(...args: string[]): Promise<Ended> {
    return await finish(
      this.startProgram("sh", [INSTALLER, `--from=${this.release}`, ...args]),
    );
  }

  /** Runs what is installed. */
  async installed(...args: string[]): Promise<Ended> {
    return await finish(this.startProgram(this.program, args));
  }

  /** All that is there, but for what Codex keeps to itself. */
  get files(): Record<string, string> {
    const files = Object.entries(filesIn(this.home));
    return Object.fromEntries(files.filter(([path]) => !CODEX_WRITES.test(path)));
  }

  /** The build whose daemon runs. */
  get daemonBuild(): string {
    return (readText(`${this.stateDir}/quota-sentry.lock`) ?? "").split("\n")[0]!;
  }

  /** Calls the hook before a request to the model as Codex does. */
  callHook(): HookCall {
    const { hooks } = JSON.parse(readText(this.hooksPath)!);
    const command = hooks.PreModelRequest[0].hooks[0].command;
    const child = this.startProgram("sh", ["-c", command]);
    const call = { hasEnded: false, ended: finish(child) };
    call.ended.then(() => call.hasEnded = true);
    return call;
  }

  /** What Codex reads of the hooks. */
  get written(): unknown {
    return [readText(this.hooksPath), readText(this.configPath)];
  }

  async waiting(): Promise<number> {
    return JSON.parse((await this.installed("holds", "--json")).stdout).waiting.length;
  }
}

/** A server of the files of a directory, on loopback. */
function serve(directory: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const name = new URL(request.url).pathname.replace(/^.*\//, "");
    return new Response(await Deno.readFile(`${directory}/${name}`));
  });
}

Deno.test("a release: installed, replaced and removed, by install.sh and as Homebrew does", async (t) => {
  await using release = temporaryDirectory();
  await packTwoVersions(release.path);

  await t.step({
    name:
      "codex: from nothing to protected, through other versions, and back to every file as it was",
    ignore: CODEX === undefined,
    fn: async () => {
      await using box = await Home.begin(release.path);
      const before = box.files;
      const setUp = await box.install("--setup", `--version=${VERSION}`);
      assertEquals([setUp.code, setUp.stderr], [0, ""], setUp.stdout);
      assertMatch(setUp.stdout, /^You are protected\.$/m);
      const added = Object.keys(box.files).filter((path) => !(path in before));
      const ours = /^(\.cache(\/|$)|\.local(\/|$)|\.codex\/(hooks\.json|quota-sentry-hook)$)/;
      assertEquals(added.filter((path) => !ours.test(path)), []);

      // Who is held stays so, whatever is put in the place of the program, and Codex trusts the hooks.
      await box.installed("config", "set", "resetBufferSeconds", "0");
      box.answer(usage({ used: 97 }));
      await box.installed("poll");
      const held = box.callHook();
      await until("it is held", async () => await box.waiting() === 1);
      const hooks = box.written;
      for (const version of [LATER, VERSION]) {
        const { code, stdout, stderr } = await box.install(`--version=${version}`);
        assertEquals([code, stderr], [0, ""]);
        assert(stdout.includes(` by quota-sentry ${version} in `), stdout);
        assertMatch(stdout, /^The daemon was replaced: pid \d+\.$/m);
        assert(box.daemonBuild.startsWith(`${version}+`), box.daemonBuild);
        assertEquals(box.written, hooks);
        assertEquals([held.hasEnded, await box.waiting()], [false, 1]);
      }
      const trust = (await hooksOf(box)).map(({ trustStatus }) => trustStatus);
      assertEquals(trust, Array(5).fill("trusted"));
      box.answer(usage({ used: 3, resetInSeconds: 18_000 }));
      await box.installed("poll");
      await goesOn(held);
      assertMatch(readText(`${box.stateDir}/quota-sentry.log`)!, /let go: the quota is open/);

      // Who is held when all is taken away goes on.
      box.answer(usage({ used: 98 }));
      await box.installed("poll");
      const last = box.callHook();
      await until("it is held again", async () => await box.waiting() === 1);
      const back = await box.install("--uninstall", "--purge");
      assertEquals([back.code, back.stderr], [0, ""], back.stdout);
      assertMatch(back.stdout, /^1 agent was held; it goes on now, unguarded\.$/m);
      await goesOn(last);
      assertEquals(box.files, before);
      await assertComesTo(() => box.processes(), []);
    },
  });

  const ruby = findTool("ruby");
  await t.step({
    name: "Homebrew: the formula is written with the right sums, installs and passes its own test",
    ignore: ruby === undefined,
    fn: async () => {
      await using box = new Sandbox();
      const names = ["linux-x64", "linux-arm64", "macos-x64", "macos-arm64"].map((system) =>
        `${release.path}/quota-sentry-${VERSION}-${system}.tar.xz`
      );
      // What is in the others counts for their sums alone.
      for (const name of names) if (readSize(name) === 0) Deno.writeTextFileSync(name, name);
      await using server = serve(release.path);
      const url = `http://127.0.0.1:${server.addr.port}/releases/download/v${VERSION}`;
      const run = (program: string, ...args: string[]) => finish(box.startProgram(program, args));
      const written = await run(FORMULA, release.path, url);
      assertEquals([written.code, written.stderr], [0, ""]);
      const formula = `${release.path}/quota-sentry.rb`;
      const text = readText(formula)!;
      for (const name of names) {
        const { stdout } = await run("sha256sum", name);
        const [, sum] = new RegExp(`-${/(\w+-\w+)\.tar/.exec(name)![1]}\\.tar.*\n *sha256 "(.*)"`)
          .exec(text)!;
        assertEquals(stdout.split(" ")[0], sum, name);
      }
      assertEquals((await run(ruby!, "-wc", formula)).stdout, "Syntax OK\n");
      const tried = await run(ruby!, TRY, formula, `${box.root}/cellar`, ...SYSTEM.split("-"));
      assertEquals(tried.code, 0, tried.stdout + tried.stderr);
      assertMatch(tried.stdout, /quota-sentry setup\n.*\n {2}quota-sentry uninstall\n$/s);
      assertMatch(tried.stdout, /service: .*bin\/quota-sentry>, "daemon"\]/);
      Deno.removeSync(names[3]!);
      const missing = await run(FORMULA, release.path, url);
      assertEquals(missing.code, 1);
      assertMatch(missing.stderr, /there is no .*macos-arm64\.tar\.xz\n$/);
    },
  });
});

function readSize(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

async function goesOn({ ended }: HookCall): Promise<void> {
  const { code, stdout, stderr } = await ended;
  assertEquals([code, stdout, stderr], [0, "", ""]);
}
