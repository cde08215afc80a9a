import type { Reading } from "../../../quota/reading.ts";
import type { QuotaSource } from "../../../quota/source.ts";
import { forUser } from "../../../text/for_user.ts";
import { AppServer, AppServerError, CodexMissingError } from "../app_server.ts";
import { parseRateLimits } from "./parse.ts";

/**
 * Reads the quota from Codex itself (`codex app-server`, `account/rateLimits/read`). Codex asks its
 * backend; nothing else is sent anywhere. Needs permission to run `codex` and `kill`.
 *
 * @param home Whose quota; undefined for the one that counts here.
 */
export function codex(home: string | undefined): QuotaSource {
  return {
    name: "codex",
    async read(signal): Promise<Reading> {
      try {
        await using server = await AppServer.start({ home, signal });
        return parseRateLimits(await server.call("account/rateLimits/read", undefined));
      } catch (error) {
        if (error instanceof CodexMissingError || error instanceof AppServerError) {
          return { kind: "failed", source: "codex", reason: forUser(error.message) };
        }
        throw error;
      }
    },
  };
}
