import type { Harness } from "./harness.ts";

/**
 * A provider whose quota codexbar tells, and of whose harness nothing is known here: it has a state, and
 * no hooks.
 *
 * @param id By codexbar's name.
 */
export function bare(id: string): Harness {
  const none = { kind: "failed", message: `nothing is known of the hooks of ${id}` } as const;
  return {
    home: undefined,
    id,
    name: id,
    program: id,
    withoutProgram: "nothing is known of it",
    withoutCodexbar: "its quota is unknown, and nothing is held",
    asksTrust: false,
    quotaPrograms: [],
    login: () => undefined,
    environment: {},
    requests: [],
    firstVersionWith: () => undefined,
    hooksPath: () => undefined,
    trustPath: () => undefined,
    install: () => Promise.resolve(none),
    uninstall: () => Promise.resolve(none),
    inspect: () => Promise.resolve(none),
    missingEvents: () => Promise.resolve([]),
    mayHaveOurs: () => false,
    calls: () => Promise.resolve([]),
    sharesHooksWith: () => Promise.resolve(undefined),
    profiles: () => Promise.resolve([]),
    pastReadings: () => Promise.resolve([]),
    wall: undefined,
    ownWall: undefined,
    runs: undefined,
    codexbarArguments: [],
    signedIn: () => "unknown",
    account: () => undefined,
    sources: () => [],
    follow: () => undefined,
  };
}
