import * as z from "zod";
import { smallText } from "../files/small_text.ts";
import { findOnPath } from "../process/program_path.ts";
import type { StateDirectory } from "../state/state_directory.ts";
import { type Harness, type InstalledHook, type Standing, STANDINGS } from "./harness.ts";

/*
 * What a harness said of our hooks when it was last asked. A harness that is upgraded may know hooks
 * that the one before did not, and skip them in silence; so each session's start looks whether its
 * harness or its hooks file is another than the one that was asked, and has a process of its own ask
 * (`lib/commands/notice_hooks.ts`). `status` reads the answer.
 */

const FileIdentity = z.object({
  /** Symbolic links resolved. */
  path: z.string(),
  inode: z.number().nullable(),
  size: z.number(),
  mtimeMs: z.number().nullable(),
  ctimeMs: z.number().nullable(),
});
type FileIdentity = z.infer<typeof FileIdentity>;

const SeenHooks = z.object({
  harness: z.string(),
  program: FileIdentity,
  hooksFile: FileIdentity,
  /** Where trust is kept; null where there is no such file. */
  trustFile: FileIdentity.nullable(),
  askedAt: z.string(),
  version: z.string().nullable(),
  hooks: z.array(z.object({ event: z.string(), standing: z.enum(STANDINGS) })),
  /** Why it runs none of them, or could not be asked. */
  problem: z.string().nullable(),
});
/** What one harness said of one hooks file. */
export type SeenHooks = z.infer<typeof SeenHooks>;

const SeenFile = z.looseObject({ schemaVersion: z.literal(1), seen: z.array(SeenHooks) });

/** So much they are, however long their paths. */
const MAX_BYTES = 1024 * 1024;

/** So many harnesses and hooks files are remembered; the oldest is dropped. */
const MAX_SEEN = 8;

/** The harness and the hooks file that a session has, as they are on disk. */
export type SeenFiles = Pick<SeenHooks, "harness" | "program" | "hooksFile" | "trustFile">;

/** Looks at the files; undefined where there is no such harness or no hooks file. */
export async function filesOf(harness: Harness): Promise<SeenFiles | undefined> {
  const [program, hooksPath] = [await findOnPath(harness.program), harness.hooksPath()];
  if (program === undefined || hooksPath === undefined) return undefined;
  const [ofProgram, ofHooks] = [await identify(program), await identify(hooksPath)];
  if (!ofProgram || !ofHooks) return undefined;
  const trustPath = harness.trustPath();
  const trustFile = trustPath === undefined ? undefined : await identify(trustPath);
  return {
    harness: harness.name,
    program: ofProgram,
    hooksFile: ofHooks,
    trustFile: trustFile ?? null,
  };
}

/**
 * True when a harness is to be asked: once for each program and hooks file, and again when it had
 * skipped a hook, or run none, and what it trusts has changed since.
 */
export function isUnseen(files: SeenFiles, seen: readonly SeenHooks[]): boolean {
  const last = seen.find((other) => isSameCase(files, other));
  if (!last || !isSame(last.program, files.program) || !isSame(last.hooksFile, files.hooksFile)) {
    return true;
  }
  return isAmiss(last) && !isSame(last.trustFile, files.trustFile);
}

/** What was said of hooks that are still as they were then, by programs that are. */
export async function stillTrue(seen: readonly SeenHooks[]): Promise<SeenHooks[]> {
  const checked = await Promise.all(seen.map(async (each) => {
    const [program, hooksFile] = [
      await identify(each.program.path),
      await identify(each.hooksFile.path),
    ];
    if (!isSame(each.program, program) || !isSame(each.hooksFile, hooksFile)) return false;
    // What was skipped then may be trusted since, and hooks switched on.
    return !isAmiss(each) || each.trustFile === null ||
      isSame(each.trustFile, await identify(each.trustFile.path));
  }));
  return seen.filter((_, index) => checked[index]);
}

/** Of these, what was said by the trust that there still is. */
export async function withSameTrust(seen: readonly SeenHooks[]): Promise<SeenHooks[]> {
  const same = await Promise.all(
    seen.map(async ({ trustFile }) =>
      trustFile === null || isSame(trustFile, await identify(trustFile.path))
    ),
  );
  return seen.filter((_, index) => same[index]);
}

/** Reads what was said; nothing for a file that is missing or cannot be understood. */
export function readSeen(directory: StateDirectory): SeenHooks[] {
  try {
    return SeenFile.parse(JSON.parse(smallText(directory.file("hooks"), MAX_BYTES) ?? "")).seen;
  } catch {
    return [];
  }
}

/** The file's text with one more answer, which takes the place of an earlier one to the same. */
export function withSeen(seen: readonly SeenHooks[], latest: SeenHooks): string {
  const others = seen.filter((other) => !isSameCase(latest, other));
  const all = [latest, ...others].slice(0, MAX_SEEN);
  return `${JSON.stringify({ schemaVersion: 1, seen: all }, null, 2)}\n`;
}

/** True where something keeps hooks from being run. */
function isAmiss({ hooks, problem }: SeenHooks): boolean {
  return problem !== null || hooks.some(isSkipped);
}

/** True for a hook that is installed and that the harness does not run. */
function isSkipped({ standing }: { readonly standing: Standing }): boolean {
  return standing === "untrusted" || standing === "disabled";
}

/** What is kept of hooks. */
export function standings(hooks: readonly InstalledHook[]): SeenHooks["hooks"] {
  return hooks.map(({ event, standing }) => ({ event, standing }));
}

function isSameCase(a: SeenFiles, b: SeenFiles): boolean {
  return a.program.path === b.program.path && a.hooksFile.path === b.hooksFile.path;
}

async function identify(path: string): Promise<FileIdentity | undefined> {
  try {
    const real = await Deno.realPath(path);
    const { ino, size, mtime, ctime } = await Deno.stat(real);
    return {
      path: real,
      inode: ino,
      size,
      mtimeMs: mtime?.getTime() ?? null,
      ctimeMs: ctime?.getTime() ?? null,
    };
  } catch {
    return undefined;
  }
}

function isSame(a: FileIdentity | null, b: FileIdentity | null | undefined): boolean {
  if (!a || !b) return !a && !b;
  return a.path === b.path && a.inode === b.inode && a.size === b.size &&
    a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}
