/** A login, as Codex keeps it in `auth.json`, that no backend but one on loopback would take. */
export function fakeLogin(): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
  const auth = { chatgpt_account_id: "acct-mock", chatgpt_plan_type: "plus" };
  const claims = {
    email: "me@example.com",
    exp: 4_000_000_000,
    "https://api.openai.com/auth": auth,
  };
  const token = `${part({ alg: "none" })}.${part(claims)}.${part("x")}`;
  return JSON.stringify({
    OPENAI_API_KEY: null,
    tokens: {
      id_token: token,
      access_token: token,
      refresh_token: "none",
      account_id: "acct-mock",
    },
    last_refresh: new Date().toISOString(),
  });
}
