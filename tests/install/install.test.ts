import { assert, assertEquals, assertMatch } from "@std/assert";
import { isRunning } from "../support/processes.ts";
import { kill, readText, until } from "../support/sandbox.ts";
import { SHELLS } from "../support/shells.ts";
import { smallDiskTest } from "../support/small_disk.ts";
import { times } from "../support/soak.ts";
import { findTool } from "../support/tools.ts";
import { addRelease, INSTALLER, SYSTEM, writeSums } from "./fake_release.ts";
import { Machine } from "./machine.ts";

for (const each of SHELLS) {
  const [name = "", ...args] = each.split(" ");
  const path = findTool(name);
  const shell = [path ?? name, ...args];
  const installs = async () => {
    await using box = new Machine();
    await addRelease(box.release, "1.2.0", { share: { "share/man/man1/gone.1": "" } });
    await addRelease(box.release, "1.10.0");
    Deno.mkdirSync(`${box.home}/.local/share`, { recursive: true });
    const before = box.files;
    const first = await box.install(["--version=v1.2.0"], { shell });
    assertEquals([first.code, first.stderr], [0, ""]);
    assertEquals(
      first.stdout,
      `Installed quota-sentry 1.2.0 in ${box.prefix}.\n` +
        `${box.prefix}/bin is not on PATH. Add this line to ~/.profile:\n` +
        `  export PATH="${box.prefix}/bin:$PATH"\nNext: quota-sentry setup\n`,
    );
    assert(box.paths.includes(".local/share/man/man1/gone.1"));
    // The latest is by its numbers; what only the earlier one had goes.
    const second = await box.install([], {
      shell,
      env: { PATH: `${box.prefix}/bin:/usr/bin:/bin` },
    });
    assertEquals([second.code, second.stderr], [0, ""]);
    assertEquals(
      second.stdout,
      `Replaced quota-sentry 1.2.0 by quota-sentry 1.10.0 in ${box.prefix}.\n` +
        "Next: quota-sentry setup\n",
    );
    assertEquals((await box.installed("--version")).stdout, "quota-sentry 1.10.0\n");
    const below = box.paths.filter((path) => /^\.local\/./.test(path)).map((path) => path.slice(7));
    assertEquals(below.filter((path) => !box.files[`.local/${path}`]!.endsWith(" directory")), [
      "bin/quota-sentry",
      "bin/quota-sentry-run",
      "share/bash-completion/completions/quota-sentry",
      "share/doc/quota-sentry/LICENSE",
      "share/doc/quota-sentry/LICENSES-THIRD-PARTY.txt",
      "share/doc/quota-sentry/README.md",
      "share/fish/vendor_completions.d/quota-sentry.fish",
      "share/man/man1/quota-sentry.1",
      "share/quota-sentry/installed",
      "share/zsh/site-functions/_quota-sentry",
    ]);
    const gone = await box.install(["--uninstall"], { shell });
    assertEquals([gone.code, gone.stderr], [0, ""]);
    assertMatch(gone.stdout, /^Removed Quota Sentry from .*\.\n$/);
    assertEquals(box.files, before);
  };
  Deno.test({
    name: `install.sh: ${name} installs, replaces, and leaves nothing`,
    ignore: path === undefined,
    fn: installs,
  });
}

Deno.test("install.sh: the latest of a release by URL, or the version that is named", async () => {
  await using box = new Machine();
  await addRelease(box.release, "2.0.0");
  const asked: string[] = [];
  await using server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    const name = pathname.replace(/^\/r\/(latest\/download|download\/v2\.0\.0)\//, "");
    return await Deno.readFile(`${box.release}/${name}`).then(
      (bytes) => new Response(bytes),
      () => new Response("", { status: 404 }),
    );
  });
  // As a release has it.
  const releases = `http://127.0.0.1:${server.addr.port}/r`;
  const script = `${box.root}/install.sh`;
  Deno.writeTextFileSync(
    script,
    readText(INSTALLER)!.replace("releases=''", `releases=${releases}`),
  );
  const none = await box.install([]).then(() => box.install(["--uninstall"], { script }));
  assertEquals(none.code, 0);
  for (const args of [[], ["--version", "2.0.0"], [`--from=${releases}/download/v2.0.0/`]]) {
    const { code, stderr } = await box.install(args, { script });
    assertEquals([code, stderr], [0, ""], args.join());
  }
  const archive = `quota-sentry-2.0.0-${SYSTEM}.tar.xz`;
  assertEquals(asked, [
    "/r/latest/download/SHA256SUMS",
    `/r/download/v2.0.0/${archive}`,
    "/r/download/v2.0.0/SHA256SUMS",
    `/r/download/v2.0.0/${archive}`,
    "/r/download/v2.0.0/SHA256SUMS",
    `/r/download/v2.0.0/${archive}`,
  ]);
  const before = box.files;
  const missing = await box.install(["--version=3.0.0"], { script });
  assertEquals(missing.code, 1);
  assertMatch(missing.stderr, /v3\.0\.0\/SHA256SUMS cannot be had; nothing was changed\n$/);
  assertEquals(box.files, before);
});

