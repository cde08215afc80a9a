#!/bin/sh
# Written by quota-sentry install-hook, and taken away by uninstall-hook.
#
# Stands in front of the program. While nobody is to be held it returns at once; while a session is
# held it waits, so that no runtime sleeps in memory. It exits 0 and says nothing, whatever happens:
# true and not `:`, since a shell ends when a special builtin cannot open its file.
# shellcheck disable=SC2317 # Functions are called by the names that others are given.
program=PROGRAM
state=STATE
queue=$state/queue

trap 'exit 0' EXIT
trap '' PIPE
# What is not there to be used must not end the shell either.
command exec 2>/dev/null
command exec 9<&0 || command exec 9</dev/null

# What differs by system. Linux shows processes in /proc, which takes no program to read; elsewhere, on
# macOS, ps tells.
if [ -d /proc/self ]; then
  # Who wants to know where a session works looks there.
  here=''

  # A zombie has ended, though nobody has taken note.
  is_zombie() {
    stat=''
    read -r stat <"/proc/$1/stat"
    case ${stat##*) } in Z* | X*) ;; *) return 1 ;; esac
  }

  is_in_between() {
    grep -qF -e "${0##*/}" "/proc/$1/cmdline" && grep -qzxE -e '-[a-z]*c' "/proc/$1/cmdline"
  }

  look_above() {
    stat=''
    read -r stat <"/proc/$1/stat"
    stat=${stat##*) }
    stat=${stat#* }
    above=${stat%% *}
  }
else
  here=" $PWD"

  # Whoever is to take note of it does so soon, and a program for each call costs more.
  is_zombie() {
    return 1
  }

  is_in_between() {
    words=$(ps -ww -o command= -p "$1")
    case $words in *"${0##*/}"*) ;; *) return 1 ;; esac
    printf '%s\n' "$words" | grep -qE -e ' -[a-z]*c '
  }

  look_above() {
    above=$(ps -o ppid= -p "$1")
    above=${above##* }
  }
fi

lives() {
  case $1 in '' | 0* | *[!0-9]*) return 1 ;; esac
  kill -0 "$1" && ! is_zombie "$1"
}

# The model's requests of this turn are guarded: its tool calls need not be. The turn stands at the
# beginning of the input, and is there with the first that comes.
mark() {
  beginning=$(dd bs=4096 count=1)
  turn=${beginning#*'"turn_id":'}
  [ "$turn" != "$beginning" ] || return
  turn=${turn# }
  turn=${turn#\"}
  turn=${turn%%\"*}
  case $turn in '' | *[!0-9A-Za-z_-]*) return ;; esac
  umask 077
  [ ! -h "$state/turns" ] || return
  [ -d "$state/turns" ] || mkdir "$state/turns"
  true >"$state/turns/$turn"
}

# Runs a function, for so many seconds at the most: a harness may leave its end of the pipe open.
bounded() {
  trap : CHLD
  "$1" <&9 &
  reader=$!
  # shellcheck disable=SC2217 # It is to keep nobody's pipe open.
  sleep "$2" </dev/null >/dev/null &
  sleeper=$!
  wait "$reader"
  kill "$sleeper" "$reader"
}

take() {
  exec cat
}

mark_and_take() {
  mark
  exec cat
}

# Goes on at once; what the harness has yet to write is taken in the background.
pass() {
  bounded "$1" 10 >/dev/null </dev/null &
  exit 0
}

# To be written: nothing is there yet, or a file. Where others may write, a link may lead anywhere; a pipe
# would be waited for.
is_plain() {
  [ ! -h "$1" ] && { [ ! -e "$1" ] || [ -f "$1" ]; }
}

# The gate says until when it may be believed by its modification time.
is_open() {
  word='' daemon=''
  # A pipe in a file's place would be waited for.
  [ -f "$state/quota-sentry.gate" ] || return 1
  read -r word daemon <"$state/quota-sentry.gate" || return 1
  case $word in open | near | unknown) ;; *) return 1 ;; esac
  is_plain "$state/quota-sentry.now" || return 1
  true >"$state/quota-sentry.now" || return 1
  # shellcheck disable=SC3013 # Every sh has it: dash, bash, busybox, zsh and ksh.
  [ "$state/quota-sentry.gate" -nt "$state/quota-sentry.now" ]
}

# Nobody is to be held: that is all.
taking=take
case "$1 $2" in
  "guard --state-only" | "guard --on=tool") ! is_open || pass take ;;
  "guard --on=model")
    taking=mark_and_take
    # Near the wall the program looks whether this session has just met it.
    ! is_open || [ "$word" = near ] || ! lives "$daemon" || pass mark_and_take
    ;;
  "guard --on=request" | "guard --on=compact") ! is_open || [ "$word" = near ] || ! lives "$daemon" || pass take ;;
  "guard --start-daemon")
    # Where the quota is not known, the program sees whether this session could tell it.
    ! is_open || [ "$word" = unknown ] || ! lives "$daemon" || pass take
    ;;
