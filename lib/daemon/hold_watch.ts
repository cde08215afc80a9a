import type { Clock } from "../process/clock.ts";
import type { OwnStateDirectory } from "../state/own_state_directory.ts";

/** How often the clock is looked at, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** A busy machine is late by less than this; sleep and a clock that is set are more. */
const JUMP_MS = 2_000;

/**
 * Those that are held hear this often that the daemon lives, in looks; they then see whether their
 * harness does. It costs less than a process of their own that sleeps.
 */
const LOOKS_PER_SIGN = 4;

/** What the watch needs. */
export interface HoldWatchOptions {
  readonly directory: OwnStateDirectory;
  readonly clock: Clock;
  /** The wall clock has jumped. */
  readonly onJump: () => void;
}

/**
 * What the daemon does for those that are held, while it is on. It gives them a sign of life, and it
 * notices when the wall clock and the time that has passed here part: the machine was asleep, or the
 * clock was set. A timer that counts down through either is late or early, so they are told to look.
 */
export class HoldWatch implements Disposable {
  readonly #options: HoldWatchOptions;
  #apart = 0;
  #looks = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: HoldWatchOptions) {
    this.#options = options;
    this.mark();
  }

  /** A reading begins: what the clock does from here on counts, also before the watch is on. */
  mark(): void {
    if (this.isOn) this.#look();
    else this.#apart = this.#difference();
  }

  /** Whether it watches; off, it costs nothing. */
  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  set isOn(on: boolean) {
    if (!on) this[Symbol.dispose]();
    if (!on || this.isOn) return;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  #look(): void {
    const { directory, onJump } = this.#options;
    const apart = this.#difference();
    const jump = Math.abs(apart - this.#apart);
    // Also without a jump: clocks are corrected a little all the time.
    this.#apart = apart;
    if (jump >= JUMP_MS) {
      void directory.wake("look");
      onJump();
    } else if (++this.#looks % LOOKS_PER_SIGN === 0) {
      void directory.wake("alive");
    }
  }

  #difference(): number {
    const { clock } = this.#options;
    return clock.now().getTime() - clock.monotonicMs();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
