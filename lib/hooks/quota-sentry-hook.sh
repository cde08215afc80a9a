#!/bin/sh
# Written by quota-sentry install-hook, and taken away by uninstall-hook.
#
# Stands in front of the program. While nobody is to be held it returns at once; while a session is
# held it waits, so that no runtime sleeps in memory.
program=PROGRAM
state=STATE
queue=$state/queue

lives() {
  case $1 in '' | 0* | *[!0-9]*) return 1 ;; esac
  kill -0 "$1"
}

# Nobody is to be held: that is all.
{
  word='' daemon=''
  read -r word daemon <"$state/quota-sentry.gate"
  case "$1 $2 $word" in
    "guard --state-only open" | "guard --state-only unknown") exec cat >/dev/null ;;
    "guard --on=tool open" | "guard --on=tool unknown") exec cat >/dev/null ;;
    "guard --start-daemon open" | "guard --start-daemon unknown" | \
      "guard --on=model open" | "guard --on=model unknown" | \
      "guard --on=compact open" | "guard --on=compact unknown")
      lives "$daemon" && exec cat >/dev/null
      ;;
  esac
  [ -x "$program" ] || exec cat >/dev/null
} 2>/dev/null
[ "$1" = guard ] || exec "$program" "$@"

exec 2>/dev/null
set -f
umask 077
hold=new place='' timer='' failures=0 alone=0

# The program looks, and says what to do.
ask() {
  if [ "$hold" = new ]; then
    answer=$("$program" "$@" --hold=new)
  else
    answer=$("$program" "$@" "--hold=$hold" </dev/null 3>&-)
  fi
}

understand() {
  word=$1
  case $word in
    hold | alone)
      next=$2 stretches=$3 seconds=$4 stagger=$5 daemon=$6 since=$7 ends=$8 hold=$9
      ;;
    reset) stagger=$2 ;;
  esac
}

# The first free place in the queue: a file that is made by one alone, with the pid of who has it. An
# empty one belongs to somebody who is only now writing it.
take_place() {
  [ -d "$queue" ] || mkdir "$queue"
  set -C
  place=0
  while [ "$place" -lt 1000 ]; do
    other=''
    if read -r other <"$queue/$place.place" && ! lives "$other"; then
      rm -f "$queue/$place.place" "$queue/$other.wake"
    fi
    [ -e "$queue/$place.place" ] || ! echo $$ >"$queue/$place.place" || break
    place=$((place + 1))
  done
  set +C
}

# Opened for both, so that nothing told is lost, and reading does not end.
listen() {
  pipe=$queue/$$.wake
  [ -p "$pipe" ] || mkfifo "$pipe"
  [ -p "$pipe" ] && command exec 3<>"$pipe"
}

# Writes $next into the pipe when time is up.
start_timer() {
  (
    trap 'kill "$nap"; exit' TERM
    while [ "$stretches" -gt 0 ]; do
      sleep 300 &
      nap=$!
      wait "$nap" || sleep 1
      stretches=$((stretches - 1))
      if ! lives "$PPID" || ! lives "$daemon"; then
        echo look
        exit
      fi
    done
    sleep "$seconds" &
    nap=$!
    wait "$nap" || sleep 1
    echo "$next"
  ) >&3 3>&- </dev/null &
  timer=$!
}

stop_timer() {
  [ "$timer" ] || return 0
  kill "$timer"
  wait "$timer"
  timer=''
}

leave() {
  stop_timer
  [ -z "$place" ] || rm -f "$queue/$place.place" "$queue/$$.wake"
}

let_go() {
  leave
  now=$(date -u '+%s %Y-%m-%dT%H:%M:%SZ')
  echo "${now#* } guard $$: held for $((${now%% *} - since)) s, let go: $1" \
    >>"$state/quota-sentry.log"
  exit 0
}

# Those that were held together start again one after the other.
turn() {
  [ "$place" ] && [ "$place" -lt 64 ] || return 0
  wait_ms=$((place * stagger))
  [ "$wait_ms" -gt 0 ] || return 0
  fraction=$((wait_ms % 1000 + 1000))
  stretches=0 seconds=$((wait_ms / 1000)).${fraction#1} next=turn
  start_timer
  while read -r event <&3; do
    case $event in turn | paused) break ;; esac
    lives "$PPID" || break
  done
}

trap 'leave; exit 0' HUP INT TERM
while :; do
  if ! ask "$@"; then
    # Replaced just now, perhaps; one that is gone for good holds nobody.
    failures=$((failures + 1))
    if [ -z "$place" ] || [ "$failures" -ge 30 ]; then break; fi
    sleep 1
    continue
  fi
  failures=0
  # shellcheck disable=SC2086 # It is words.
  understand $answer
  case $word in
    hold) alone=0 ;;
    alone)
      alone=$((alone + 1))
      if [ "$alone" -gt 3 ]; then
        leave
        exec "$program" "$@" "--hold-on=$hold" </dev/null 3>&-
      fi
      sleep 1
      continue
      ;;
    reset)
      turn
      break
      ;;
    *)
      [ -z "$answer" ] || echo "$answer"
      break
      ;;
  esac
  if [ -z "$place" ]; then
    case "$*" in
      *--no-notify*) ;;
      *) echo "Quota Sentry: waiting for Codex quota reset until $ends." >/dev/tty ;;
    esac
    take_place
    listen || { leave; exec "$program" "$@" "--hold-on=$hold" </dev/null; }
    # Once more: what happened before the pipe was there nobody could tell.
    continue
  fi
  start_timer
  event=look
  while read -r event <&3; do
    lives "$PPID" || let_go "the caller has ended"
    [ "$event" = alive ] || break
  done
  stop_timer
  case $event in
    open)
      turn
      let_go "the quota is open"
      ;;
    time)
      turn
      let_go "the time to wait is over"
      ;;
    paused) let_go "paused" ;;
  esac
done
leave
exit 0
