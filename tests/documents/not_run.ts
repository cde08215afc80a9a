/**
 * Command lines of documents that are not run by the test, by how they begin, and why; all scripts of
 * the repository are among them. They are looked at all the same: the script, its options, and what it is
 * given must be there.
 */
export const NOT_RUN: readonly (readonly [start: string, why: string])[] = [
  ["./scripts/install.sh", "it needs a release; tests/install makes one and runs it"],
  ["./scripts/smoke", "half a minute; tests/smoke.test.ts runs it"],
  ["brew install", "there is no Homebrew; tests/install/release.test.ts does what it would"],
  ["sha256sum --check", "it is for what was downloaded"],
  ["gh attestation", "the same, and it asks GitHub"],
  ["export QUOTA_SENTRY_REGISTRY=jsr", "it is for a release that is built once more"],
  ["diff SHA256SUMS", "the same; tests/build.test.ts builds twice"],
  ["./scripts/test", "it is what runs this test"],
  ["./scripts/build", "`scripts/test` does it, and other tests run what it has made"],
  ["./scripts/manual", "the same; tests/commands/man.test.ts looks at what it writes"],
  ["./scripts/draw-status", "it would change the pictures"],
  ["./scripts/deno fmt", "`scripts/test` checks it, and this would change the files"],
  ["./scripts/deno task check", "`scripts/test` does it; ten seconds"],
  ["./scripts/deno task bench", "half an hour, on a machine that does nothing else"],
  ["./scripts/autonomous-test", "half an hour, with the user's Codex; asks for the user's quota"],
  ["./scripts/quota-sentry", "it builds first; what it runs then, other tests run"],
  ["scripts/notify", "it goes on until it is ended; tests/notify.test.ts runs it"],
  ["quota-sentry events --follow", "the same; tests/commands/events.test.ts runs it"],
  ["quota-sentry watch", "needs a terminal; tests/commands/watch.test.ts has one"],
  ["quota-sentry setup", "it sets up what is called like an agent; tests/commands/setup.test.ts"],
  ["quota-sentry simulate --replay", "it needs a history; shown.test.ts runs one on readings"],
];

/** Command lines that say by their exit code what is so on a machine that has nothing yet. */
export const EXITS: readonly (readonly [line: string, code: number, why: string])[] = [
  ["quota-sentry doctor", 1, "nothing is protected there"],
];
