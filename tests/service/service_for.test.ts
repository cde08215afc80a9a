import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dirname } from "@std/path";
import type { ServiceRequest } from "../../lib/service/service.ts";
import { serviceFor } from "../../lib/service/service_for.ts";
import { isAsSigned } from "../../lib/service/signed.ts";
import { findTool } from "../support/tools.ts";

const REQUEST: ServiceRequest = {
  homeDirectory: "/Users/ann",
  configDirectory: "/home/ann/.config",
  // What means something in one of the files, or in both.
  program: '/opt/a b/50% "off" & $HOME\\<x>/quota-sentry',
  environment: [["PATH", "/usr/bin:/opt/100%/bin:/opt/$x & co"], ["XDG_CACHE_HOME", '/c "d"']],
};

const PYTHON = findTool("python3");
const SYSTEMD_ANALYZE = findTool("systemd-analyze");

async function outputOf(program: string, args: string[], env: Record<string, string> = {}) {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, env }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

for (const os of ["linux", "darwin"]) {
  Deno.test(`service, ${os}: it says what it starts, and is known again until it is changed`, async () => {
    const service = (await serviceFor(os, REQUEST))!;
    const [first] = service.files;
    assertEquals(service.programIn(first!.text), REQUEST.program);
    assertEquals(service.programIn("something else"), undefined);
    for (const { text } of service.files) {
      assert(await isAsSigned(text));
      assert(!await isAsSigned(`${text}# mine\n`));
      assert(!await isAsSigned(text.replace(/\n$/, "")));
      assert(!await isAsSigned(text.replace("quota-sentry", "quota-sentries")));
    }
    assertEquals(await serviceFor(os, REQUEST).then((again) => again!.files), service.files);
  });
}

Deno.test("service: where the files are, and that other systems have none", async () => {
  const paths = async (os: string) =>
    (await serviceFor(os, REQUEST))?.files.map(({ path }) => path);
  assertEquals(await paths("linux"), [
    "/home/ann/.config/systemd/user/quota-sentry.service",
    "/home/ann/.config/systemd/user/default.target.d/quota-sentry.conf",
  ]);
  assertEquals(await paths("darwin"), ["/Users/ann/Library/LaunchAgents/quota-sentry.plist"]);
  assertEquals(await paths("freebsd"), undefined);
  const broken = { ...REQUEST, program: "/a\nExecStart=b" };
  await assertRejects(() => serviceFor("linux", broken), Error, "no service can hold");
});

Deno.test("service, linux: what would be restarted in a loop, or end its daemons, is not", async () => {
  const { text } = (await serviceFor("linux", REQUEST))!.files[0]!;
  assertMatch(text, /^Type=oneshot$/m);
  assertMatch(text, /^RemainAfterExit=yes$/m);
  assertMatch(text, /^ExecStart=-/m);
  assertEquals(/^Restart/m.test(text), false);
});

Deno.test({
  name: "service, linux: systemd itself finds nothing wrong with it",
  ignore: SYSTEMD_ANALYZE === undefined,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "qs-test-" });
    const request = { ...REQUEST, configDirectory: directory, program: "/bin/true" };
    const [unit] = (await serviceFor("linux", request))!.files;
    await Deno.mkdir(dirname(unit!.path), { recursive: true });
    await Deno.writeTextFile(unit!.path, unit!.text);
    const env = { XDG_RUNTIME_DIR: directory, HOME: directory };
    const said = await outputOf(SYSTEMD_ANALYZE!, ["verify", "--user", unit!.path], env);
    assertEquals(said, "");
    await Deno.remove(directory, { recursive: true });
  },
});

Deno.test({
  name: "service, darwin: the property list is one, with all that is to be in it",
  ignore: PYTHON === undefined,
  fn: async () => {
    const path = await Deno.makeTempFile({ prefix: "qs-test-" });
    await Deno.writeTextFile(path, (await serviceFor("darwin", REQUEST))!.files[0]!.text);
    const read =
      "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    assertEquals(JSON.parse(await outputOf(PYTHON!, ["-c", read, path])), {
      Label: "quota-sentry",
      ProgramArguments: [REQUEST.program, "start", "--all"],
      EnvironmentVariables: Object.fromEntries(REQUEST.environment),
      RunAtLoad: true,
      AbandonProcessGroup: true,
    });
    await Deno.remove(path);
  },
});
