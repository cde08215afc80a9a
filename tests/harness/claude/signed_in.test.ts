import { assertEquals } from "@std/assert";
import { signedInAt } from "../../../lib/harness/claude/signed_in.ts";
import type { SignedIn } from "../../../lib/harness/signed_in.ts";
import { StateDirectory } from "../../../lib/state/state_directory.ts";
import { temporaryDirectory } from "../../support/directory.ts";

const LOGIN = { claudeAiOauth: { accessToken: "nobody's" } };

/** What is in the home, and what the status line has written down. */
const CASES: [string, Record<string, unknown>, string | undefined, SignedIn][] = [
  ["nothing is there", {}, undefined, "nobody"],
  ["signed in", { ".credentials.json": LOGIN }, undefined, "with-quota"],
  ["signed out", { ".credentials.json": {} }, undefined, "nobody"],
  ["a file that is broken", { ".credentials.json": [] }, undefined, "nobody"],
  [
    "the secret is with the system",
    { ".claude.json": { oauthAccount: { accountUuid: "a" } } },
    undefined,
    "with-quota",
  ],
  [
    "signed in for a key",
    { ".claude.json": { oauthAccount: { accountUuid: "a" }, primaryApiKey: "k" } },
    undefined,
    "without-quota",
  ],
  [
    "a key was approved",
    { ".claude.json": { customApiKeyResponses: { approved: ["k"] } } },
    undefined,
    "without-quota",
  ],
  [
    "a key by the settings comes before who is signed in",
    { ".credentials.json": LOGIN, "settings.json": { env: { ANTHROPIC_API_KEY: "k" } } },
    undefined,
    "without-quota",
  ],
  ["what a session was told counts", { ".credentials.json": LOGIN }, "1 none", "without-quota"],
  [
    "also that it has windows",
    { "settings.json": { apiKeyHelper: "/bin/key" } },
    '1 {"five_hour":{"used_percentage":2}}',
    "with-quota",
  ],
];

for (const [name, files, told, expected] of CASES) {
  Deno.test(`claude, who is signed in: ${name}`, async () => {
    await using directory = temporaryDirectory();
    for (const [file, value] of Object.entries(files)) {
      Deno.writeTextFileSync(`${directory.path}/${file}`, JSON.stringify(value));
    }
    if (told !== undefined) {
      Deno.mkdirSync(`${directory.path}/statusline`);
      Deno.writeTextFileSync(`${directory.path}/statusline/session`, `${told}\n`);
    }
    assertEquals(signedInAt(directory.path, new StateDirectory(directory.path)), expected);
  });
}
