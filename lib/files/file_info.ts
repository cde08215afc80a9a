/** What is known of a file; undefined for what is none, such as a pipe, which would keep us waiting. Needs read permission. */
export function fileInfo(path: string): Deno.FileInfo | undefined {
  try {
    const info = Deno.statSync(path);
    return info.isFile ? info : undefined;
  } catch {
    return undefined;
  }
}
