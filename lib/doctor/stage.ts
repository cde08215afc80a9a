import { basename, join } from "@std/path";
import { makeDirectoryElsewhere, removeTreeElsewhere } from "../files/elsewhere.ts";
import { KINDS } from "../harness/registry.ts";
import { buildId } from "../process/build_id.ts";
import { StateDirectory } from "../state/state_directory.ts";

/** A state directory of a trial's own, in which nothing can come of a hook's call. */
export interface Stage extends AsyncDisposable {
  readonly directory: string;
  /** What a hook's program is to have in its environment there. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes one below `parent`, with a state. It looks as if its daemon ran: else one would be started
 * there, which would read the real quota; and there is no harness of the user's to be asked.
 */
export async function setStage(parent: string, state: unknown): Promise<Stage> {
  const directory = join(parent, `quota-sentry-trial-${crypto.randomUUID()}`);
  const files = new StateDirectory(directory);
  const lockPath = files.file("daemonLock");
  try {
    await makeDirectoryElsewhere(directory, {
      [basename(files.file("state"))]: JSON.stringify(state),
      [basename(files.file("pid"))]: `${Deno.pid}\n`,
      [basename(lockPath)]: buildId(),
    });
    const lock = await Deno.open(lockPath, { read: true });
    await lock.lock(true);
    return {
      directory,
      env: Object.fromEntries(KINDS.map(({ place }) => [place.variable, directory])),
      async [Symbol.asyncDispose]() {
        lock.close();
        await removeTreeElsewhere(directory);
      },
    };
  } catch (error) {
    await removeTreeElsewhere(directory).catch(() => {});
    throw error;
  }
}
