#!/bin/sh
# Runs a command that is not to die of a spent quota; `--help` is its manual. The program beside it
# tells what is to be done. The command is run from here, so that it has the terminal, stdin, signals
# and all else of whoever called.
# zsh splits no words otherwise.
[ -z "${ZSH_VERSION-}" ] || emulate sh

manual() {
  cat <<'MANUAL'
Usage: quota-sentry-run [OPTIONS] -- COMMAND [ARGUMENTS]

Runs COMMAND with this terminal, stdin, stdout, stderr and signals, and exits with its code. While
agents would be held it waits first. Where COMMAND is `codex exec` and dies because the quota is
spent, it waits until a reading has confirmed that the quota is there again, and goes on with the
same session, with the same options:

  quota-sentry-run -- codex exec -s workspace-write "do it"

Options:
  --on-wall wait|fail  fail: exit with 75 in place of waiting, and bring nothing back (wait)
  --max-wait TIME      the longest wait at one time, such as 90s, 30m or 2h; then exit with 75
  --retries N          how often it is brought back at the most (3)
  --message TEXT       what the session is told (the setting reviveMessage)
  --retry-on-wall      any other command: run it again if it failed while the quota was spent
  --dry-run            say what would be done, and do nothing
  --help               this manual

What was piped into COMMAND is taken once: a session that goes on has nothing on stdin. Images are
not sent again. What meets the wall again within ten minutes is left. Ctrl-C ends all of it. A
session that is left can be brought back by hand: quota-sentry revive

Exit codes: those of COMMAND; 75 the quota is spent; 64 a wrong option, and nothing was run.
MANUAL
}

# What the command gets is what we got, whatever names are used here.
quota_sentry_environment=$(export -p)

# The shell itself has nothing to say, such as that what it ran was terminated.
command exec 8>&2 || command exec 8>/dev/null
exec 2>/dev/null

say() {
  printf 'quota-sentry-run: %s\n' "$*" >&8
}

# In the place of this script.
run_plainly() {
  eval "$quota_sentry_environment"
  exec "$@" 2>&8 8>&-
}

usage() {
  say "$1; see --help; nothing was run"
  exit 64
}

on_wall=wait max_wait='' retries=3 message='' retry_on_wall='' dry_run=''
while [ "$#" -gt 0 ]; do
  case $1 in
    --) shift && break ;;
    --help | -h) manual && exit 0 ;;
    --retry-on-wall) retry_on_wall=1 ;;
    --dry-run) dry_run=1 ;;
    --on-wall=* | --max-wait=* | --retries=* | --message=*)
      value=${1#*=}
      option=${1%%=*}
      shift
      set -- "$option" "$value" "$@"
      continue
      ;;
    --on-wall | --max-wait | --retries | --message)
      [ "$#" -gt 1 ] || usage "$1 needs a value"
      case $1 in
        --on-wall) on_wall=$2 ;;
        --max-wait) max_wait=$2 ;;
        --retries) retries=$2 ;;
        --message) message=$2 ;;
      esac
      shift
      ;;
    -*) usage "there is no option ${1%%=*}" ;;
    *) break ;;
  esac
  shift
done
[ "$#" -gt 0 ] || usage "a command is missing"
case $on_wall in wait | fail) ;; *) usage "--on-wall takes wait or fail, not \"$on_wall\"" ;; esac
case $retries in '' | *[!0-9]* | ????*)
  usage "--retries takes a whole number, not \"$retries\""
  ;;
esac
case $max_wait in
  '' | 0) ;;
  *[1-9]*)
    unit='([0-9]+(\.[0-9]+)?'
    printf '%s\n' "$max_wait" | grep -qxE "${unit}d)?${unit}h)?${unit}m)?${unit}s)?" ||
      usage "--max-wait takes a time such as 90s, 30m or 2h, not \"$max_wait\""
    ;;
  *) usage "--max-wait takes a time such as 90s, 30m or 2h, or 0, not \"$max_wait\"" ;;
esac

