import { smallText } from "../../files/small_text.ts";

/** So much the file is at most. */
const MAX_BYTES = 1024 * 1024;

/**
 * What tells one account from others: for comparison in memory alone, never to be shown or stored. Homes
 * that link to one `auth.json` are one account, as are those that are signed in with the same: the
 * account and, since several people may share a workspace's, who it is. Needs read permission.
 *
 * @returns undefined where nobody is signed in.
 */
export function accountIn(home: string): string | undefined {
  const login = loginIn(home);
  return login &&
    (login.id === undefined
      ? `file ${login.path}`
      : `account ${login.id} ${userIn(login.idToken) ?? ""}`);
}

/** The id that Codex has of the account; the same goes for it. */
export function accountIdIn(home: string): string | undefined {
  return loginIn(home)?.id;
}

/**
 * Whether what is signed in is an API key, as `codex login --with-api-key` does it (seen with 0.169.0):
 * what it uses counts in no window. Needs read permission.
 */
export function isPaidByKey(home: string): boolean {
  return loginIn(home)?.isKey === true;
}

/** What has Codex keep the login where the system keeps secrets, in every case or where it can. */
const KEPT_ELSEWHERE = /^\s*cli_auth_credentials_store\s*=\s*["'](keyring|auto)["']/m;

/** Whether somebody may be signed in though no file says so. Needs read permission. */
export function mayBeKeptElsewhere(home: string): boolean {
  return KEPT_ELSEWHERE.test(smallText(`${home}/config.toml`, MAX_BYTES) ?? "");
}

interface Login {
  /** Where it is written down, symbolic links resolved. */
  readonly path: string;
  readonly isKey: boolean;
  readonly id: string | undefined;
  readonly idToken: unknown;
}

function loginIn(home: string): Login | undefined {
  try {
    const path = Deno.realPathSync(`${home}/auth.json`);
    const { tokens, OPENAI_API_KEY: key } = JSON.parse(smallText(path, MAX_BYTES) ?? "");
    const id = tokens?.account_id;
    return {
      path,
      isKey: typeof key === "string" && key !== "" && !tokens,
      id: typeof id === "string" && id !== "" ? id : undefined,
      idToken: tokens?.id_token,
    };
  } catch {
    return undefined;
  }
}

/** Who is signed in, by the middle part of a token (a JWT); undefined where it does not tell. */
function userIn(token: unknown): string | undefined {
  try {
    const [, claims = ""] = String(token).split(".");
    const text = atob(claims.replaceAll("-", "+").replaceAll("_", "/"));
    const { sub } = JSON.parse(text);
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}
