import { finish } from "../support/sandbox.ts";

/** The installer as it stands in the sources. */
export const INSTALLER = new URL("../../scripts/install.sh", import.meta.url).pathname;

/** What this machine's build is called. */
export const SYSTEM = `linux-${Deno.build.arch === "x86_64" ? "x64" : "arm64"}`;

/** How a release differs from a plain one. */
interface Release {
  readonly system?: string;
  /** What the program does, in sh, where it is called with more than `--version`. */
  readonly does?: string;
  /** The first line of the program. */
  readonly start?: string;
  /** Files below `share`, beside those that all have. */
  readonly share?: Readonly<Record<string, string>>;
}

/**
 * Adds a version to the directory of a release; its program is a script, so that it is made and installed
 * in a moment.
 */
export async function addRelease(
  directory: string,
  version: string,
  { system = SYSTEM, does = ":", start = "#!/bin/sh", share = {} }: Release = {},
): Promise<void> {
  const name = `quota-sentry-${version}-${system}`;
  const files = {
    "bin/quota-sentry":
      `${start}\n[ "$1" != --version ] || { echo quota-sentry ${version}; exit; }\n${does}\n`,
    "bin/quota-sentry-run": `#!/bin/sh\necho run ${version}\n`,
    "share/man/man1/quota-sentry.1": `manual of ${version}\n`,
    "share/bash-completion/completions/quota-sentry": "",
    "share/zsh/site-functions/_quota-sentry": "",
    "share/fish/vendor_completions.d/quota-sentry.fish": "",
    ...share,
    "LICENSE": "",
    "README.md": "",
    "LICENSES-THIRD-PARTY.txt": "",
  };
  for (const [path, text] of Object.entries(files)) {
    const whole = `${directory}/${name}/${path}`;
    Deno.mkdirSync(whole.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(whole, text);
    if (path.startsWith("bin/")) Deno.chmodSync(whole, 0o755);
  }
  await sh(`cd "$1" && tar -cJf "$2.tar.xz" "$2" && rm -r "$2"`, directory, name);
  await writeSums(directory);
}

/** Writes the sums of all that is in the directory of a release. */
export async function writeSums(directory: string): Promise<void> {
  await sh(`cd "$1" && rm -f SHA256SUMS && sha256sum * >.sums && mv .sums SHA256SUMS`, directory);
}

async function sh(script: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await finish(
    new Deno.Command("sh", {
      args: ["-euc", script, "sh", ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
  if (code !== 0) throw new Error(stderr);
}
