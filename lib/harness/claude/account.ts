import * as z from "zod";
import { usualHome } from "../home.ts";
import { PLACE } from "./home.ts";

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
  // That of the usual home stands beside it.
  const path = home === usualHome(PLACE) ? `${home}.json` : `${home}/.claude.json`;
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > MAX_BYTES) return undefined;
    const { oauthAccount } = Config.parse(JSON.parse(Deno.readTextFileSync(path)));
    return `account ${oauthAccount.accountUuid} ${oauthAccount.organizationUuid ?? ""}`;
  } catch {
    return undefined;
  }
}
