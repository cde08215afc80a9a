import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const SYSTEM = `${Deno.build.os === "linux" ? "linux" : "macos"}-${
  Deno.build.arch === "x86_64" ? "x64" : "arm64"
}`;

/** What a run of `sh` is given. Without a repository there is no commit that has a time. */
const ENV = { QUOTA_SENTRY_XZ: "-0", SOURCE_DATE_EPOCH: "1750000000" };

/** Builds in a copy of the sources, as somebody else has them. */
async function buildIn(
  directory: string,
  args: string[],
  env: Record<string, string>,
): Promise<void> {
  await sh(
    `mkdir -p "$1" && cd "$2"
    cp -R main.ts lib scripts deno.json deno.lock LICENSE README.md "$1/"
    ln -s "$2/.tools" "$1/.tools"
    umask "$UMASK"
    build=$1/scripts/build
    shift 2
    "$build" "$@"`,
    [directory, ROOT, ...args],
    env,
  );
}

async function sh(script: string, args: string[], env: Record<string, string> = {}) {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-euc", script, "sh", ...args],
    env: { ...ENV, ...env },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stdout) + decoder.decode(stderr));
  return decoder.decode(stdout);
}

Deno.test("build: two of the same sources are the same bytes, in any directory", async (t) => {
  const directory = Deno.makeTempDirSync({ prefix: "qs-test-" });
  try {
    const other = `${directory}/an other/with a longer name`;
    await Promise.all([
      buildIn(`${directory}/one`, ["--all", "--system", SYSTEM], { UMASK: "022", TZ: "UTC" }),
      buildIn(other, [], { UMASK: "077", TZ: "Asia/Tokyo" }),
    ]);
    const release = `${directory}/one/dist/release`;
    const { version } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
    const name = `quota-sentry-${version}-${SYSTEM}`;
    await sh('tar -xJf "$1" -C "$2"', [`${release}/${name}.tar.xz`, directory]);
    const unpacked = `${directory}/${name}`;
    // `cmp` fails where they differ.
    await sh('cmp "$1" "$2"', [`${unpacked}/bin/quota-sentry`, `${other}/dist/quota-sentry`]);
    const program = new TextDecoder("latin1")
      .decode(Deno.readFileSync(`${unpacked}/bin/quota-sentry`));

    await t.step("SHA256SUMS has all that is beside it", async () => {
      const sums = await sh(
        'cd "$1" && { sha256sum -c SHA256SUMS 2>/dev/null || shasum -a 256 -c SHA256SUMS; }',
        [release],
      );
      assertEquals(
        sums.trim().split("\n").map((line) => line.replace(/: OK$/, "")),
        [...Deno.readDirSync(release)].map(({ name }) => name).toSorted()
          .filter((name) => name !== "SHA256SUMS"),
      );
    });

    await t.step("nothing of where it was built is in it", () => {
      assertEquals([program.includes(directory), program.includes(ROOT)], [false, false]);
    });

    await t.step("it tells how it was built", async () => {
      const facts = JSON.parse(await sh('"$1" version --json', [`${unpacked}/bin/quota-sentry`]));
      assertEquals([facts.commit, facts.date, facts.clean], [null, null, null]);
      assertMatch(facts.runtime, /^(deno|npm)$/);
    });

    await t.step("every package in it is named, with its sum and its licence", () => {
      // What is behind the runtime, which has marks of its own.
      const bundle = program.slice(program.lastIndexOf('"entrypoint_key":"main.js"'));
      const embedded = new Set(
        [
          ...bundle.matchAll(/^\/\/ node_modules\/\.deno\/([^/\n]+)\//gm),
          ...bundle.matchAll(/^\/\/ \S*https:\/\/[^/\n]+\/(@std\/\w+\/[\d.]+)\//gm),
        ].map(([, name]) => name!.replace(/^(@[^+]+)\+/, "$1/").replace(/\/(?=\d)/, "@")),
      );
      assert([...embedded].some((each) => each.startsWith("zod@")));
      const sbom = JSON.parse(
        Deno.readTextFileSync(`${release}/quota-sentry-${version}.cdx.json`),
      );
      const libraries: Array<{ name: string; version: string; hashes?: { content: string }[] }> =
        sbom.components.filter(({ name }: { name: string }) => name !== "deno" && name !== "v8");
      assertEquals(
        libraries.map(({ name, version }) => `${name}@${version}`).toSorted(),
        [...embedded].toSorted(),
      );
      const licences = Deno.readTextFileSync(`${unpacked}/LICENSES-THIRD-PARTY.txt`);
      for (const { name, version, hashes } of libraries) {
        assertMatch(hashes![0]!.content, /^([0-9a-f]{64}|[0-9a-f]{128})$/);
        assert(licences.includes(`\n${name} ${version} (`), name);
      }
      assert(licences.includes("the Deno authors") && licences.includes("the V8 project authors"));
      assertEquals(sbom.components.length, libraries.length + 2);
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("pack: the same bytes at any time, whoever packs", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "qs-test-" });
  try {
    Deno.writeTextFileSync(`${directory}/program`, "program");
    const pack = 'umask "$4"; "$1/scripts/release/pack" "$2/program" macos-arm64 "$2/$3"';
    const [one, other] = await Promise.all([
      sh(pack, [ROOT, directory, "one", "022"], { TZ: "UTC" }),
      sh(pack, [ROOT, directory, "other", "077"], { TZ: "Asia/Tokyo" }),
    ]);
    await sh('cmp "$1" "$2"', [one.trim(), other.trim()]);
    const list = await sh('tar -tvJf "$1"', [one.trim()]);
    assertMatch(list, /^-rwxr-xr-x .*\broot\W+root\b.*\/bin\/quota-sentry$/m);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
