/** Where a symbolic link leads; undefined where there is none that can be read. Needs read permission. */
export function linkAt(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}
