import * as z from "zod";
import { forUser } from "../../../text/for_user.ts";
import { type AppServer, AppServerError } from "../app_server.ts";
import type { Hook } from "../../hooks/hook.ts";
import type { TrustChanges, TrustRecord } from "./trust_records.ts";

const ListedHook = z.looseObject({
  /** Path : event in snake case : group index : handler index. */
  key: z.string(),
  eventName: z.string(),
  command: z.string().nullish(),
  matcher: z.string().nullish(),
  timeoutSec: z.number().nullish(),
  statusMessage: z.string().nullish(),
  sourcePath: z.string().nullish(),
  enabled: z.boolean(),
  currentHash: z.string(),
  trustStatus: z.string(),
});
/** A hook as Codex itself lists it. */
export type ListedHook = z.infer<typeof ListedHook>;

const HooksList = z.object({
  data: z.array(z.looseObject({
    hooks: z.array(ListedHook),
    warnings: z.array(z.string()).nullish().catch(undefined),
    errors: z.array(z.looseObject({ message: z.string() })).nullish().catch(undefined),
  })),
});

/** What Codex reads from one hooks file. */
export interface Listing {
  readonly hooks: readonly ListedHook[];
  /** Why it cannot read this file, or its own configuration, in its own words. */
  readonly problem: string | undefined;
}

/**
 * The hooks that Codex reads from one file.
 *
 * @param hooksPath The file, symbolic links resolved.
 * @param cwd The directory that a session would run in; it decides which project's hooks count.
 * @throws {AppServerError} When Codex does not list hooks as it should.
 */
export async function listHooks(
  server: AppServer,
  hooksPath: string,
  cwd: string,
): Promise<Listing> {
  const parsed = HooksList.safeParse(await server.call("hooks/list", { cwds: [cwd] }));
  if (!parsed.success) throw new AppServerError("codex lists its hooks in an unknown form");
  const { data } = parsed.data;
  const hooks = data.flatMap((entry) => entry.hooks)
    .filter(({ sourcePath }) => sourcePath && sameFile(sourcePath, hooksPath));
  // A broken configuration takes every hook with it.
  const isNone = data.every((entry) => entry.hooks.length === 0);
  const errors = data.flatMap((entry) => isNone ? entry.errors ?? [] : []);
  const warnings = data.flatMap((entry) => entry.warnings ?? []).filter((warning) => {
    const [, path] = /^failed to .* (\/.*?): /.exec(warning) ?? [];
    return path !== undefined && sameFile(path, hooksPath);
  });
  const [problem] = [...errors.map(({ message }) => message), ...warnings];
  return { hooks, problem: problem === undefined ? undefined : `codex says: ${forUser(problem)}` };
}

const Features = z.object({
  config: z.looseObject({
    features: z.looseObject({
      hooks: z.unknown().optional(),
      codex_hooks: z.unknown().optional(),
    }).nullish(),
  }),
});

/**
 * The setting that has switched hooks off, as it stands in Codex's configuration.
 *
 * @returns undefined when they are on, or Codex does not tell.
 */
export async function switchedOffBy(server: AppServer): Promise<string | undefined> {
  try {
    const answer = await server.call("config/read", { includeLayers: false });
    const { hooks, codex_hooks: earlier } = Features.parse(answer).config.features ?? {};
    if (hooks === false) return "hooks = false";
    return hooks === undefined && earlier === false ? "codex_hooks = false" : undefined;
  } catch (error) {
    if (error instanceof AppServerError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** Has a server list hooks though the user has switched them off. */
export const HOOKS_ON = "features.hooks=true";

/**
 * What has to change so that our hooks are trusted and everybody else's are as they were. Pure.
 *
 * Trust goes by position. A hook of somebody else that has moved, because ours before it came or
 * went, would silently stop running; it gets the trust that the user had given to exactly its hash.
 *
 * @param before The hooks before the file was changed.
 * @param after The hooks now.
 * @param ours Those of `after` that are ours.
 */
export function trustChanges(
  before: readonly ListedHook[],
  after: readonly ListedHook[],
  ours: readonly ListedHook[],
): TrustChanges {
  const trust = after.flatMap((hook): TrustRecord[] => {
    if (ours.includes(hook)) return [{ key: hook.key, hash: hook.currentHash, enabled: true }];
    if (hook.trustStatus === "trusted") return [];
    const earlier = before.find((other) =>
      other.currentHash === hook.currentHash && other.trustStatus === "trusted"
    );
    return earlier ? [{ key: hook.key, hash: hook.currentHash, enabled: earlier.enabled }] : [];
  });
  const keys = new Set(after.map(({ key }) => key));
  const forget = before.map(({ key }) => key).filter((key) => !keys.has(key));
  return { trust, forget };
}

/** Those of the listed hooks that are exactly the given ones. */
export function matching(
  listed: readonly ListedHook[],
  hooks: readonly Hook[],
): ListedHook[] {
  return listed.filter((hook) => hooks.some((wanted) => isExactly(hook, wanted)));
}

/** Those of the hooks that Codex does not list: it is too old to know their events. */
export function unlisted<T extends Hook>(
  listed: readonly ListedHook[],
  hooks: readonly T[],
): T[] {
  return hooks.filter((wanted) => !listed.some((hook) => isExactly(hook, wanted)));
}

/** True for a hook that Codex runs. */
export function isActive({ enabled, trustStatus }: ListedHook): boolean {
  return enabled && trustStatus === "trusted";
}

/** True when a listed hook is exactly a given one. */
export function isExactly(listed: ListedHook, { event, group }: Hook): boolean {
  const [handler] = group.hooks;
  return listed.eventName.toLowerCase() === event.toLowerCase() &&
    listed.command === handler.command && listed.timeoutSec === handler.timeout &&
    (listed.statusMessage ?? undefined) === handler.statusMessage &&
    (group.matcher === undefined || listed.matcher === group.matcher);
}

function sameFile(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return Deno.realPathSync(a) === Deno.realPathSync(b);
  } catch {
    return false;
  }
}
