/*
 * Programs that are made for a test are written by a process of their own. Whatever another thread here
 * starts in that moment has a file open for writing, too, until it has become another program, and Linux
 * runs nothing that somebody may still write to ("Text file busy").
 */

/** Puts a program in place, as a whole: one that is running cannot be written to. */
export function writeProgram(path: string, text: string, mode = 0o755): void {
  Deno.writeTextFileSync(`${path}.text`, text);
  copyProgram(`${path}.text`, path, mode);
  Deno.removeSync(`${path}.text`);
}

/** Puts a copy of a program in place, as a whole. */
export function copyProgram(from: string, to: string, mode = 0o755): void {
  const { success, stderr } = new Deno.Command("/bin/cp", { args: [from, `${to}.new`] })
    .outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  Deno.chmodSync(`${to}.new`, mode);
  Deno.renameSync(`${to}.new`, to);
}
