/** A path with its links resolved; as it is where nothing is there. Needs read permission. */
export function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}
