/** What a file of JSON holds; undefined where there is none, it is larger, or it cannot be understood. */
export function jsonIn(path: string, maxBytes: number): unknown {
  try {
    // Checked before opening: a FIFO would block.
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= maxBytes ? JSON.parse(Deno.readTextFileSync(path)) : undefined;
  } catch {
    return undefined;
  }
}
