#!/bin/sh
# Written by quota-sentry install-hook, and taken away by uninstall-hook.
#
# Stands in the place of Claude Code's status line: hands on what the line is told of the quota, and
# then shows the user's own line, or without one ours. It says nothing itself, whatever happens.
program=PROGRAM
state=STATE
own=OWN

# With something behind it: a shell drops the ends of lines.
input=$(cat && echo .)
input=${input%.}

# One line in a file of the session's own: how long it has asked the model so far, which tells a new
# answer from one that is shown again, and what it was told.
tell() {
  # It has some 2 kB; a shell takes long to search what is long.
  [ "${#input}" -lt 16384 ] || return
  session=${input#*'"session_id":"'}
  session=${session%%\"*}
  case $session in '' | *[!0-9A-Za-z_-]*) return ;; esac
  asked=${input#*'"total_api_duration_ms":'}
  asked=${asked%%[!0-9]*}
  directory=$state/statusline
  [ -d "$state" ] && [ ! -h "$directory" ] || return
  file=$directory/$session
  # What is no file may keep a reader for ever.
  [ -f "$file" ] || [ ! -e "$file" ] || return
  last=''
  read -r last <"$file"
  limits=${input##*'"rate_limits":'}
  case $limits in
    "$input")
      # It is told with the first answer, or never.
      case $asked in '' | 0) return ;; esac
      # One that is resumed has asked as long as before, and is told with its next answer.
      case $last in "$asked "*) return ;; esac
      limits=none
      ;;
    *'}}'*) limits=${limits%%'}}'*}'}}' ;;
    *) return ;;
  esac
  umask 077
  [ -d "$directory" ] || mkdir "$directory"
  [ "$last" = "$asked $limits" ] || printf '%s\n' "$asked $limits" >"$file"
}

tell 2>/dev/null
if [ "$own" ]; then
  printf '%s' "$input" | /bin/sh -c "$own"
elif [ -x "$program" ]; then
  exec "$program" prompt "--state-dir=$state" </dev/null
fi
