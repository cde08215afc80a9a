import type { Invocation } from "../cli/command.ts";
import { EXIT } from "../cli/exit_codes.ts";
import type { Options } from "../cli/options.ts";
import { print, printError } from "../cli/output.ts";
import { removeElsewhere } from "../files/elsewhere.ts";
import { replaceFile } from "../files/replace_file.ts";
import { timeAndDistance } from "../report/words.ts";
import { OwnStateDirectory } from "../state/own_state_directory.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { parseDuration } from "../text/duration.ts";
import { messageOf } from "../text/message_of.ts";
import { atTimeOfDay } from "../text/time_of_day.ts";
import { formatTimestamp, parseTimestamp } from "../text/timestamp.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { eachMeant } from "./meant.ts";
import {
  existingStateDirectory,
  ownStateDirectory,
  runInStateDirectory,
} from "./state_directory.ts";
import { inEachHome } from "./target.ts";

const DEFAULT_PAUSE = "1h";

/** `pause`: lets everything pass for some time; agents that are held go on within a second. */
export async function pause(invocation: Invocation): Promise<number> {
  const { options, words } = invocation;
  const now = new Date();
  const times = [...words, options.for, options.until].filter((time) => time !== undefined);
  const until = options.until === undefined
    ? afterDuration(times[0] ?? DEFAULT_PAUSE, now)
    : atTimeOfDay(options.until, now, "next") ?? parseTimestamp(options.until);
  if (times.length > 1 || until === undefined || until <= now) {
    printError(
      "pause takes one time: 2h (or 90s, 30m, 1h30m, 1d), --for=2h, --until 18:30 or " +
        `--until 2026-01-31T18:30:00Z, not "${times.join(" ")}"; nothing was paused`,
    );
    return EXIT.usage;
  }
  return await inEachHome(
    options,
    (each) => pauseIn({ ...invocation, options: each }, until),
    eachMeant,
  );
}

async function pauseIn(invocation: Invocation, until: Date): Promise<number> {
  const directory = await existingStateDirectory(await withHooksDirectory(invocation.options));
  const code = await runInStateDirectory(directory, invocation);
  if (code !== undefined) return code;
  const own = new OwnStateDirectory(directory);
  try {
    await replaceFile(own.file("pause"), `${formatTimestamp(until)}\n`, 0o600);
  } catch (error) {
    const why = messageOf(error);
    printError(
      `not paused, and agents that are held stay so: ${directory} is not writable (${why})`,
    );
    return EXIT.failed;
  }
  await own.wake("paused");
  const end = timeAndDistance(until, new Date());
  print(`paused until ${end}: nothing is held; quota-sentry resume ends it\n`);
  return EXIT.ok;
}

/** `resume`: ends a pause. */
export async function resume({ options }: Invocation): Promise<number> {
  return await inEachHome(options, resumeIn, eachMeant);
}

async function resumeIn(options: Options): Promise<number> {
  const own = new StateDirectory(ownStateDirectory(await withHooksDirectory(options)));
  if (own.pausedUntil(new Date()) === undefined) {
    print("not paused\n");
    return EXIT.ok;
  }
  await removeElsewhere(own.file("pause"));
  print("resumed: agents are held again when the quota is spent\n");
  return EXIT.ok;
}

function afterDuration(text: string, now: Date): Date | undefined {
  const seconds = parseDuration(text);
  return seconds === undefined ? undefined : new Date(now.getTime() + seconds * 1000);
}
