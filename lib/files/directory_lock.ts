/**
 * Takes an exclusive lock on a directory itself (`flock`): it needs read permission alone and leaves no
 * file. It is held until disposed or until the process ends.
 *
 * @returns undefined when somebody else holds it.
 * @throws When the directory cannot be opened.
 */
export function tryLockDirectory(path: string): Disposable | undefined {
  const directory = Deno.openSync(path, { read: true });
  if (directory.tryLockSync(true)) return { [Symbol.dispose]: () => directory.close() };
  directory.close();
  return undefined;
}
