import { smallText } from "../../files/small_text.ts";
import type { SignedIn } from "../signed_in.ts";
import { PROVIDERS } from "./accounts.ts";

/** So much the file is at most. */
const MAX_BYTES = 1024 * 1024;

/** Who is signed in, by its own file: an account with a quota, or keys alone. Needs read permission. */
export function signedIn(): SignedIn {
  const logins = readLogins();
  if (PROVIDERS.some((name) => logins[name]?.type === "oauth")) return "with-quota";
  return Object.keys(logins).length === 0 ? "nobody" : "without-quota";
}

function readLogins(): Record<string, { type?: unknown } | undefined> {
  const data = Deno.env.get("XDG_DATA_HOME") || `${Deno.env.get("HOME")}/.local/share`;
  try {
    const path = `${data}/opencode/auth.json`;
    const logins = JSON.parse(smallText(path, MAX_BYTES) ?? "");
    return typeof logins === "object" && logins !== null ? logins : {};
  } catch {
    return {};
  }
}
