import { join } from "@std/path";
import { codexHome } from "../../codex/home.ts";
import type { Reading } from "../../quota/reading.ts";
import type { QuotaSource } from "../source.ts";
import { latestRateLimits } from "./parse.ts";

/** Bounds of the search: days looked into, files looked at, and bytes from the end of each. */
const MAX_DAYS = 7;
const MAX_FILES = 8;
const MAX_TAIL_BYTES = 1024 * 1024;

/**
 * The latest rate limits that a Codex session wrote into its rollout file, below
 * `$CODEX_HOME/sessions`. No process is started and nothing is sent anywhere; needs read permission.
 * The reading is as old as it is: it counts less than one that was read live.
 */
export function sessions(): QuotaSource {
  return {
    name: "sessions",
    async read(): Promise<Reading> {
      const home = codexHome();
      const files = home === undefined ? [] : await newestFiles(join(home, "sessions"));
      const now = new Date();
      const readings = [];
      for (const path of files) {
        const reading = latestRateLimits(await readTail(path), now);
        if (reading) readings.push(reading);
      }
      const [newest] = readings.toSorted((a, b) => b.asOf.getTime() - a.asOf.getTime());
      const reason = "no recent Codex session has written down its rate limits";
      return newest ?? { kind: "failed", source: "sessions", reason };
    },
  };
}

/** The rollout files of the last days that were changed last, newest first. */
async function newestFiles(root: string): Promise<string[]> {
  const days = await newestDays(root);
  const found: { path: string; changed: number }[] = [];
  for (const day of days) {
    for (const name of await names(day)) {
      if (!name.startsWith("rollout-") || !name.endsWith(".jsonl")) continue;
      const path = join(day, name);
      const changed = await Deno.stat(path).then(({ mtime }) => mtime?.getTime() ?? 0, () => 0);
      found.push({ path, changed });
    }
  }
  return found.toSorted((a, b) => b.changed - a.changed).slice(0, MAX_FILES).map((f) => f.path);
}

/** `sessions/YYYY/MM/DD`, newest first. */
async function newestDays(root: string): Promise<string[]> {
  const days: string[] = [];
  for (const year of (await names(root)).filter((name) => /^\d{4}$/.test(name))) {
    for (const month of (await names(join(root, year))).filter((name) => /^\d\d$/.test(name))) {
      for (const day of await names(join(root, year, month))) {
        if (days.length < MAX_DAYS && /^\d\d$/.test(day)) days.push(join(root, year, month, day));
      }
      if (days.length >= MAX_DAYS) return days;
    }
  }
  return days;
}

/** Names in a directory, last first; none when it cannot be read. */
async function names(directory: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name } of Deno.readDir(directory)) found.push(name);
  } catch {
    return [];
  }
  return found.sort().reverse();
}

/** The end of a file, from the first whole line on. */
async function readTail(path: string): Promise<string> {
  try {
    using file = await Deno.open(path);
    const { size, isFile } = await file.stat();
    if (!isFile) return "";
    const start = Math.max(0, size - MAX_TAIL_BYTES);
    await file.seek(start, Deno.SeekMode.Start);
    const bytes = new Uint8Array(size - start);
    let length = 0;
    while (length < bytes.length) {
      const read = await file.read(bytes.subarray(length));
      if (read === null) break;
      length += read;
    }
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } catch {
    return "";
  }
}
