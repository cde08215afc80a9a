import * as z from "zod";
import { usualHome } from "../home.ts";
import { PLACE } from "./home.ts";
import { jsonIn } from "./json_in.ts";

/** So much the file is at most; it holds a line for each project. */
const MAX_BYTES = 16 * 1024 * 1024;

const Config = z.object({
  oauthAccount: z.object({
    accountUuid: z.string().min(1),
    organizationUuid: z.string().optional(),
  }),
});

/**
 * What tells one account from others: for comparison in memory alone, never to be shown or stored. Needs
 * read permission.
 *
 * @returns undefined where nobody is signed in, or with a key.
 */
export function accountIn(home: string): string | undefined {
  const config = Config.safeParse(configIn(home)).data;
  return config &&
    `account ${config.oauthAccount.accountUuid} ${config.oauthAccount.organizationUuid ?? ""}`;
}

/** What Claude Code keeps for itself, account included; undefined where that cannot be understood. */
export function configIn(home: string): unknown {
  // That of the usual home stands beside it.
  return jsonIn(home === usualHome(PLACE) ? `${home}.json` : `${home}/.claude.json`, MAX_BYTES);
}