Deno.test("install.sh: what is damaged, missing or does not run changes nothing", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0");
  const archive = `${box.release}/quota-sentry-1.0.0-${SYSTEM}.tar.xz`;
  const whole = Deno.readFileSync(archive);
  // From nothing, then with a version that is there.
  for (const isThere of [false, true]) {
    if (isThere) assertEquals((await box.install()).code, 0);
    const before = box.files;
    const fails = async (why: RegExp, options: Parameters<Machine["install"]>[1] = {}) => {
      const { code, stdout, stderr } = await box.install([], options);
      assertEquals([code, stdout], [1, ""], stderr);
      assertMatch(stderr, why);
      assertMatch(stderr, /nothing was changed/);
      assertEquals(box.files, before);
    };
    Deno.writeFileSync(archive, whole.subarray(0, whole.length / 2));
    await fails(/is not what SHA256SUMS says: it is damaged/);
    await writeSums(box.release);
    await fails(/cannot be unpacked in .* \(is the disk full\?\)/);
    Deno.removeSync(archive);
    await fails(/tar\.xz cannot be had/);
    Deno.writeTextFileSync(`${box.release}/SHA256SUMS`, "");
    await fails(/release has nothing for linux-/);
    await addRelease(box.release, "1.0.0", { start: "#!/bin/sh\necho not here; exit 3" });
    await fails(/the program does not run here.*it says: not here\n$/);
    Deno.removeSync(`${box.release}/SHA256SUMS`);
    await fails(/SHA256SUMS cannot be had/);
    Deno.writeFileSync(archive, whole);
    await writeSums(box.release);
    // All that it needs but xz.
    const bin = `${box.root}/few`;
    if (!isThere) {
      Deno.mkdirSync(bin);
      for (const name of ["uname", "ldd", "sha256sum", "tar", "grep", "cut", "cat", "sh"]) {
        Deno.symlinkSync(`/usr/bin/${name}`, `${bin}/${name}`);
      }
    }
    await fails(/xz is needed to unpack it \(package xz or xz-utils\)/, { env: { PATH: bin } });
  }
  Deno.mkdirSync(`${box.home}/other/bin/quota-sentry`, { recursive: true });
  const { stderr } = await box.install(["--prefix", `${box.home}/other`]);
  assertMatch(stderr, /bin\/quota-sentry is a directory; nothing was changed/);
  assertEquals(box.paths.filter((path) => path.startsWith("other/")), [
    "other/bin",
    "other/bin/quota-sentry",
  ]);
});

smallDiskTest(
  "install.sh: a full disk leaves the version that is there",
  "size=200k",
  async (disk) => {
    await using box = new Machine();
    await addRelease(box.release, "1.0.0");
    const args = [`--prefix=${disk}`];
    assertEquals((await box.install(args)).code, 0);
    const names = () => [...Deno.readDirSync(`${disk}/share/quota-sentry`)].map(({ name }) => name);
    const many = "x".repeat(300_000);
    await addRelease(box.release, "2.0.0", { share: { "share/man/man1/large.1": many } });
    const { code, stderr } = await box.install(args);
    assertEquals(code, 1);
    assertMatch(stderr, /cannot be unpacked in .* \(is the disk full\?\); nothing was changed\n$/);
    assertEquals(names(), ["installed"]);
    const said = await new Deno.Command(`${disk}/bin/quota-sentry`, { args: ["--version"] })
      .output();
    assertEquals(new TextDecoder().decode(said.stdout), "quota-sentry 1.0.0\n");
    assertEquals((await box.install([...args, "--uninstall"])).code, 0);
    assertEquals([...Deno.readDirSync(disk)], []);
  },
);

