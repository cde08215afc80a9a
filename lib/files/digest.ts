/** What tells one content of a file from others, SHA-256 in hexadecimal; "none" for no file. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer> | undefined): Promise<string> {
  if (bytes === undefined) return "none";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