# Beside this script, else on PATH.
case $0 in
  */*) program=${0%/*}/quota-sentry ;;
  *) program=./quota-sentry ;;
esac
[ -x "$program" ] || program=$(command -v quota-sentry) || program=''

# What would be done, in words.
foretell() {
  kind='' why='' again=''
  eval "$("$program" resume-of --dry-run ${message:+"--message=$message"} -- "$@")"
  until=$("$program" status --json | sed -n 's/.*"agentsWaitUntil": "\(.*\)".*/\1/p')
  case $until,$on_wall in
    ,*) ;;
    *,wait) say "the quota is spent: would wait, as it is known now until $until" ;;
    *,fail) say "the quota is spent: would exit with 75" && return ;;
  esac
  say "would run: $*"
  if [ "$on_wall" = fail ] || [ "$retries" -eq 0 ]; then
    say "would bring nothing back"
  elif [ "$kind" = resume ]; then
    say "if it dies at the wall, would wait for the reset and run, at most $retries times: $again"
  elif [ "$retry_on_wall" ]; then
    say "if it fails while the quota is spent, would wait and run it again, at most $retries times"
  elif [ "$why" ]; then
    say "if it dies at the wall, it would be left: $why"
  else
    say "it is no codex exec: would bring nothing back (--retry-on-wall runs it again)"
  fi
}

if [ -z "$program" ]; then
  say "quota-sentry is not there; the command runs without it"
  [ -z "$dry_run" ] || exit 0
  run_plainly "$@"
elif [ "$dry_run" ]; then
  foretell "$@"
  exit 0
fi

# Without them nothing can be seen to: the command runs all the same.
if ! work=$(mktemp -d) || ! mkfifo "$work/life" || ! command exec 9<>"$work/life"; then
  say "no temporary files can be made; the command runs without quota-sentry"
  [ -z "$work" ] || rm -rf "$work"
  run_plainly "$@"
fi
# The command gets them too, and what comes of it is for the command to say.
interrupted=''
trap 'interrupted=1' INT QUIT

# Some have no fractions.
nap() {
  sleep 0.1 || sleep 1
}

# Moved first: who is just about to write into it by its name does not find it, and cannot keep it there.
remove_work() {
  mv "$work" "$work.gone"
  rm -rf "$work.gone"
}

# Stays until we have gone. A shell hears of no signal while a command runs in the foreground: one that
# ends us ends us at once, the pipe is then closed, and what we ran is ended from here.
{
  trap '' HUP INT QUIT TERM
  read -r _
  tries=0
  while [ -e "$work/pid" ] && [ "$tries" -lt 50 ]; do
    if [ -s "$work/pid" ]; then
      read -r pid <"$work/pid"
      kill -TERM "$pid"
      break
    fi
    tries=$((tries + 1))
    nap
  done
  remove_work
} <"$work/life" >/dev/null 8>&- 9>&- &

# Runs a command in the foreground: a small shell says its pid and becomes it.
foreground() {
  code=130
  [ -z "$interrupted" ] || return
  : >"$work/pid"
  set -- "$work/pid" "$@"
  # shellcheck disable=SC2016 # They are the small shell's.
  (
    eval "$quota_sentry_environment"
    exec sh -c 'echo "$$" >"$1"; shift; exec "$@"' quota-sentry-run "$@" 2>&8 8>&- 9>&-
  )
  code=$?
  rm -f "$work/pid"
}

# What differs by system. The files into which a process may write: a daemon of ours that it has started
# reads those of others. And the processes that it has started.
if [ -d /proc/self/fd ]; then
  written_by() {
    # shellcheck disable=SC2012 # It is where the links lead that counts.
    ls -l "/proc/$1/fd" | sed -n 's/^l.w.* -> //p'
  }

  children() {
    cat "/proc/$1/task"/*/children
  }
else
  written_by() {
    lsof -a -p "$1" -Fan |
      awk '/^a/ { mode = $0 } /^n/ && mode ~ /[uw]/ { print substr($0, 2) }'
  }

  children() {
    ps -A -o pid= -o ppid= | awk -v parent="$1" '$2 == parent { print $1 }'
  }
fi

# The files of sessions that a process has open, or else what it has started: npm's Codex is a child of
# Node, and an agent may run another Codex below its own.
sessions_of() {
  level=$1
  while [ "$level" ]; do
    files=$(for each in $level; do written_by "$each"; done |
      grep '^/.*/rollout-[^/]*\.jsonl$' | sort -u)
    [ -z "$files" ] || break
    level=$(for each in $level; do children "$each"; done)
  done
  printf '%s' "$files"
}

