import type { Invocation } from "../cli/command.ts";
import { StateDirectory } from "../state/state_directory.ts";
import { type Waiting, waitingIn } from "../state/waiting.ts";
import { absolute, named } from "./held_sessions.ts";
import { withHooksDirectory } from "./hook_options.ts";
import { eachMeant } from "./meant.ts";
import { namedStateDirectory } from "./state_directory.ts";
import { harnessOf } from "./target.ts";

/** The options for one harness, and the words that are for its sessions. */
export type Place = Pick<Invocation, "options" | "words">;

/**
 * Where the sessions are held that a command is for, when nobody names a harness: in the states of those
 * that are meant.
 *
 * @returns A text that says why it cannot be told where.
 */
export async function whereHeld({ options, words }: Place): Promise<Place[] | string> {
  const meant = await eachMeant(options);
  const all = await Promise.all(
    meant.map(async (each) => ({ options: each, waiting: await waitingFor(each) })),
  );
  const held = all.filter(({ waiting }) => waiting.length > 0);
  const [first = all[0]!, ...others] = held;
  if (others.length === 0) return [{ options: first.options, words }];
  if (options.allHeld) return held.map((each) => ({ options: each.options, words }));
  const names = (places: typeof held) =>
    places.map((each) => harnessOf(each.options).name).join(" and of ");
  if (words.length === 0) return `sessions of ${names(held)} wait; name one, or --all`;
  const places = new Map<typeof first, string[]>();
  for (const word of words) {
    const fitting = held.filter(({ waiting }) =>
      typeof named(absolute(word), waiting) !== "string"
    );
    if (fitting.length > 1) {
      return `"${word}" names sessions of ${names(fitting)}; say which with --provider`;
    }
    // Where nobody is named so, the first one says it.
    const [place = first] = fitting;
    places.set(place, [...places.get(place) ?? [], word]);
  }
  return [...places].map(([each, its]) => ({ options: each.options, words: its }));
}

async function waitingFor(options: Place["options"]): Promise<readonly Waiting[]> {
  const directory = new StateDirectory(namedStateDirectory(await withHooksDirectory(options)));
  return directory.isOurs() ? await waitingIn(directory) : [];
}