Deno.test("install.sh: killed at any moment, there is one version or the other, and all of it goes", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0", { share: { "share/man/man1/one.1": "" } });
  await addRelease(box.release, "2.0.0", { share: { "share/man/man1/two.1": "" } });
  const before = box.files;
  const { ms } = await box.install(["--version=1.0.0"]);
  for (let n = 0; n < times(8, 200); n++) {
    const child = box.start([`--version=${n % 2 === 0 ? "2" : "1"}.0.0`]);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * ms));
    kill(child.pid);
    await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    assertMatch((await box.installed("--version")).stdout, /^quota-sentry [12]\.0\.0\n$/);
    const run = await new Deno.Command(`${box.program}-run`).output();
    assertMatch(new TextDecoder().decode(run.stdout), /^run [12]\.0\.0\n$/);
  }
  assertEquals((await box.install(["--uninstall"])).code, 0);
  assertEquals(box.files, before);
  // And from nothing.
  for (let n = 0; n < times(2, 100); n++) {
    const child = box.start();
    await new Promise((resolve) => setTimeout(resolve, Math.random() * ms));
    kill(child.pid);
    await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    const said = readText(box.program) === undefined ? undefined : await box.installed("--version");
    assert(said === undefined || said.stdout === "quota-sentry 2.0.0\n");
  }
  for (const args of [[], ["--uninstall"]]) {
    const { code, stderr } = await box.install(args);
    assertEquals([code, stderr], [0, ""], args[0]);
  }
  assertEquals(box.paths.filter((path) => !box.files[path]!.endsWith(" directory")), []);
});

Deno.test("install.sh: what a killed one has half put in place goes with the next, of whatever version", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0", { share: { "share/man/man1/one.1": "" } });
  await addRelease(box.release, "2.0.0", { share: { "share/man/man1/two.1": "" } });
  const before = box.files;
  await box.install(["--version=1.0.0"]);
  const mv = box.executable(
    "mv",
    '#!/bin/sh\n/bin/mv "$@"\ncase $* in */.two.1.new) kill -9 "$PPID" ;; esac\n',
  );
  assertEquals((await box.install(["--version=2.0.0"])).code, 137);
  Deno.removeSync(mv);
  const half = ".local/share/man/man1/.two.1.new";
  assert(box.paths.includes(half));
  assertEquals((await box.install(["--version=1.0.0"])).code, 0);
  assert(!box.paths.includes(half));
  assertEquals((await box.install(["--uninstall"])).code, 0);
  assertEquals(box.files, before);
});

Deno.test("install.sh: what a killed one has begun goes on without it, and does no harm to the next", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0");
  const [goesOn, over, ended] = ["goes-on", "over", "ended"].map((name) => `${box.root}/${name}`);
  box.executable(
    "tar",
    `#!/bin/sh
    /bin/tar "$@"
    [ ! -e '${goesOn}' ] || exit 0
    kill -9 "$PPID"
    exec >/dev/null 2>&1
    for work; do :; done
    until [ -e '${over}' ]; do
      n=$((\${n:-0} + 1))
      true >"$work/$n"
      true >'${goesOn}'
      sleep 0.01
    done
    true >'${ended}'\n`,
  );
  assertEquals((await box.install()).code, 137);
  await until("it goes on", () => readText(goesOn!) !== undefined);
  const { code, stderr } = await box.install();
  Deno.writeTextFileSync(over!, "");
  assertEquals([code, stderr], [0, ""]);
  await until("it has ended", () => readText(ended!) !== undefined);
  assertEquals((await box.install(["--uninstall"])).code, 0);
  assertEquals(box.paths.filter((path) => !box.files[path]!.endsWith(" directory")), []);
});

