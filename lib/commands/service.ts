import { join } from "@std/path";
import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { makeDirectoryElsewhere, removeElsewhere } from "../files/elsewhere.ts";
import { readIfThere } from "../files/if_there.ts";
import { namesIn } from "../files/names_in.ts";
import { Changes } from "../harness/changes.ts";
import { linkAt } from "../process/link_at.ts";
import { isExecutable, stableProgramPath } from "../process/program_path.ts";
import { SYSTEM } from "../process/system.ts";
import type { Service, ServiceFile } from "../service/service.ts";
import { serviceFor } from "../service/service_for.ts";
import { isAsSigned } from "../service/signed.ts";
import { isGone } from "../state/homes.ts";
import { forUser } from "../text/for_user.ts";
import { messageOf } from "../text/message_of.ts";
import { withoutHome } from "../text/without_home.ts";
import { allHomes } from "./target.ts";

/** Variables that decide where the program finds what it needs; a login may not have them yet. */
const PASSED_ON = ["PATH", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"];

const MODE = 0o644;

const INSTALL = "quota-sentry service install";

/** `service`: has the daemons started at login. */
export async function serviceCommand({ words, command }: Invocation): Promise<number> {
  const [verb, ...rest] = words;
  const act = { install, uninstall, status }[verb ?? ""];
  if (act === undefined || rest.length > 0) {
    printError(`service takes: ${command.takesWords}`);
    return EXIT.usage;
  }
  return await act(await serviceHere());
}

/** True where there is one for this system, and something that would start it seems to be there. */
export async function mayInstallService(): Promise<boolean> {
  const service = await serviceHere().catch(() => undefined);
  return service !== undefined && isManagerHere(service) &&
    (await standingOf(service)).length === 0;
}

/** Installs the service; see {@linkcode serviceCommand}. */
export async function installService(): Promise<number> {
  return await install(await serviceHere());
}

/** Removes the service, where there is one; see {@linkcode serviceCommand}. */
export async function uninstallService(): Promise<number> {
  const service = await serviceHere().catch(() => undefined);
  if (service === undefined || (await standingOf(service)).length === 0) return EXIT.ok;
  return await remove(service);
}

/**
 * The service of this system, with this program.
 *
 * @throws Where there is none, or no home directory.
 */
async function serviceHere(): Promise<Service> {
  const home = Deno.env.get("HOME");
  if (!home) throw new Error("HOME is not set, so it is not known where services are");
  const config = Deno.env.get("XDG_CONFIG_HOME");
  const service = await serviceFor(SYSTEM.name, {
    homeDirectory: home,
    configDirectory: config?.startsWith("/") ? config : join(home, ".config"),
    program: await stableProgramPath(),
    environment: PASSED_ON.flatMap((name) => {
      const value = Deno.env.get(name);
      return value ? [[name, value] as const] : [];
    }),
  });
  if (service === undefined) {
    throw new Error(
      `there is nothing for ${SYSTEM.name} that starts it at login; the hooks start it anyway`,
    );
  }
  return service;
}

function isManagerHere({ managerIsAt }: Service): boolean {
  return managerIsAt === undefined || !isGone(managerIsAt);
}

/** A file of a service that is there. */
interface Standing extends ServiceFile {
  /** What is in it, which may be another text than it is to have. */
  readonly found: string;
  /** It is as some version of this program has written it. */
  readonly isOurs: boolean;
}

async function standingOf({ files }: Service): Promise<Standing[]> {
  const standing: Standing[] = [];
  for (const file of files) {
    const found = await readIfThere(file.path);
    if (found !== undefined) standing.push({ ...file, found, isOurs: await isAsSigned(found) });
  }
  return standing;
}

async function install(service: Service): Promise<number> {
  const standing = await standingOf(service);
  const foreign = standing.find(({ isOurs }) => !isOurs);
  if (foreign !== undefined) {
    printError(
      `${foreign.path} is not as quota-sentry has written it, and stays so; nothing was changed. ` +
        `Move it away, then run: ${INSTALL}`,
    );
    return EXIT.failed;
  }
  const changes = new Changes();
  try {
    for (const { path, text } of service.files) {
      await makeDirectoryElsewhere(join(path, ".."));
      const before = standing.find((each) => each.path === path)?.found;
      await changes.make({ path, before, after: text, mode: MODE });
    }
  } catch (error) {
    const left = await changes.undo();
    printError(["the service was not installed:", messageOf(error), ...left].join(" "));
    return EXIT.failed;
  }
  print(
    changes.areAny
      ? `Installed for ${service.manager}: ${pathsOf(service.files)}.\n` +
        "At each login it starts the daemon of every home that is known then.\n" +
        `To start it now: ${service.startNow}\n`
      : `It is installed already: ${pathsOf(service.files)}; nothing was changed.\n`,
  );
  if (!isManagerHere(service)) print(`${notHere(service)}\n`);
  return EXIT.ok;
}

async function uninstall(service: Service): Promise<number> {
  const standing = await standingOf(service);
  if (standing.length === 0) {
    print("There is no service of ours; nothing to remove.\n");
    return EXIT.ok;
  }
  const code = await remove(service);
  if (standing.some(({ isOurs }) => isOurs)) print("Daemons that run go on.\n");
  return code;
}

/** Removes the files of a service, but for those that somebody has changed. */
async function remove(service: Service): Promise<number> {
  const standing = await standingOf(service);
  const ours = standing.filter(({ isOurs }) => isOurs);
  const changes = new Changes();
  for (const { path, found } of ours) {
    await changes.make({ path, before: found, after: undefined, mode: MODE });
  }
  for (const directory of service.directories) {
    // One that holds anything is not removed, by the system's own rule; a link to one is the user's.
    if (linkAt(directory) === undefined && namesIn(directory).length === 0) {
      await removeElsewhere(directory).catch(() => {});
    }
  }
  if (ours.length > 0) {
    print(
      `Removed ${pathsOf(ours)}.\n` +
        `To have ${service.manager} forget it now, and end what it started: ${service.stopNow}\n`,
    );
  }
  const kept = standing.filter(({ isOurs }) => !isOurs);
  for (const { path } of kept) {
    printError(`${path} has been changed since, and stays; remove it yourself`);
  }
  return kept.length > 0 ? EXIT.failed : EXIT.ok;
}

async function status(service: Service): Promise<number> {
  const standing = await standingOf(service);
  const [first] = service.files;
  const unit = standing.find(({ path }) => path === first?.path);
  if (unit === undefined) {
    print(`not installed: nothing starts at login. To have it: ${INSTALL}\n`);
    return EXIT.failed;
  }
  const isEnabled = standing.length === service.files.length;
  const program = service.programIn(unit.found);
  const lines = [
    `installed: ${pathsOf([unit])}${unit.isOurs ? "" : " (changed since)"}`,
    isEnabled ? `enabled: ${service.manager} starts it at login` : `NOT enabled: run: ${INSTALL}`,
    `starts: ${program === undefined ? "what it does not say" : forUser(program)} start --all`,
    `for: ${
      allHomes().live.map(({ home }) => withoutHome(home)).map(forUser).join(", ") ||
      "no home yet"
    }`,
  ];
  const problems = [
    ...(program !== undefined && !await isExecutable(program)
      ? [`that program is not there, so nothing is started: run: ${INSTALL}`]
      : program !== service.programIn(unit.text)
      ? [`that is another program than this one; to change it: ${INSTALL}`]
      : []),
    ...(isManagerHere(service) ? [] : [notHere(service)]),
  ];
  print([...lines, ...problems].map((line) => `${line}\n`).join(""));
  return isEnabled ? EXIT.ok : EXIT.failed;
}

function notHere({ manager, managerIsAt }: Service): string {
  return `${manager} does not run here (there is no ${managerIsAt}), so nothing starts it until it ` +
    "does; the hooks start the daemon all the same";
}

function pathsOf(files: readonly { readonly path: string }[]): string {
  return files.map(({ path }) => forUser(withoutHome(path))).join(", ");
}
