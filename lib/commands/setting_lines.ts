import { pathOf, type Setting } from "../config/settings.ts";
import { defaultWords, OF_WINDOW, SETTINGS, takesWords } from "../config/table.ts";

/** A line for each setting: name, value, and where it comes from unless that is the default. */
export function settingLines(settings: readonly Setting[]): string[] {
  return settings.map(lineOf);
}

/** The same, and below each what it does, what it takes, and how else it can be said. */
export function describedSettingLines(settings: readonly Setting[]): string[] {
  return settings.flatMap((setting) => [
    lineOf(setting),
    ...descriptionOf(setting).map((line) => `    ${line}`),
  ]);
}

function lineOf({ key, value, origin, home }: Setting): string {
  const where = home === undefined ? origin : `${origin}, for ${home}`;
  return `${key} = ${JSON.stringify(value)}${origin === "default" ? "" : ` (${where})`}`;
}

function descriptionOf({ key, origin }: Setting): string[] {
  const row = SETTINGS[key];
  // A window by its id has what each class of windows has.
  const described = row ?? OF_WINDOW[pathOf(key).at(-1) as keyof typeof OF_WINDOW];
  const unit = "unit" in described ? ` (${described.unit})` : "";
  return [
    described.help,
    `takes ${takesWords(described)}${unit}`,
    ...(row && origin !== "default" ? [`default: ${defaultWords(row)}`] : []),
    ...(row?.flag === undefined ? [] : [`also --${row.flag}, ${row.variable}`]),
  ];
}
