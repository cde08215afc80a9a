/** What one look of the doctor's found. */
export interface Check {
  /** What was looked at. */
  readonly name: string;
  /** `fail` means that sessions are not protected; `warn`, that they are, but something is amiss. */
  readonly result: "ok" | "warn" | "fail";
  /** One sentence, fit for a bug report. */
  readonly text: string;
  /** What to do; empty when there is nothing. */
  readonly todo: string;
}

/** All is well. */
export function ok(name: string, text: string): Check {
  return { name, result: "ok", text, todo: "" };
}

/** Sessions are protected, but something is amiss. */
export function warn(name: string, text: string, todo: string): Check {
  return { name, result: "warn", text, todo };
}

/** Sessions are not protected. */
export function fail(name: string, text: string, todo: string): Check {
  return { name, result: "fail", text, todo };
}
