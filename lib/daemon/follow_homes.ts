import type { Follower, FollowerOptions, FollowMode, MakeFollower } from "../quota/follower.ts";

/** How readily followers tell, the worst first. */
const MODES: readonly FollowMode[] = ["looking", "events", "off"];

/**
 * Follows several homes as one: those of one account. Which those are is looked up again with each
 * `check`, since homes come and go.
 *
 * @param homes Tells which there are.
 * @param follow Makes the follower of one.
 */
export function followHomes(
  homes: () => readonly string[],
  follow: (home: string) => MakeFollower,
): MakeFollower {
  return (options) => new HomesFollower(homes, follow, options);
}

/** One home that is followed. */
interface Followed {
  readonly follower: Follower;
  readonly ended: AbortController;
  readonly running: Promise<void>;
}

class HomesFollower implements Follower {
  readonly #homes: () => readonly string[];
  readonly #follow: (home: string) => MakeFollower;
  readonly #options: FollowerOptions;
  readonly #followed = new Map<string, Followed>();
  #signal: AbortSignal | undefined;

  constructor(
    homes: () => readonly string[],
    follow: (home: string) => MakeFollower,
    options: FollowerOptions,
  ) {
    this.#homes = homes;
    this.#follow = follow;
    this.#options = options;
  }

  get mode(): FollowMode {
    const modes = [...this.#followed.values()].map(({ follower }) => follower.mode);
    return MODES.find((mode) => modes.includes(mode)) ?? "off";
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#renew(signal);
    const ended = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => ended.resolve(), { once: true });
    if (!signal.aborted) await ended.promise;
    await Promise.all([...this.#followed.values()].map(({ running }) => running));
  }

  check(): void {
    if (this.#signal && !this.#signal.aborted) this.#renew(this.#signal);
    for (const { follower } of this.#followed.values()) follower.check();
  }

  /** Follows those that have come, and lets go of those that have gone. */
  #renew(signal: AbortSignal): void {
    const homes = this.#homes();
    for (const [home, { ended }] of this.#followed) {
      if (homes.includes(home)) continue;
      ended.abort();
      this.#followed.delete(home);
    }
    for (const home of homes) {
      if (this.#followed.has(home)) continue;
      const follower = this.#follow(home)(this.#options);
      const ended = new AbortController();
      const running = follower.run(AbortSignal.any([signal, ended.signal]));
      this.#followed.set(home, { follower, ended, running });
    }
  }
}