Deno.test("install.sh: of two at the same time one installs, and the other says so", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0");
  // Stays where it is until it is told to go on.
  box.executable(
    "tar",
    `#!/bin/sh\necho "$$" >'${box.root}/here'; read -r _ <'${box.root}/go'\nexec /bin/tar "$@"\n`,
  );
  await new Deno.Command("mkfifo", { args: [`${box.root}/go`] }).output();
  const first = box.start();
  await until("it unpacks", () => readText(`${box.root}/here`) !== undefined);
  const second = await box.install();
  assertEquals([second.code, second.stdout], [1, ""]);
  assertMatch(
    second.stderr,
    new RegExp(
      `another install\\.sh \\(pid ${first.pid}\\) is at work there; if it is not, remove `,
    ),
  );
  Deno.writeTextFileSync(`${box.root}/go`, "\n");
  assertMatch(await new Response(first.stdout).text(), /^Installed quota-sentry 1\.0\.0 in /);
  await Promise.all([first.stderr.cancel(), first.status]);
  assertEquals(isRunning(first.pid), false);
  box.executable("tar", '#!/bin/sh\nexec /bin/tar "$@"\n');
  assertMatch((await box.install()).stdout, /^Installed quota-sentry 1\.0\.0 in .* again\.\n/);
});

/** A machine as `uname` tells of it, and what comes of it. */
const SYSTEMS: readonly [name: string, machine: string, what: RegExp][] = [
  ["Darwin", "arm64", /^quota-sentry macos-arm64\n/],
  ["Darwin", "x86_64", /^quota-sentry macos-x64\n/],
  ["Linux", "aarch64", /^quota-sentry linux-arm64\n/],
  ["Linux", "amd64", /^quota-sentry linux-x64\n/],
  ["Linux", "riscv64", /there is no build for riscv64, only for x64 and arm64\n/],
  ["FreeBSD", "amd64", /there is no build for FreeBSD, only for Linux and macOS\n/],
  ["MINGW64_NT-10.0", "x86_64", /does not run on Windows itself; it does in WSL: wsl --install/],
];

Deno.test("install.sh: each system gets its own build, or is told why there is none", async () => {
  await using box = new Machine();
  for (const system of ["linux-x64", "linux-arm64", "macos-x64", "macos-arm64"]) {
    const start = `#!/bin/sh\necho quota-sentry ${system}; exit`;
    await addRelease(box.release, "1.0.0", { system, start });
  }
  const onSystem = async (name: string, machine: string) => {
    const shown = `case $1 in -s) echo '${name}' ;; -m) echo ${machine} ;; esac`;
    box.executable("uname", `#!/bin/sh\n${shown}\n`);
    const { stderr } = await box.install();
    return stderr || (await box.installed()).stdout;
  };
  for (const [name, machine, what] of SYSTEMS) assertMatch(await onSystem(name, machine), what);
  // A shell for x64 on a Mac that is arm64.
  box.executable("sysctl", "#!/bin/sh\necho 1\n");
  assertMatch(await onSystem("Darwin", "x86_64"), /macos-arm64/);
  box.executable("ldd", "#!/bin/sh\necho 'musl libc (x86_64)' >&2; exit 1\n");
  assertMatch(
    await onSystem("Linux", "x86_64"),
    /this Linux has musl \(Alpine, say\).* needs glibc/,
  );
});

Deno.test("install.sh: the line for PATH is the user's shell's", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0");
  for (
    const [shell, line] of [
      ["/bin/bash", `~/.bashrc:\n  export PATH="${box.prefix}/bin:$PATH"`],
      ["/usr/bin/fish", `~/.config/fish/config.fish:\n  fish_add_path "${box.prefix}/bin"`],
    ] as const
  ) {
    const { stdout } = await box.install([], { env: { SHELL: shell } });
    assert(stdout.includes(`Add this line to ${line}\n`), stdout);
  }
  box.executable("quota-sentry", "#!/bin/sh\n");
  const { stdout } = await box.install([], { env: { PATH: `${box.env.PATH}:${box.prefix}/bin` } });
  assert(stdout.includes(`Another one comes first on PATH: ${box.bin}/quota-sentry\n`), stdout);
});

Deno.test("install.sh --uninstall: what was there before, or somebody has changed, stays", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0");
  Deno.mkdirSync(`${box.prefix}/bin`, { recursive: true });
  await box.install();
  const manual = `${box.prefix}/share/man/man1/quota-sentry.1`;
  Deno.writeTextFileSync(manual, "mine");
  Deno.writeTextFileSync(`${box.prefix}/share/doc/note`, "mine too");
  const { code, stdout } = await box.install(["--uninstall"]);
  assertEquals(code, 0);
  assertMatch(stdout, new RegExp(`^Left, since somebody has changed it: ${manual}\nRemoved `));
  assertEquals(box.paths, [
    ".local",
    ".local/bin",
    ".local/share",
    ".local/share/doc",
    ".local/share/doc/note",
    ".local/share/man",
    ".local/share/man/man1",
    ".local/share/man/man1/quota-sentry.1",
  ]);
  const again = await box.install(["--uninstall"]);
  assertEquals(again.code, 1);
  assertMatch(
    again.stderr,
    /nothing is installed in .*: there is no .*\/installed; nothing was done/,
  );
});

