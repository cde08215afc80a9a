import * as z from "zod";
import { type AppServer, AppServerError } from "../../codex/app_server.ts";
import type { CodexHook } from "./our_hooks.ts";

/** A hook as Codex itself lists it. */
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
export type ListedHook = z.infer<typeof ListedHook>;

const HooksList = z.object({
  data: z.array(z.looseObject({
    hooks: z.array(ListedHook),
    errors: z.array(z.unknown()).nullish(),
  })),
});

const Config = z.object({
  config: z.looseObject({
    hooks: z.looseObject({ state: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  }),
});

/**
 * The hooks that Codex reads from one file.
 *
 * @param hooksPath The file, symbolic links resolved, as Codex has it.
 * @param cwd The directory that a session would run in; it decides which project's hooks count.
 * @throws {AppServerError} When Codex does not list hooks as it should.
 */
export async function listHooks(
  server: AppServer,
  hooksPath: string,
  cwd: string,
): Promise<ListedHook[]> {
  const parsed = HooksList.safeParse(await server.call("hooks/list", { cwds: [cwd] }));
  if (!parsed.success) throw new AppServerError("codex lists its hooks in an unknown form");
  const hooks = parsed.data.data.flatMap((entry) => entry.hooks);
  return hooks.filter(({ sourcePath }) => sourcePath && sameFile(sourcePath, hooksPath));
}

/** Trust to be written down: which key is to have which hash, and whether the hook is on. */
export interface TrustChange {
  readonly key: string;
  readonly hash: string;
  readonly enabled: boolean;
}

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
): { trust: TrustChange[]; forget: string[] } {
  const trust = after.flatMap((hook): TrustChange[] => {
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

/**
 * Has Codex write trust into its configuration.
 *
 * @throws {AppServerError} When Codex refuses.
 */
export async function writeTrust(
  server: AppServer,
  changes: { trust: readonly TrustChange[]; forget: readonly string[] },
): Promise<void> {
  const value = Object.fromEntries(
    changes.trust.map(({ key, hash, enabled }) => [key, { trusted_hash: hash, enabled }]),
  );
  const edits = [
    ...(changes.trust.length > 0
      ? [{ keyPath: "hooks.state", value, mergeStrategy: "upsert" }]
      : []),
    ...changes.forget.map(removal),
  ];
  if (edits.length === 0) return;
  await write(server, edits);
  if (changes.forget.length > 0) await forgetAsWhole(server, changes.forget);
}

/** For a Codex that takes no quoted key in a path (0.129) and has passed over the removals. */
async function forgetAsWhole(server: AppServer, forget: readonly string[]): Promise<void> {
  const state = await trustTable(server);
  if (!forget.some((key) => key in state)) return;
  const rest = Object.entries(state).filter(([key]) => !forget.includes(key));
  await write(server, [replacement("hooks.state", Object.fromEntries(rest))]);
}

/**
 * Removes the table of trusted hooks from Codex's configuration when nothing is left in it.
 *
 * @throws {AppServerError} When Codex refuses.
 */
export async function removeEmptyTrustTable(server: AppServer): Promise<void> {
  if (Object.keys(await trustTable(server)).length > 0) return;
  await write(server, [replacement("hooks.state", null)]);
}

/**
 * The trust that Codex's configuration holds, by key, whether or not it lists such a hook.
 *
 * @throws {AppServerError} When Codex refuses.
 */
export async function trustedHashes(server: AppServer): Promise<Map<string, string>> {
  return new Map(
    Object.entries(await trustTable(server)).flatMap(([key, value]) => {
      const { trusted_hash: hash } = (value ?? {}) as { trusted_hash?: unknown };
      return typeof hash === "string" ? [[key, hash] as const] : [];
    }),
  );
}

async function trustTable(server: AppServer): Promise<Record<string, unknown>> {
  const parsed = Config.safeParse(await server.call("config/read", { includeLayers: false }));
  if (!parsed.success) throw new AppServerError("codex tells its configuration in an unknown form");
  return parsed.data.config.hooks?.state ?? {};
}

async function write(server: AppServer, edits: readonly unknown[]): Promise<void> {
  await server.call("config/batchWrite", { edits, reloadUserConfig: true });
}

/** Those of the listed hooks that are exactly the given ones. */
export function matching(
  listed: readonly ListedHook[],
  hooks: readonly CodexHook[],
): ListedHook[] {
  return listed.filter((hook) => hooks.some((wanted) => isExactly(hook, wanted)));
}

/** Those of the hooks that Codex does not list: it is too old to know their events. */
export function unlisted<T extends CodexHook>(
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
export function isExactly(listed: ListedHook, { event, group }: CodexHook): boolean {
  const [handler] = group.hooks;
  return listed.eventName.toLowerCase() === event.toLowerCase() &&
    listed.command === handler.command && listed.timeoutSec === handler.timeout &&
    (listed.statusMessage ?? undefined) === handler.statusMessage &&
    (group.matcher === undefined || listed.matcher === group.matcher);
}

function removal(key: string): unknown {
  const quoted = key.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return replacement(`hooks.state."${quoted}"`, null);
}

function replacement(keyPath: string, value: unknown): unknown {
  return { keyPath, value, mergeStrategy: "replace" };
}

function sameFile(a: string, b: string): boolean {
  if (a === b) return true;
  try {
    return Deno.realPathSync(a) === Deno.realPathSync(b);
  } catch {
    return false;
  }
}
