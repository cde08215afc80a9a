import type { Command } from "../command.ts";
import { shown } from "../command.ts";
import { shownOptions } from "../help.ts";
import { GENERAL_OPTIONS, optionValues, type Value, wordPlaces } from "./places.ts";

/** A script for fish, from 3.0 on. */
export function fishCompletion(commands: readonly Command[]): string {
  const values = optionValues(commands);
  const general = GENERAL_OPTIONS.map(([option, help]) =>
    `complete -c quota-sentry -l ${option.slice(2)} -d ${quoted(help)}\n`
  );
  const options = shown(commands).flatMap((command) =>
    shownOptions(command).map(({ flag, help }) => {
      const value = values.find(({ option }) => option === `--${flag}`);
      const takes = value ? ` ${takesOf(value)}` : "";
      return `complete -c quota-sentry -n '__quota_sentry_in ${command.name}' -l ${flag}${takes} ` +
        `-d ${quoted(help)}\n`;
    })
  );
  const words = wordPlaces(commands).flatMap(({ at, candidates }) =>
    candidates.map(([word, help]) =>
      `complete -c quota-sentry -n '${["__quota_sentry_at", ...at].join(" ")}' -a ${quoted(word)}` +
      `${help === "" ? "" : ` -d ${quoted(help)}`}\n`
    )
  );
  return `# Completes quota-sentry in fish; made by: quota-sentry completion fish

# The words before the cursor, behind the program's name, without options and their values.
function __quota_sentry_words
    set -l want
    for word in (commandline -opc)[2..-1]
        if test -n "$want"
            set want
        else if contains -- $word ${values.map(({ option }) => option).join(" ")}
            set want $word
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

# True where these are all of them.
function __quota_sentry_at
    set -l words (__quota_sentry_words)
    test "$words" = "$argv"
end

# True where the first is this one.
function __quota_sentry_in
    set -l words (__quota_sentry_words)
    test "$words[1]" = "$argv"
end

complete -c quota-sentry -e
complete -c quota-sentry -f
${[...general, ...words, ...options].join("")}`;
}

function takesOf({ words, path }: Value): string {
  const list = words.length > 0 ? ` -a ${quoted(words.join(" "))}` : "";
  if (path === "file") return `-r -F${list}`;
  if (path === "directory") return `-x -a '(__fish_complete_directories)'`;
  return `-x${list}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
