import type { Command } from "../command.ts";
import {
  type Candidate,
  GENERAL_OPTIONS,
  optionPlaces,
  optionValues,
  type Place,
  wordPlaces,
} from "./places.ts";

/** A script for bash, from 3.2 on. */
export function bashCompletion(commands: readonly Command[]): string {
  const values = optionValues(commands);
  return `# shellcheck shell=bash
# Completes quota-sentry in bash; made by: quota-sentry completion bash
_quota_sentry() {
  local current=\${COMP_WORDS[COMP_CWORD]} at='' want='' prefix='' words='' paths='' word i
  COMPREPLY=()
  # What stands before the cursor: the words, and an option that lacks its value. Bash makes words of
  # their own of an equals sign and what follows it.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == -- ]]; then
      return
    elif [[ $word == '=' ]]; then
      if ((i + 1 < COMP_CWORD)); then
        i=$((i + 1))
        want=''
      elif [[ -z $want ]]; then
        want='='
      fi
    elif [[ -n $want ]]; then
      want=''
    elif [[ $word == -* ]]; then
      case $word in
        ${values.map(({ option }) => option).join(" | ")}) want=$word ;;
      esac
    else
      at="\${at:+$at }$word"
    fi
  done
  if [[ $current == '=' ]]; then
    current=''
    [[ -n $want ]] || return
  elif [[ -z $want && $current == --*=* ]]; then
    want=\${current%%=*}
    prefix=$want=
    current=\${current#*=}
  fi
  if [[ -n $want ]]; then
    case $want in
${
    values.map(({ option, words, path }) => {
      const sets = [
        ...(words.length > 0 ? [`words='${words.join(" ")}'`] : []),
        ...(path ? [`paths='${path}'`] : []),
      ];
      return sets.length > 0 ? `      ${option}) ${sets.join(" ")} ;;\n` : "";
    }).join("")
  }    esac
  elif [[ $current == -* ]]; then
    case \${at%% *} in
      '') words='${names(GENERAL_OPTIONS)}' ;;
${cases(optionPlaces(commands))}    esac
  else
    case $at in
${cases(wordPlaces(commands))}    esac
  fi
  while IFS= read -r word; do
    COMPREPLY+=("$prefix$word")
  done < <(
    compgen -W "$words" -- "$current"
    if [[ $paths == file ]]; then compgen -f -- "$current"; fi
    if [[ $paths == directory ]]; then compgen -d -- "$current"; fi
  )
  if type compopt >/dev/null 2>&1; then
    if [[ -n $paths ]]; then compopt -o filenames 2>/dev/null; fi
    # Its value is to come.
    if [[ \${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi
  fi
  return 0
}
complete -F _quota_sentry quota-sentry
`;
}

function cases(places: readonly Place[]): string {
  return places.map(({ at, candidates }) =>
    `      '${at.join(" ")}') words='${names(candidates)}' ;;\n`
  ).join("");
}

function names(candidates: readonly Candidate[]): string {
  return candidates.map(([word]) => word).join(" ");
}