esac
[ -x "$program" ] || pass "$taking"
# What the script looks at is what the program is to look at.
case " $*" in
  *" --state-dir"*) ;;
  *) set -- "$@" "--state-dir=$state" ;;
esac
if [ "$1" != guard ]; then
  "$program" "$@" <&9 9<&- >/dev/null
  exit 0
fi

# The harness: our parent, or above it where a shell stays in between. Such a shell has -c and our
# command among its words.
find_harness() {
  harness=$PPID
  while is_in_between "$harness"; do
    look_above "$harness"
    case $above in '' | 0 | 1 | *[!0-9]*) return ;; esac
    harness=$above
  done
}

caller_lives() {
  lives "$PPID" && lives "$harness"
}

set -f
umask 077
find_harness
step=''
case "$1 $2" in
  "guard --on="*) step=${2#--on=} ;;
  "guard --start-daemon") step=prompt ;;
esac
hold=new place='' pipe='' timer='' turn_since='' held_for='' is_over='' failures=0 alone=0 broken=0

# The program looks, and says what to do.
ask() {
  if [ "$hold" = new ]; then
    # With what the program takes after it, these are not ten.
    input=$(bounded take 5)
    [ "$taking" != mark_and_take ] || printf '%s' "$input" | mark
    answer=$(printf '%s' "$input" | "$program" "$@" --hold=new 9<&-)
    # It is held in memory for hours.
    input=''
  else
    # By exec, in every sh: the program knows whose wait it is by its parent.
    answer=$(exec "$program" "$@" "--hold=$hold" </dev/null 3>&- 9<&-)
  fi
}

understand() {
  word=$1
  case $word in
    hold | alone)
      next=$2 stretches=$3 seconds=$4 stagger=$5 daemon=$6 since=$7 ends=$8 hold=$9
      shift 9
      why=$*
      # The session is the last word of a hold of the second layout.
      session=''
      case $hold in 2,*) session=${hold##*,} ;; esac
      ;;
    reset) stagger=$2 ;;
  esac
}

# The first free place in the queue: a file that is made by one alone, with who has it, until when, for
# which session, before what, and where nobody can see that, in which directory.
take_place() {
  place=0
  while [ "$place" -lt 1000 ]; do
    file=$queue/$place.place
    other='' its=''
    if [ -f "$file" ] && read -r other its _ <"$file" && ! lives "$other"; then
      rm -f "$file" "$queue/$its"
    fi
    if [ ! -e "$file" ] && (set -C && true >"$file"); then
      text="$$ ${pipe##*/} $ends ${session:-?} ${step:-?}$here"
      if printf '%s\n' "$text" >"$file"; then return; fi
      # The disk is full.
      rm -f "$file"
      break
    fi
    place=$((place + 1))
  done
  # Without a place of its own, it still does not start again together with all others.
  place=$(($$ % 16)) file=''
}

# Opened for both, so that nothing told is lost, and reading does not end. Another machine or
# container may have the same pid.
listen() {
  [ -d "$queue" ] || mkdir "$queue"
  pipe=$queue/$$-$since.wake
  [ -p "$pipe" ] || mkfifo "$pipe"
  [ -p "$pipe" ] && command exec 3<>"$pipe"
}

catch_signals() {
  trap 'leave; exit 0' HUP INT TERM
}

# Writes $next into the pipe when time is up, and `look` when something is not as it was. A nap that
# was cut short is no time that has passed.
start_timer() {
  # A child that has not come to its own traps takes note of a signal by ours, and forgets it.
  trap - HUP INT TERM
  (
    trap - EXIT
    # $! and no variable of ours, which is set a moment after the nap has begun; and a signal that
    # cannot be forgotten.
    earlier=$!
    trap '[ "$!" = "$earlier" ] || kill -KILL "$!"; exit' TERM
    while [ "$stretches" -gt 0 ]; do
      sleep 60 &
      wait "$!" || { echo broken; exit; }
      stretches=$((stretches - 1))
      if ! lives "$$" || ! caller_lives || ! lives "$daemon" || [ ! -p "$pipe" ]; then
        echo look
        exit
      fi
    done
    sleep "$seconds" &
    wait "$!" || { echo broken; exit; }
    echo "$next"
  ) >&3 3>&- 9<&- </dev/null &
  timer=$!
  catch_signals
}

