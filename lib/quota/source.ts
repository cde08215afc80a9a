import type { Reading } from "./reading.ts";

/** Something that can be asked for the quota. */
export interface QuotaSource {
  /** The name that users write and read. */
  readonly name: string;
  /**
   * Asks once. It never throws for an answer that is missing or broken: that is a failed reading.
   *
   * @param signal Gives up: the reading is then a failed one.
   */
  read(signal?: AbortSignal): Promise<Reading>;
}
