import { fromFileUrl } from "@std/path";
import { VERSION } from "../../lib/process/version.ts";
import { BINARY, finish } from "../support/sandbox.ts";
import { SYSTEM, writeSums } from "./fake_release.ts";

const PACK = fromFileUrl(new URL("../../scripts/release/pack", import.meta.url));

/** A later version than the one of the sources, with as many characters. */
export const LATER = VERSION.replace(/\d$/, "z");

/** Packs the real program, compressed as quickly as can be; gives the tarball's path. */
export async function packRelease(directory: string): Promise<string> {
  const path = await outputOf(PACK, [BINARY, SYSTEM, directory]);
  await writeSums(directory);
  return path.trim();
}

/**
 * A release with the real program, and with the same program as a later version: its number is written
 * into the binary in the place of the other.
 */
export async function packTwoVersions(directory: string): Promise<void> {
  await packRelease(directory);
  const [name, later] = [VERSION, LATER].map((version) => `quota-sentry-${version}-${SYSTEM}`);
  const script = `cd "$1" && tar -xJf "$2.tar.xz" && mv "$2" "$3" &&
    LC_ALL=C sed -i 's/  version: "${VERSION}",/  version: "${LATER}",/' "$3/bin/quota-sentry" &&
    tar -c "$3" | xz -0 -T2 >"$3.tar.xz" && rm -r "$3"`;
  await outputOf("sh", ["-euc", script, "sh", directory, name!, later!]);
  await writeSums(directory);
}

/** What a program prints, with xz as quick as can be; it throws where that fails. */
async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await finish(
    new Deno.Command(program, {
      args: [...args],
      env: { QUOTA_SENTRY_XZ: "-0" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