stop_timer() {
  [ "$timer" ] || return 0
  kill "$timer"
  wait "$timer"
  timer=''
}

leave() {
  stop_timer
  [ -z "$place" ] || rm -f "$file" "$pipe"
}

note() {
  is_plain "$state/quota-sentry.log" || return
  printf '%s guard %s: %s\n' "$(date -u '+%Y-%m-%dT%H:%M:%SZ')" "$$" "$1" \
    >>"$state/quota-sentry.log"
}

let_go() {
  leave
  note "held for $(($(date +%s) - since)) s, let go: $1"
  exit 0
}

# Those that were held together start again one after the other. False where something has happened
# meanwhile: the quota may be spent again.
turn_comes() {
  [ "$place" ] && [ "$place" -lt 64 ] || return 0
  # What happens meanwhile, and was of no account, does not begin it anew.
  now=$(date +%s)
  [ "$turn_since" ] && [ "$turn_since" -le "$now" ] || turn_since=$now
  wait_ms=$((place * stagger - (now - turn_since) * 1000))
  [ "$wait_ms" -gt 0 ] || return 0
  fraction=$((wait_ms % 1000 + 1000))
  stretches=0 seconds=$((wait_ms / 1000)).${fraction#1} next=turn
  start_timer
  while read -r event <&3; do
    case $event in
      turn | paused | released | broken) return 0 ;;
      look)
        stop_timer
        return 1
        ;;
    esac
    caller_lives || return 0
  done
}

# The program waits by itself, and finds the harness as its own parent.
wait_there() {
  leave
  # Where that fails, some shells end with a code of their own.
  [ -x "$program" ] || exit 0
  # shellcheck disable=SC3044 # It is bash.
  [ -z "$BASH_VERSION" ] || shopt -s execfail
  exec "$program" "$@" "--hold-on=$hold" </dev/null 3>&- 9<&-
  exit 0
}

catch_signals
while :; do
  if ! ask "$@"; then
    # Replaced just now, perhaps; one that is gone for good holds nobody.
    failures=$((failures + 1))
    if [ -z "$place" ] || [ "$failures" -ge 30 ]; then break; fi
    sleep 1 || break
    continue
  fi
  failures=0
  # shellcheck disable=SC2086 # It is words.
  understand $answer
  case $word in
    hold)
      # It was said to be over, and is not.
      [ -z "$is_over" ] || note "held until $ends: $held_for"
      alone=0 turn_since='' is_over=''
      ;;
    alone)
      alone=$((alone + 1))
      [ "$alone" -le 3 ] || wait_there "$@"
      sleep 1 || wait_there "$@"
      continue
      ;;
    reset)
      is_over=1
      turn_comes || continue
      break
      ;;
    *)
      [ -z "$answer" ] || echo "$answer"
      break
      ;;
  esac
  if [ -z "$place" ] || [ ! -p "$pipe" ]; then
    listen || wait_there "$@"
    if [ -z "$place" ]; then
      case "$*" in
        *--no-notify*) ;;
        *) echo "Quota Sentry: waiting for the quota to reset, until $ends." >/dev/tty ;;
      esac
      take_place
      held_for=$why
      note "held until $ends: $why"
    fi
    # Once more: what happened before the pipe was there nobody could tell.
    continue
  fi
  start_timer
  event=look
  while read -r event <&3; do
    caller_lives || let_go "the caller has ended"
    [ "$event" = alive ] || break
  done
  stop_timer
  case $event in
    open)
      turn_comes || continue
      let_go "the quota is open"
      ;;
    time)
      turn_comes || continue
      let_go "the time to wait is over"
      ;;
    paused) let_go "paused" ;;
    released) let_go "released by the user" ;;
    broken)
      # Somebody ends it, or there is none: after a few times the program waits instead.
      broken=$((broken + 1))
      [ "$broken" -le 3 ] || wait_there "$@"
      sleep 1 || wait_there "$@"
      ;;
  esac
done
leave
exit 0