# Looks which session a run has, and writes it down. Codex has its file open from before its first
# request to its end.
watch_session() {
  looks=0
  while [ -e "$work/watching" ]; do
    if read -r pid <"$work/pid"; then
      files=$(sessions_of "$pid")
      if [ "$files" ]; then
        printf '%s\n' "$files" >"$work/files.new" && mv "$work/files.new" "$work/files"
        return
      fi
    fi
    looks=$((looks + 1))
    if [ "$looks" -lt 50 ]; then nap; else sleep 1; fi
  done
}

# Runs the command itself, from its beginning.
run_command() {
  rm -f "$work/files"
  : >"$work/watching"
  case " $* " in
    *codex*) watch_session </dev/null >/dev/null 8>&- 9>&- & ;;
  esac
  began=$(date +%s)
  foreground "$@"
  rm -f "$work/watching"
  files=$(cat "$work/files")
}

# Whether somebody has ended it: that counts for all of it.
was_ended() {
  [ "$interrupted" ] || [ "$code" -gt 128 ]
}

# Exits as the command did. No trap on EXIT does this: bash runs that one on signals too.
leave() {
  remove_work
  if [ "$interrupted" ] && [ "$1" -eq 130 ]; then
    trap - INT
    kill -INT "$$"
  fi
  exit "$1"
}

# Asks what goes on with it: `kind` and what belongs to it.
ask() {
  kind='' why='' again='' session='' died='' died_at='' claim=$1
  shift
  answer=$("$program" resume-of ${claim:+"$claim"} "--since=$began" ${files:+"--file=$files"} \
    ${message:+"--message=$message"} -- "$@" 2>&8 8>&- 9>&-) && eval "$answer"
}

# A wait for what is not over yet.
wait_for_quota() {
  foreground "$program" wait ${max_wait:+"--max-wait=$max_wait"} "$@"
}

# At first, while agents would be held.
foreground "$program" wait --max-wait=0
if [ "$code" -eq 75 ] && [ "$on_wall" = wait ] && [ "$max_wait" != 0 ]; then
  say "the quota is spent; waits until it is there again"
  wait_for_quota
  [ "$code" -ne 64 ] || leave 64
fi
was_ended && leave "$code"
if [ "$code" -eq 75 ]; then
  say "the quota is spent; nothing was run"
  leave 75
fi

run_command "$@"
tries=0
while [ "$code" -ne 0 ] && ! was_ended && [ "$on_wall" = wait ]; do
  failed=$code
  ask '' "$@"
  if [ "$kind" = resume ]; then
    next="goes on with session $session"
  elif [ "$retry_on_wall" ] && [ "$kind" != left ]; then
    "$program" poll --exit-code </dev/null >/dev/null 8>&- 9>&-
    [ "$?" -eq 10 ] || break
    died=$(date +%s) died_at=$(date -u '+%Y-%m-%dT%H:%M:%SZ') next="runs it again"
  else
    [ -z "$why" ] || say "it died at the wall and is left: $why; see: quota-sentry revive"
    break
  fi
  if [ "$tries" -gt 0 ] && [ "$((died - began))" -lt 600 ]; then
    say "it met the wall again within ten minutes, and is left; see: quota-sentry revive"
    break
  elif [ "$tries" -ge "$retries" ]; then
    say "it died at the wall and is left, after $tries of $retries retries; see: quota-sentry revive"
    break
  fi
  tries=$((tries + 1))
  say "it died at the wall; waits until the quota is there again, then $next ($tries of $retries)"
  wait_for_quota "--after=$died_at" ${session:+"--session=$session"}
  was_ended && leave "$code"
  case $code in
    0) ;;
    75)
      say "the quota was not there again within $max_wait; it is left; see: quota-sentry revive"
      leave 75
      ;;
    *)
      say "it cannot be known when the quota is there again; it is left; see: quota-sentry revive"
      leave "$failed"
      ;;
  esac
  if [ "$kind" != resume ]; then
    run_command "$@"
    continue
  fi
  ask --claim "$@"
  if [ "$kind" != resume ]; then
    say "it is left: ${why:-somebody has gone on with it}"
    leave "$failed"
  fi
  began=$(date +%s)
  # What was piped in has been taken.
  eval "foreground $again </dev/null"
done
leave "$code"
