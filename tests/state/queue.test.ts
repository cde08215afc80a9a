import { assertEquals } from "@std/assert";
import { claimPlace, ownerText, staggerOf } from "../../lib/state/queue.ts";

Deno.test("queue: the first place that is free, or whose owner has ended", async () => {
  const directory = await Deno.makeTempDir({ prefix: "qs-test-" });
  const queue = `${directory}/queue`;
  const owner = `${Deno.pid}-1788256800`;
  try {
    assertEquals(await claimPlace(queue, owner), 0);
    assertEquals(Deno.readTextFileSync(`${queue}/0.place`), `${Deno.pid} ${owner}\n`);
    const more = ownerText(
      Deno.pid,
      new Date(1_788_256_800_500),
      new Date(0),
      "019a",
      "tool",
      "/a b",
    );
    assertEquals(await claimPlace(queue, more), 1);
    assertEquals(
      Deno.readTextFileSync(`${queue}/1.place`),
      `${Deno.pid} ${owner} 1970-01-01T00:00:00Z 019a tool /a b\n`,
    );
    const ended = new Deno.Command("true").spawn();
    await ended.status;
    Deno.writeTextFileSync(`${queue}/0.place`, `${ended.pid} ${ended.pid}-1.wake\n`);
    // Of one who has made it, and has yet to say who he is.
    Deno.writeTextFileSync(`${queue}/2.place`, "");
    assertEquals(await claimPlace(queue, owner), 0);
    assertEquals(await claimPlace(queue, owner), 3);
    // Of somebody else, who would keep one waiting.
    await new Deno.Command("mkfifo", { args: [`${queue}/5.place`] }).output();
    const together = await Promise.all(Array.from({ length: 8 }, () => claimPlace(queue, owner)));
    assertEquals(together.toSorted(), ["10", "11", "12", "4", "6", "7", "8", "9"].map(Number));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

const STAGGERS: [number | undefined, number, number, number][] = [
  [0, 7, 2, 0],
  [3, 7, 2, 6_000],
  [63, 7, 0.5, 31_500],
  [64, 7, 2, 0],
  [undefined, 33, 2, 2_000],
  [5, 7, 0, 0],
];
for (const [place, pid, seconds, ms] of STAGGERS) {
  Deno.test(`queue: at place ${place}, ${seconds} s apart, pid ${pid}: ${ms} ms`, () => {
    assertEquals(staggerOf(place, pid, seconds), ms);
  });
}
