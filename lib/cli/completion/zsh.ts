import { shellQuote } from "../../text/shell_quote.ts";
import type { Command } from "../command.ts";
import {
  type Candidate,
  GENERAL_OPTIONS,
  optionPlaces,
  optionValues,
  type Place,
  wordPlaces,
} from "./places.ts";

/** A script for zsh: to be sourced behind compinit, or as `_quota-sentry` in a directory of fpath. */
export function zshCompletion(commands: readonly Command[]): string {
  const values = optionValues(commands);
  return `#compdef quota-sentry
# Completes quota-sentry in zsh; made by: quota-sentry completion zsh
_quota-sentry() {
  local at='' want='' paths='' word i
  local -a found space
  # What stands before the cursor: the words, and an option that lacks its value.
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ $word == -- ]]; then
      return 1
    elif [[ -n $want ]]; then
      want=''
    elif [[ $word == -* ]]; then
      case $word in
        (${values.map(({ option }) => option).join("|")}) want=$word ;;
      esac
    else
      at="\${at:+$at }$word"
    fi
  done
  if [[ -z $want && $PREFIX == --*=* ]]; then
    want=\${PREFIX%%=*}
    compset -P 1 '*='
  fi
  if [[ -n $want ]]; then
    case $want in
${
    values.map(({ option, words, path }) => {
      const sets = [
        ...(words.length > 0
          ? [`found=(${words.map((word) => described([word, ""])).join(" ")})`]
          : []),
        ...(path ? [`paths=${path}`] : []),
      ];
      return sets.length > 0 ? `      (${option}) ${sets.join("; ")} ;;\n` : "";
    }).join("")
  }    esac
  elif [[ $PREFIX == -* ]]; then
    case \${at%% *} in
      ('') found=(${GENERAL_OPTIONS.map(described).join(" ")}) ;;
${cases(optionPlaces(commands))}    esac
  else
    case $at in
${cases(wordPlaces(commands))}    esac
  fi
  # Its value is to come.
  [[ $found[1] == *= ]] && space=(-S '')
  local none=1
  if (($#found)); then
    _describe -t words word found $space && none=0
  fi
  case $paths in
    (file) _files && none=0 ;;
    (directory) _files -/ && none=0 ;;
  esac
  return none
}
if [[ $funcstack[1] == _quota-sentry ]]; then
  _quota-sentry "$@"
else
  compdef _quota-sentry quota-sentry
fi
`;
}

function cases(places: readonly Place[]): string {
  return places.map(({ at, candidates }) =>
    `      ('${at.join(" ")}')\n        found=(\n${
      candidates.map((each) => `          ${described(each)}\n`).join("")
    }        )\n        ;;\n`
  ).join("");
}

/** A word, and what it means behind a colon, for `_describe`. */
function described([word, help]: Candidate): string {
  const escaped = word.replaceAll(":", "\\:");
  return shellQuote(help === "" ? escaped : `${escaped}:${help}`);
}
