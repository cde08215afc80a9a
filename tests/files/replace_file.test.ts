import { assertEquals, assertRejects } from "@std/assert";
import { replaceFile } from "../../lib/files/replace_file.ts";

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.chmod(directory, 0o700);
    await Deno.remove(directory, { recursive: true });
  }
}

const names = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name).sort();

Deno.test("replaceFile: new and replaced, with the mode asked for, and no other file", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/a.json`;
    for (const [content, mode] of [["one", 0o600], ["two – ü", 0o644]] as const) {
      await replaceFile(path, content, mode);
      assertEquals(await Deno.readTextFile(path), content);
      assertEquals((await Deno.stat(path)).mode! & 0o777, mode);
      assertEquals(names(directory), ["a.json"]);
    }
  }));

Deno.test("replaceFile: a failure leaves the old file and nothing else", () =>
  inDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/taken`);
    await assertRejects(() => replaceFile(`${directory}/taken`, "x", 0o600), Error);
    assertEquals(names(directory), ["taken"]);
  }));

Deno.test("replaceFile: what a killed writer left is removed, what a living one writes is not", () =>
  inDirectory(async (directory) => {
    const [old, young] = [1, 2].map((pid) => `.a.json.${pid}-${crypto.randomUUID()}.tmp`);
    // Not as we call ours.
    const others = [".a.json.tmp", ".a.json.mine.tmp"];
    for (const name of [old, young, ...others]) {
      Deno.writeTextFileSync(`${directory}/${name}`, "half");
    }
    const before = new Date(Date.now() - 120_000);
    for (const name of [old, ...others]) Deno.utimeSync(`${directory}/${name}`, before, before);
    await replaceFile(`${directory}/a.json`, "whole", 0o600);
    assertEquals(names(directory), [young, ".a.json.mine.tmp", ".a.json.tmp", "a.json"]);
  }));

Deno.test("replaceFile: readers see one of the contents whole, whoever writes", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/a.json`;
    const contents = ["a", "b", "c"].map((letter) => letter.repeat(50_000));
    await replaceFile(path, contents[0]!, 0o600);
    let writing = true;
    const writers = contents.map(async (content) => {
      for (let n = 0; n < 30; n++) await replaceFile(path, content, 0o600);
    });
    const all = Promise.all(writers).finally(() => writing = false);
    while (writing) assertEquals(contents.includes(await Deno.readTextFile(path)), true);
    await all;
    assertEquals(names(directory), ["a.json"]);
  }));
