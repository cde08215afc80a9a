import { join } from "@std/path";
import * as z from "zod";
import type { StateDirectory } from "../../state/state_directory.ts";
import type { SignedIn } from "../signed_in.ts";
import { configIn } from "./account.ts";
import { jsonIn } from "./json_in.ts";
import { toldLast } from "./quota/told_last.ts";

/** More than any of the files has. */
const MAX_BYTES = 1024 * 1024;

/** What has Claude Code pay by use, whoever is signed in. */
const KEYS = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_VERTEX",
];

const Settings = z.looseObject({
  apiKeyHelper: z.string().optional(),
  env: z.record(z.string(), z.unknown()).optional(),
});

const Credentials = z.looseObject({
  claudeAiOauth: z.looseObject({ accessToken: z.string().min(1) }),
});

const Config = z.looseObject({
  primaryApiKey: z.string().optional(),
  oauthAccount: z.looseObject({}).nullish(),
  customApiKeyResponses: z.looseObject({ approved: z.array(z.unknown()).optional() }).optional(),
});

/**
 * Who is signed in: by what a session was told last, else by the home's files. A key in the environment
 * of a session alone is not seen; nor is a subscription's token there. Needs read permission.
 */
export function signedInAt(home: string, directory: StateDirectory): SignedIn {
  const told = toldLast(directory);
  if (told !== undefined) return told.kind === "none" ? "without-quota" : "with-quota";
  const settings = Settings.safeParse(jsonIn(join(home, "settings.json"), MAX_BYTES)).data;
  const isByUse = settings?.apiKeyHelper !== undefined ||
    KEYS.some((name) => settings?.env?.[name] !== undefined);
  if (isByUse) return "without-quota";
  if (Credentials.safeParse(jsonIn(join(home, ".credentials.json"), MAX_BYTES)).success) {
    return "with-quota";
  }
  const config = Config.safeParse(configIn(home)).data;
  if (config?.primaryApiKey) return "without-quota";
  // Where the system has a place for secrets of its own, the account alone stands in a file.
  if (config?.oauthAccount) return "with-quota";
  return config?.customApiKeyResponses?.approved?.length ? "without-quota" : "nobody";
}
