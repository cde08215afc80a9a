import { type Ended, finish, Sandbox } from "../support/sandbox.ts";
import { pathsBelow } from "../support/paths_below.ts";
import { INSTALLER } from "./fake_release.ts";

/** How to run the installer. */
export interface InstallOptions {
  /** What runs it. */
  readonly shell?: readonly string[];
  readonly script?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A sandbox on which the program is to be installed, with the directory of a release. */
export class Machine extends Sandbox {
  readonly release = `${this.root}/release`;
  readonly prefix = `${this.home}/.local`;
  readonly program = `${this.prefix}/bin/quota-sentry`;

  constructor() {
    super();
    Deno.mkdirSync(this.release);
  }

  /** Starts the installer, for the local release where nothing else is said. */
  start(args: readonly string[] = [], options: InstallOptions = {}): Deno.ChildProcess {
    const { shell: [shell, ...before] = ["sh"], script = INSTALLER, env } = options;
    const from = args.some((arg) => arg.startsWith("--from")) || script !== INSTALLER
      ? []
      : [`--from=${this.release}`];
    return this.adopt(
      new Deno.Command(shell!, {
        args: [...before, script, ...from, ...args],
        cwd: this.home,
        env: { ...this.env, SHELL: "/bin/sh", ...env },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }),
    );
  }

  /** Runs it to its end. */
  async install(args: readonly string[] = [], options: InstallOptions = {}): Promise<Ended> {
    return await finish(this.start(args, options));
  }

  /** Runs what was installed. */
  async installed(...args: string[]): Promise<Ended> {
    return await finish(this.startProgram(this.program, args));
  }

  /** All that is in the home. */
  get files(): Record<string, string> {
    return filesIn(this.home);
  }

  /** The same by their paths alone. */
  get paths(): string[] {
    return Object.keys(this.files).sort();
  }
}

/** All that is in a directory: each path with its kind, mode and content. What goes meanwhile is not. */
export function filesIn(directory: string): Record<string, string> {
  return Object.fromEntries(
    [...pathsBelow(directory)].flatMap((path) => {
      try {
        return [[path.slice(directory.length + 1), lookAt(path)]];
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        return [];
      }
    }),
  );
}

function lookAt(path: string): string {
  const { isDirectory, isSymlink, mode, size } = Deno.lstatSync(path);
  if (isSymlink) return `link to ${Deno.readLinkSync(path)}`;
  const kind = isDirectory
    ? "directory"
    : size < 100_000
    ? Deno.readTextFileSync(path)
    : `${size} bytes`;
  return `${((mode ?? 0) & 0o777).toString(8)} ${kind}`;
}
