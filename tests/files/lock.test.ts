import { assert, assertEquals, assertFalse } from "@std/assert";
import { isLocked, tryLock, waitForLock } from "../../lib/files/lock.ts";

async function inDirectory(test: (path: string) => Promise<void> | void): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(`${directory}/lock`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("lock: one holder, and nothing left behind", () =>
  inDirectory((path) => {
    assertFalse(isLocked(path));
    {
      using lock = tryLock(path);
      assert(lock?.isOurs());
      assert(isLocked(path));
      assertEquals(tryLock(path), undefined);
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    }
    assertFalse(isLocked(path));
    assertEquals([...Deno.readDirSync(path.replace("/lock", ""))], []);
  }));

Deno.test("lock: a file that was removed or replaced is no longer ours, and is left alone", () =>
  inDirectory((path) => {
    const lock = tryLock(path);
    Deno.removeSync(path);
    assertFalse(lock?.isOurs());
    using other = tryLock(path);
    assertFalse(lock?.isOurs());
    lock?.[Symbol.dispose]();
    assert(other?.isOurs());
  }));

Deno.test("lock: who waits gets it when it is free, or gives up", () =>
  inDirectory(async (path) => {
    const first = tryLock(path);
    assertEquals(await waitForLock(path, 30), undefined);
    const waiting = waitForLock(path, 5000);
    first?.[Symbol.dispose]();
    using second = await waiting;
    assert(second?.isOurs());
  }));
