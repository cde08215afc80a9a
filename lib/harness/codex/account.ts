/** So much is the file at most. */
const MAX_BYTES = 1024 * 1024;

/**
 * What tells one account from others: for comparison in memory alone, never to be shown or stored. Homes
 * that link to one `auth.json` are one account, as are those that are signed in with the same. Needs
 * read permission.
 *
 * @returns undefined where nobody is signed in, or with a key that may be anybody's.
 */
export function accountIn(home: string): string | undefined {
  try {
    const path = Deno.realPathSync(`${home}/auth.json`);
    const { isFile, size } = Deno.statSync(path);
    if (!isFile || size > MAX_BYTES) return undefined;
    const id = JSON.parse(Deno.readTextFileSync(path))?.tokens?.account_id;
    return typeof id === "string" && id !== "" ? `account ${id}` : `file ${path}`;
  } catch {
    return undefined;
  }
}
