import { messageOf } from "../../../text/message_of.ts";
import { isSince } from "../../../text/is_since.ts";
import type { HookReport, InstalledHook } from "../../harness.ts";
import { HooksFileError, type PlacedHook } from "../../hooks/hooks_file.ts";
import { installedAs } from "../../hooks/installed.ts";
import { readOnDisk } from "../../hooks/user_file.ts";
import { knowsEvent, limitOf, mayStand } from "../events.ts";
import { claudeVersion } from "../version.ts";
import { managedOff } from "./managed.ts";
import { eventsMissingIn, ourHooks } from "./our_hooks.ts";
import { brokenEntries, SETTINGS_FILE, switchedOffIn } from "./settings_file.ts";
import { tellerIn } from "./teller.ts";

/** From then on an entry that cannot be understood costs that entry alone. */
const BEARS_BROKEN_ENTRIES = "2.1.331";

/** Tells which hooks of ours are in the settings, and whether Claude Code runs them. Changes nothing. */
export async function inspect(hooksPath: string): Promise<HookReport> {
  try {
    const { path, text = "" } = await readOnDisk(hooksPath);
    const ours = SETTINGS_FILE.find(text);
    const version = await claudeVersion();
    return {
      kind: "read",
      hooks: await Promise.all(ours.map((hook) => installedHook(hook, version))),
      missing: missingFor(version, ours),
      version,
      problem: switchedOffIn(text) ?? await managedOff() ?? unbearable(ours, version) ??
        brokenBy(text, version),
      limit: ours.length === 0 ? undefined : limitOf(version),
      teller: ours.length === 0 ? undefined : await tellerIn(path, text),
    };
  } catch (error) {
    const about = error instanceof HooksFileError
      ? "the settings are not what Claude Code reads: "
      : "";
    return { kind: "failed", message: `${about}${messageOf(error)}` };
  }
}

/** The events that are missing beside hooks of ours; none where the file cannot be understood. */
export async function missingEventsOf(hooksPath: string): Promise<readonly string[]> {
  try {
    const ours = SETTINGS_FILE.find((await readOnDisk(hooksPath)).text ?? "");
    // Claude Code takes half a second to tell its version, and that seldom matters.
    const matters = ours.length > 0 && eventsMissingIn(ours).length > 0;
    return matters ? missingFor(await claudeVersion(), ours) : [];
  } catch {
    return [];
  }
}

/** The events of ours that this version could have as well; none where there are no hooks of ours at all. */
function missingFor(version: string | undefined, ours: readonly PlacedHook[]): string[] {
  if (ours.length === 0) return [];
  const there = ours.map(({ event }) => event);
  return eventsMissingIn(ours).filter((event) => mayStand(version, event, there));
}

function unbearable(ours: readonly PlacedHook[], version: string | undefined): string | undefined {
  const there = ours.map(({ event }) => event);
  const first = there.find((event) => !mayStand(version, event, there));
  return first &&
    `Claude Code ${version} passes over its whole settings file, and what you have set ` +
      `there, for the hook ${first}, which it does not know`;
}

/** Claude Code runs what stands in its settings, where it knows the event: it asks nobody whether he trusts it. */
async function installedHook(
  hook: PlacedHook,
  version: string | undefined,
): Promise<InstalledHook> {
  const standing = knowsEvent(version, hook.event) ? "trusted" : "unlisted";
  return { event: hook.event, ...await installedAs(hook, ourHooks), standing };
}

function brokenBy(text: string, version: string | undefined): string | undefined {
  if (text.trim() === "" || isSince(version, BEARS_BROKEN_ENTRIES)) return undefined;
  const [first] = brokenEntries(SETTINGS_FILE.parse(text));
  return first && `Claude Code passes over every hook of its settings, since it cannot ` +
      `understand ${first} in them`;
}
