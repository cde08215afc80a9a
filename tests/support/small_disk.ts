/** Mounts a file system of a size, which only root can; undefined where that cannot be done. */
async function mount(options: string, directory: string): Promise<AsyncDisposable | undefined> {
  const { success } = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", options, "tmpfs", directory],
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  if (!success) return undefined;
  return {
    async [Symbol.asyncDispose]() {
      await new Deno.Command("umount", { args: ["-l", directory] }).output();
    },
  };
}

async function canMount(): Promise<boolean> {
  const directory = await Deno.makeTempDir();
  const mounted = await mount("size=64k", directory);
  await mounted?.[Symbol.asyncDispose]();
  await Deno.remove(directory);
  return mounted !== undefined;
}

const CAN_MOUNT = await canMount();

/** Registers a test on a file system of its own; skipped where none can be mounted. */
export function smallDiskTest(
  name: string,
  options: string,
  test: (disk: string) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !CAN_MOUNT,
    fn: async () => {
      const directory = await Deno.makeTempDir();
      {
        await using _mounted = (await mount(options, directory))!;
        await test(directory);
      }
      await Deno.remove(directory);
    },
  });
}
