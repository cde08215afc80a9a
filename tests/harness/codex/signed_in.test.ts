import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { CODEX } from "../../../lib/harness/codex/codex.ts";
import { StateDirectory } from "../../../lib/state/state_directory.ts";
import { temporaryDirectory } from "../../support/directory.ts";

const KEY = { OPENAI_API_KEY: "sk-none", tokens: null };
const TOKENS = { OPENAI_API_KEY: null, tokens: { account_id: "a", id_token: "t" } };

const CASES: [string, Record<string, string>, string][] = [
  ["nothing", {}, "nobody"],
  ["an account", { "auth.json": JSON.stringify(TOKENS) }, "with-quota"],
  ["a key", { "auth.json": JSON.stringify(KEY) }, "without-quota"],
  ["a file that is no login", { "auth.json": "{" }, "nobody"],
  ["a file that would have it", {
    "config.toml": 'model = "m"\ncli_auth_credentials_store = "file"\n',
  }, "nobody"],
  ["where the system keeps secrets", {
    "config.toml": 'model = "m"\ncli_auth_credentials_store = "keyring"\n',
  }, "unknown"],
  ["there where that can be", { "config.toml": "cli_auth_credentials_store='auto'\n" }, "unknown"],
  ["there, and in a file", {
    "config.toml": 'cli_auth_credentials_store = "auto"\n',
    "auth.json": JSON.stringify(TOKENS),
  }, "with-quota"],
  ["a comment", { "config.toml": '# cli_auth_credentials_store = "keyring"\n' }, "nobody"],
];

for (const [name, files, expected] of CASES) {
  Deno.test(`who is signed in to Codex: ${name}`, async () => {
    await using directory = temporaryDirectory();
    for (const [file, text] of Object.entries(files)) {
      Deno.writeTextFileSync(join(directory.path, file), text);
    }
    const { signedIn } = CODEX.with(directory.path);
    assertEquals(signedIn(new StateDirectory(directory.path)), expected);
  });
}