Deno.test("install.sh: a file of the user's that is in the way stays, and nothing is installed", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0");
  await addRelease(box.release, "2.0.0");
  Deno.mkdirSync(`${box.prefix}/bin`, { recursive: true });
  const refuses = async (path: string) => {
    const before = box.files;
    const { code, stdout, stderr } = await box.install();
    assertEquals([code, stdout], [1, ""], stderr);
    assert(stderr.includes(`${path} is not as install.sh has put it there`), stderr);
    assertMatch(stderr, /; nothing was changed; move it away first\n$/);
    assertEquals(box.files, before);
  };
  // Into a checkout, say.
  Deno.writeTextFileSync(`${box.home}/mine`, "#!/bin/sh\n", { mode: 0o755 });
  Deno.symlinkSync(`${box.home}/mine`, box.program);
  await refuses(box.program);
  Deno.removeSync(box.program);
  assertEquals((await box.install(["--version=1.0.0"])).code, 0);
  const manual = `${box.prefix}/share/man/man1/quota-sentry.1`;
  Deno.writeTextFileSync(manual, "changed since");
  await refuses(manual);
  Deno.removeSync(manual);
  assertEquals((await box.install()).code, 0);
});

Deno.test("install.sh --uninstall: a list that is another's, or was changed, removes nothing elsewhere", async () => {
  await using box = new Machine();
  await addRelease(box.release, "1.0.0");
  const args = [`--prefix=${box.home}/back\\slash of 'a' $HOME`];
  assertEquals((await box.install(args)).code, 0);
  assertEquals((await box.install(["--uninstall", ...args])).code, 0);
  assertEquals((await box.install()).code, 0);
  const before = box.files;
  // As it is restored from a backup.
  const copy = `${box.home}/copy`;
  await new Deno.Command("cp", { args: ["-a", box.prefix, copy] }).output();
  Deno.writeTextFileSync(`${box.home}/mine`, "mine");
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode("mine")),
  );
  const digest = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  Deno.writeTextFileSync(
    `${copy}/share/quota-sentry/installed`,
    `file ${digest} ../mine\nfile ${digest} ${box.home}/mine\nfile\n\ndirectory - /\n`,
    { append: true },
  );
  const { code, stderr } = await box.install(["--uninstall", `--prefix=${copy}`]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(readText(`${box.home}/mine`), "mine");
  Deno.removeSync(`${box.home}/mine`);
  const left = Object.entries(box.files).filter(([path, what]) =>
    !/^copy\b/.test(path) || !what.endsWith(" directory")
  );
  assertEquals(Object.fromEntries(left), before);
});

Deno.test("install.sh --uninstall: a program that cannot take its hooks back stays", async () => {
  await using box = new Machine();
  const does = `[ "$1" != uninstall ] || { echo "hooks are left" >&2; exit 1; }`;
  await addRelease(box.release, "1.0.0", { does });
  await box.install();
  const before = box.files;
  const { code, stderr } = await box.install(["--uninstall", "--purge"]);
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^hooks are left\ninstall\.sh: the program stays, since what is left calls it/,
  );
  assertEquals(box.files, before);
  // One that is gone cannot say so, and holds nobody.
  Deno.removeSync(box.program);
  const gone = await box.install(["--uninstall"]);
  assertMatch(
    gone.stdout,
    /is not there, so hooks were not looked at\. Without it they hold nobody\.\n/,
  );
  assertEquals([gone.code, box.paths], [0, []]);
});

Deno.test("install.sh: what it does not understand is said, and nothing is done", async () => {
  await using box = new Machine();
  for (const args of [["--purge"], ["--nonsense"], ["--prefix"], ["--version=1/2"], ["install"]]) {
    const { code, stdout, stderr } = await box.install(args);
    assertEquals([code, stdout], [64, ""], args.join());
    assertMatch(stderr, /; see --help; nothing was done\n$/);
  }
  assertMatch((await box.install(["--help"])).stdout, /^Usage: install\.sh \[OPTIONS\]\n/);
  assertEquals(box.paths, []);
});
