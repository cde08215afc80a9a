import { usage } from "../support/sandbox.ts";
import type { Limits } from "./mock_model.ts";
import type { CodexSandbox } from "./session.ts";

/** A new window is this long. */
const WINDOW_SECONDS = 300 * 60;

/**
 * The account's 5-hour window, which every source tells alike: the model with its answers, and the
 * sandbox's codexbar. At the reset a new window begins by itself.
 */
export class QuotaTruth {
  readonly #box: CodexSandbox;
  #limits: Limits;

  constructor(box: CodexSandbox, usedPercent: number, resetInSeconds: number) {
    this.#box = box;
    this.#limits = this.set(usedPercent, resetInSeconds);
  }

  /** The window as it is now. */
  get now(): Limits {
    return Date.now() < this.#limits.resetsAt * 1000 ? this.#limits : this.#next;
  }

  /** What is used from now on, and when that ends. */
  set(usedPercent: number, resetInSeconds: number): Limits {
    const resetsAt = Math.ceil(Date.now() / 1000 + resetInSeconds);
    return this.#publish({ usedPercent, resetsAt });
  }

  /** Uses a part of the window. */
  spend(percent: number): Limits {
    const { usedPercent, resetsAt } = this.now;
    return this.#publish({ usedPercent: usedPercent + percent, resetsAt });
  }

  get #next(): Limits {
    return { usedPercent: 1, resetsAt: this.#limits.resetsAt + WINDOW_SECONDS };
  }

  #publish(limits: Limits): Limits {
    this.#limits = limits;
    const text = ({ usedPercent, resetsAt }: Limits) =>
      JSON.stringify(usage({ used: usedPercent, resetInSeconds: resetsAt - Date.now() / 1000 }));
    this.#box.codexbar(
      `if [ "$(date +%s)" -lt ${limits.resetsAt} ]; then
  echo '${text(limits)}'
else
  echo '${text(this.#next)}'
fi`,
    );
    return limits;
  }
}
