import { isSetting, issueWith } from "../config/settings.ts";
import { OF_WINDOW, SETTINGS, takesWords } from "../config/table.ts";
import { isSourceName, readNumber } from "../config/values.ts";
import { nearest } from "../text/nearest.ts";

/** What the source takes; the file may name one of a later version, which is not read. */
export const SOURCE_ISSUE = `takes ${takesWords(SETTINGS.source!)}`;

/** Reads the value of a setting as it is typed; `wrong` says why it cannot be. */
export function readSetting(
  key: string,
  word: string,
): { readonly value: unknown } | { readonly wrong: string } {
  if (!isSetting(key)) return { wrong: noSuchSetting(key) };
  const value = valueOf(word);
  const isNoSource = SETTINGS[key]?.kind === "source" && !isSourceName(String(value));
  const issue = issueWith(key, value) ?? (isNoSource ? SOURCE_ISSUE : undefined);
  return issue === undefined ? { value } : { wrong: `${key} cannot be ${word}: it ${issue}` };
}

/** That there is no such setting, and which was meant. */
export function noSuchSetting(key: string): string {
  const meant = settingMeantBy(key);
  return `there is no setting "${key}"${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** The setting that a word was meant for: a name's end, an option, a variable, or a misspelt name. */
export function settingMeantBy(word: string): string | undefined {
  const [, id] = /^extraById\.(.+)\.[^.]+$/.exec(word) ?? [];
  const keys = id === undefined
    ? Object.keys(SETTINGS)
    : Object.keys(OF_WINDOW).map((name) => `extraById.${id}.${name}`);
  const variable = keys.find((key) => SETTINGS[key]?.variable === word);
  if (variable !== undefined) return variable;
  const ends = new Map<string, string>();
  for (const key of keys) {
    const names = key.split(".");
    for (const [index] of names.entries()) {
      const end = names.slice(index).join(".");
      if (!ends.has(end)) ends.set(end, key);
    }
  }
  // Options are written with dashes.
  const name = word.replace(/^-+/, "").replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
  return ends.get(nearest(name, [...ends.keys()]) ?? "");
}

/** `true`, `95` and `null` are what they look like; all else is text. */
function valueOf(word: string): unknown {
  const number = readNumber(word, { max: Infinity });
  if (number !== undefined) return number;
  if (word === "null") return null;
  return word === "true" || word === "false" ? word === "true" : word;
}
