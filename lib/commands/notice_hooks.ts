import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { type Options, toArguments } from "../cli/options.ts";
import { tryLock } from "../files/lock.ts";
import { replaceFile } from "../files/replace_file.ts";
import { filesOf, isUnseen, readSeen, standings, withSeen } from "../harness/seen.ts";
import { delay } from "../process/delay.ts";
import { spawnItself } from "../process/itself.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { forUser } from "../text/for_user.ts";
import { formatTimestamp } from "../text/timestamp.ts";
import { existingStateDirectory, runInStateDirectory } from "./state_directory.ts";
import { harnessOf, homeOf } from "./target.ts";

const NAME = "notice-hooks";

/** The harness is asked when the session that has just started has all it needs, in milliseconds. */
const ASK_AFTER_MS = 2_000;

/**
 * Has the harness asked what it makes of our hooks, in a session of its own, if it is another than the
 * one that was asked before, or the hooks are. Costs a few looks at files where all is as it was.
 *
 * @param directory The state directory, symbolic links resolved.
 */
export async function noticeHooksLater(directory: string, options: Options): Promise<void> {
  const files = await filesOf(harnessOf(options));
  if (!files || !isUnseen(files, readSeen(new StateDirectory(directory)))) return;
  const named = { provider: options.provider, stateDir: directory, home: homeOf(options) };
  const args = [NAME, ...toArguments(named, ["provider", "state-dir", "home"])];
  spawnItself({ args, cwd: directory, detached: true }).unref();
}

/** `notice-hooks`: hidden. Asks the harness, and writes down what it says. It changes nothing else. */
export async function noticeHooks(invocation: Invocation): Promise<number> {
  const directory = await existingStateDirectory(invocation.options);
  const code = await runInStateDirectory(directory, invocation);
  if (code !== undefined) return code;
  // Sessions that start together ask once.
  using lock = tryLock(new StateDirectory(directory).file("hooksLock"));
  if (!lock) return EXIT.ok;
  const harness = harnessOf(invocation.options);
  const [files, hooksPath] = [await filesOf(harness), harness.hooksPath()];
  const seen = readSeen(new StateDirectory(directory));
  if (!files || hooksPath === undefined || !isUnseen(files, seen)) return EXIT.ok;
  await delay(ASK_AFTER_MS);
  const report = await harness.inspect(hooksPath);
  const isRead = report.kind === "read";
  const text = withSeen(seen, {
    ...files,
    askedAt: formatTimestamp(new Date()),
    version: (isRead ? report.version : undefined) ?? null,
    hooks: isRead ? standings(report.hooks) : [],
    problem: isRead ? report.problem ?? null : forUser(report.message),
  });
  await replaceFile(new StateDirectory(directory).file("hooks"), text, 0o600);
  return EXIT.ok;
}
