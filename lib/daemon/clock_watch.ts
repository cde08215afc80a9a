/** How often the clock is looked at, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** A busy machine is late by less than this; sleep and a clock that is set are more. */
const JUMP_MS = 2_000;

/**
 * Notices when the wall clock and the time that has passed here part: the machine was asleep, or the
 * clock was set. A timer that counts down through either is late or early, so that holds have to be
 * looked at anew. It looks only while it is on.
 */
export class ClockWatch implements Disposable {
  readonly #onJump: () => void;
  readonly #now: () => number;
  #apart = 0;
  #timer: number | undefined;

  /** @param now The wall clock, in milliseconds since 1970. */
  constructor(onJump: () => void, now: () => number) {
    this.#onJump = onJump;
    this.#now = now;
  }

  /** Whether it looks. */
  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  set isOn(on: boolean) {
    if (!on) this[Symbol.dispose]();
    if (!on || this.#timer !== undefined) return;
    this.#apart = this.#difference();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  #look(): void {
    const apart = this.#difference();
    const jump = Math.abs(apart - this.#apart);
    // Also without a jump: clocks are corrected a little all the time.
    this.#apart = apart;
    if (jump >= JUMP_MS) this.#onJump();
  }

  #difference(): number {
    return this.#now() - performance.now();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
