import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** A copy of the sources, as somebody else has them, and the program that a build of it gives. */
async function buildIn(directory: string, env: Record<string, string>): Promise<string> {
  const sh = `set -eu
    mkdir -p "$1" && cd "$2"
    cp -R main.ts lib scripts deno.json deno.lock "$1/"
    ln -s "$2/.tools" "$1/.tools"
    umask "$UMASK"
    "$1/scripts/build"`;
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-c", sh, "sh", directory, ROOT],
    env,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return `${directory}/dist/quota-sentry`;
}

Deno.test("build: two of the same sources are the same bytes, in any directory", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "qs-test-" });
  try {
    const [one, other] = await Promise.all([
      buildIn(`${directory}/one`, { UMASK: "022", TZ: "UTC" }),
      buildIn(`${directory}/an other/with a longer name`, { UMASK: "077", TZ: "Asia/Tokyo" }),
    ]);
    const compared = await new Deno.Command("cmp", { args: [one, other] }).output();
    assertEquals(new TextDecoder().decode(compared.stdout), "");
    assertEquals(compared.code, 0);
    // Nothing of where it was built is in it.
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(one));
    assertEquals([text.includes(directory), text.includes(ROOT)], [false, false]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
