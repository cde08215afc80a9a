import type { Follower, FollowerOptions, FollowMode } from "../../../quota/follower.ts";
import { followDirectory } from "../../../state/follow_directory.ts";
import type { StateDirectory } from "../../../state/state_directory.ts";
import { toldFiles, toldIn } from "./told.ts";

/** Tells each reading that a status line hands on. What was there before is not told. */
export class StatusLineFollower implements Follower {
  readonly #directory: StateDirectory;
  readonly #options: FollowerOptions;
  /** When each file was changed, as it was last looked at. */
  #seen: ReadonlyMap<string, number> = new Map();
  #mode: FollowMode = "off";

  constructor(directory: StateDirectory, options: FollowerOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  get mode(): FollowMode {
    return this.#mode;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#seen = this.#look();
    this.#mode = "events";
    await followDirectory(this.#directory.file("statusLine"), signal, () => this.check());
    this.#mode = "off";
  }

  check(): void {
    const now = this.#look();
    const before = this.#seen;
    this.#seen = now;
    for (const [path, changedAtMs] of now) {
      if (before.get(path) === changedAtMs) continue;
      const told = toldIn(path);
      if (told?.kind === "windows") this.#options.onReading(told);
    }
  }

  #look(): ReadonlyMap<string, number> {
    return new Map(toldFiles(this.#directory).map(({ path, changedAtMs }) => [path, changedAtMs]));
  }
}
