import { isWatched, type StartOutcome, whatFailed } from "../daemon/start_outcome.ts";
import type { Check } from "../doctor/check.ts";
import type { Coverage } from "../doctor/coverage.ts";
import type { QuotaStanding } from "../doctor/doctor.ts";
import type { Harness, HookOutcome } from "../harness/harness.ts";
import type { SignedIn } from "../harness/signed_in.ts";

/** What came of setting up one home of a harness. */
export interface HomeSetup {
  readonly harness: Pick<
    Harness,
    "id" | "name" | "program" | "asksTrust" | "quotaPrograms" | "login"
  >;
  readonly home: string;
  /** The harness's program is on PATH. */
  readonly hasProgram: boolean;
  readonly hooks: HookOutcome;
  /** Undefined where there are no hooks that would need one. */
  readonly daemon: StartOutcome | undefined;
  /** What the doctor found; empty where there are no hooks. */
  readonly checks: readonly Check[];
  /** What is known of the quota; undefined where the doctor could not look. */
  readonly quota: QuotaStanding | undefined;
  /** Which requests are held, tried out; undefined where the harness could not be asked. */
  readonly coverage: readonly Coverage[] | undefined;
  readonly signedIn: SignedIn;
}

/** Something that keeps sessions from being protected, and what to do about it. */
export interface Missing {
  readonly text: string;
  readonly todo: string;
}

const AGAIN = "then run: quota-sentry setup";

/**
 * What is missing in a home, the cause in place of what follows from it. Pure.
 *
 * @param hasCodexbar It is on PATH.
 */
export function missingIn(setup: HomeSetup, hasCodexbar: boolean): Missing[] {
  const { harness, hasProgram, hooks, daemon, signedIn } = setup;
  const { name, program } = harness;
  if (hooks.kind === "failed") return [{ text: hooks.message, todo: `mend that, ${AGAIN}` }];
  const failed = new Map(
    setup.checks.filter(({ result }) => result === "fail").map((check) => [check.name, check]),
  );
  const causes: Missing[] = [];
  if (!hasProgram && harness.asksTrust) {
    causes.push({
      text: `${program} was not found on PATH, so it could not be asked to trust the hooks`,
      todo: `install ${name}, or put it on PATH, ${AGAIN}`,
    });
    failed.delete("trust");
  }
  if (daemon?.kind === "failed") {
    causes.push({
      text: `the daemon ${whatFailed(daemon)}: ${daemon.reason}`,
      todo: `mend that, ${AGAIN}`,
    });
    failed.delete("daemon");
    failed.delete("state");
  }
  // A quota that cannot be read is also one that the state does not have.
  if (failed.has("reading")) failed.delete("state");
  // Without its program, that is the cause.
  const needsProgram = harness.quotaPrograms.includes(program);
  if (!hasProgram && !hasCodexbar && needsProgram) failed.delete("reading");
  const login = harness.login();
  if (
    failed.has("reading") && (hasProgram || !needsProgram) && signedIn === "nobody" &&
    login !== undefined
  ) {
    const text = `nobody is signed in to ${name}, so its quota is not known`;
    causes.push({ text, todo: `run: ${login}, ${AGAIN}` });
    failed.delete("reading");
  }
  const holes = failed.size > 0 || causes.length > 0 ? [] : holesIn(setup);
  return [
    ...causes,
    ...[...failed.values()].map(({ name, text, todo }) => ({ text: `${name}: ${text}`, todo })),
    ...holes,
  ];
}

/** True where the doctor finds sessions protected, whatever else is missing. */
export function isGuarded({ hooks, daemon, checks, quota }: HomeSetup): boolean {
  return hooks.kind === "done" && daemon !== undefined && isWatched(daemon) && quota !== "none" &&
    checks.every(({ result }) => result !== "fail");
}

/** Requests that are not held, though they could be. */
function holesIn({ coverage = [] }: HomeSetup): Missing[] {
  return coverage.filter(({ result }) => result === "hole").map(({ request, text, todo }) => ({
    text: `not held: ${request}: ${text}`,
    todo,
  }));
}

/** True where anything of it was not so before. */
export function hasChanged({ hooks, daemon }: HomeSetup): boolean {
  return (hooks.kind === "done" && hooks.hasChanged) || daemon?.kind === "started";
}
