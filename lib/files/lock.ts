/** A lock on a file (`flock`), held until disposed or until the process ends, however it ends. */
export interface FileLock extends Disposable {
  /** False once the file was removed or replaced, so that others can no longer see the lock. */
  isOurs(): boolean;
}

/**
 * Takes the lock if nobody holds it, creating the file (0600) when there is none. The file is removed
 * with the lock; after a kill it stays, unlocked, and does no harm. Needs read and write permission.
 *
 * @param content What the file is to hold while it is locked.
 * @returns undefined when somebody else holds it, be it for the instant of an {@linkcode isLocked}.
 * @throws When the file can neither be opened nor created.
 */
export function tryLock(path: string, content = ""): FileLock | undefined {
  const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  // The holder before may have removed the file between our opening and our locking it: then we
  // hold a lock that nobody else can see.
  if (!file.tryLockSync(true) || !isSameFile(file, path)) {
    file.close();
    return undefined;
  }
  if (content !== "") {
    file.truncateSync(0);
    file.writeSync(new TextEncoder().encode(content));
  }
  return {
    isOurs: () => isSameFile(file, path),
    [Symbol.dispose]() {
      try {
        if (isSameFile(file, path)) Deno.removeSync(path);
      } catch {
        // Gone with its directory; closing is what releases the lock.
      }
      file.close();
    },
  };
}

/**
 * Takes the lock as soon as it is free.
 *
 * @returns undefined when `timeoutMs` have passed.
 */
export async function waitForLock(path: string, timeoutMs: number): Promise<FileLock | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const lock = tryLock(path);
    if (lock || performance.now() >= deadline) return lock;
    // Uneven, so that those who wait do not keep step.
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
  }
}

/**
 * True while some process holds the lock. Needs read permission alone, so that it also works where
 * nothing may be written; it takes the lock in shared mode for an instant.
 */
export function isLocked(path: string): boolean {
  try {
    // A pipe in its place would be waited for.
    if (!Deno.statSync(path).isFile) return false;
    using file = Deno.openSync(path, { read: true });
    return !file.tryLockSync(false);
  } catch {
    return false;
  }
}

function isSameFile(file: Deno.FsFile, path: string): boolean {
  try {
    const [ours, named] = [file.statSync(), Deno.statSync(path)];
    return ours.ino === named.ino && ours.dev === named.dev;
  } catch {
    return false;
  }
}
