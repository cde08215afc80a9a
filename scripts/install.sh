#!/bin/sh
# Installs Quota Sentry, replaces an earlier or later version of it, or takes all of it away. For any
# sh; `install.sh --help` is its manual.
set -eu

# Where the releases are, such as https://github.com/OWNER/REPO/releases. A release writes it in.
releases=''

manual() {
  cat <<'MANUAL'
Usage: install.sh [OPTIONS]

Installs Quota Sentry: the program into ~/.local/bin, manual pages and completions into
~/.local/share. Another version that is there is replaced, as a whole or not at all.

Options:
  --setup           then protect the sessions of Codex: quota-sentry setup --yes
  --version V       this version (the latest)
  --prefix DIR      in place of ~/.local
  --from PLACE      the directory of a release, or its URL
  --uninstall       remove the hooks of all Codex homes, stop the daemons, then remove what was
                    installed; settings, state and history stay
  --purge           with --uninstall: these too
  --help            this manual

Needs xz, and curl or wget. It changes no file of your shell.
MANUAL
}

die() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

usage() {
  printf 'install.sh: %s; see --help; nothing was done\n' "$*" >&2
  exit 64
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# Which of the builds runs here: SYSTEM.
find_system() {
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=macos ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
      die "it does not run on Windows itself; it does in WSL: wsl --install, then run this there"
      ;;
    *) die "there is no build for $(uname -s), only for Linux and macOS" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    arm64 | aarch64) machine=arm64 ;;
    *) die "there is no build for $(uname -m), only for x64 and arm64" ;;
  esac
  if [ "$system" = linux ]; then
    case $(ldd --version 2>&1) in
      *musl*) die "this Linux has musl (Alpine, say); the program needs glibc: use a Debian, say" ;;
    esac
  elif [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
    # A shell for x64 on a Mac that is arm64.
    machine=arm64
  fi
  system=$system-$machine
}

# Prints a line for each file: its SHA-256 and its path.
sums() {
  if has sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# Whether a file has that sum. Its name is not told: what is odd in it would be escaped.
is_as() {
  [ -f "$2" ] && [ ! -L "$2" ] || return 1
  case $(sums <"$2") in "$1 "*) ;; *) return 1 ;; esac
}

# Whether a file is there, below the prefix, that is neither as in the release nor on the list.
is_others() {
  [ -e "$prefix/$2" ] || [ -L "$prefix/$2" ] || return 1
  ! is_as "$1" "$prefix/$2" || return 1
  [ -f "$prefix/$2" ] && [ ! -L "$prefix/$2" ] || return 0
  found=$(sums <"$prefix/$2")
  case "
$before
" in *"
file ${found%% *} $2
"*) return 1 ;; esac
}

# Gets a file of the release into the work directory.
fetch() {
  case $from in
    *://*)
      if has curl; then
        curl -fsSL --retry 2 -o "$work/$1" "$from/$1"
      else
        wget -q -O "$work/$1" "$from/$1"
      fi
      ;;
    *) cp "$from/$1" "$work/$1" ;;
  esac || die "$from/$1 cannot be had; nothing was changed"
}

# Makes a directory and those above it; those that were not there are noted, the deepest first.
made=''
make_directory() {
  [ ! -d "${1:-/}" ] || return 0
  make_directory "${1%/*}"
  # What one that was killed has begun may make it in this moment.
  mkdir "$1" 2>/dev/null || [ -d "$1" ] || mkdir "$1" || die "$1 cannot be made; nothing was changed"
  made="directory - ${1#"$prefix/"}
$made"
}

# One at a time, by a link that names its process; what one that was killed has left is cleared away. What it
# has begun may go on without it for a moment: so each works in a directory of its own.
has_lock=''
take_lock() {
  lock=$share/lock work=$share/.work.$$
  if ! ln -s "$$" "$lock" 2>/dev/null; then
    other=$(readlink "$lock") || other=''
    if [ "$other" ] && kill -0 "$other" 2>/dev/null; then
      die "another install.sh (pid $other) is at work there; if it is not, remove $lock"
    fi
    rm -f "$lock"
    ln -s "$$" "$lock" || die "$share cannot be written to; nothing was changed"
  fi
  has_lock=1
  clear_away
}

clear_away() {
  rm -rf "$share"/.work* 2>/dev/null || true
}

leave() {
  if [ "$has_lock" ]; then
    clear_away
    rm -f "$lock"
  fi
  remove_directories "$made"
}

# Those of a list, where they are empty. All paths of a list are below the prefix, but for directories
# elsewhere: so a copy of a prefix knows its own.
remove_directories() {
  while read -r kind _ path; do
    case $path in /*) ;; *) path=$prefix/$path ;; esac
    [ "$kind" != directory ] || rmdir "$path" 2>/dev/null || true
  done <<LIST
$1
LIST
}

# Gets the release and unpacks it: its files below NEW.
unpack() {
  [ "$from" ] || usage "it is not known where releases are: give --from DIRECTORY or --from URL"
  fetch SHA256SUMS
  # Of several versions the last.
  names=$(sed -n "s/^[0-9a-f]\{64\} [ *]quota-sentry-\(.*\)-$system\.tar\.xz\$/\1/p" \
    "$work/SHA256SUMS" | sort -t . -k 1,1n -k 2,2n -k 3,3n)
  [ "$version" ] || version=$(printf '%s\n' "$names" | tail -n 1)
  [ "$version" ] || die "$from has nothing for $system; nothing was changed"
  name=quota-sentry-$version-$system
  sum=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$name\.tar\.xz\$/\1/p" "$work/SHA256SUMS")
  [ "$sum" ] || die "$from has no version $version for $system; nothing was changed"
  # Another one may become the latest meanwhile.
  [ "$from" != "$releases/latest/download" ] || from=$releases/download/v$version
  fetch "$name.tar.xz"
  is_as "$sum" "$work/$name.tar.xz" ||
    die "$name.tar.xz is not what SHA256SUMS says: it is damaged, or was changed; nothing was changed"
  new=$work/$name
  if has xz; then
    xz -dc "$new.tar.xz" | tar -x -o -f - -C "$work"
  else
    tar -x -o -f "$new.tar.xz" -C "$work"
  fi || new=''
  [ -x "$new/bin/quota-sentry" ] ||
    die "$name.tar.xz cannot be unpacked in $share (is the disk full?); nothing was changed"
  says=$("$new/bin/quota-sentry" --version 2>&1) ||
    die "the program does not run here, so nothing was changed; it says: $says"
  mkdir -p "$new/share/doc/quota-sentry"
  mv "$new"/LICENSE* "$new/README.md" "$new/share/doc/quota-sentry"
  # shellcheck disable=SC2046 # They are words.
  (cd "$new" && sums $(find bin share -type f)) >"$work/sums"
}

# Puts the files in place, each at once. What may be there is listed first: whenever this is ended, all of
# it can be taken away.
put_in_place() {
  before=$(cat "$list" 2>/dev/null) || before=''
  while read -r sum file; do
    [ ! -d "$prefix/$file" ] || die "$prefix/$file is a directory; nothing was changed"
    ! is_others "$sum" "$file" ||
      die "$prefix/$file is not as install.sh has put it there; nothing was changed; move it away first"
    make_directory "$prefix/${file%/*}"
    echo "file $sum $file"
  done <"$work/sums" >"$work/list"
  # What the program will make goes with it, where it is empty then.
  for each in "${XDG_CACHE_HOME:-$HOME/.cache}" "${XDG_CONFIG_HOME:-$HOME/.config}"; do
    [ -d "$each" ] || made="$made
directory - $each"
  done
  after=$(cat "$work/list")
  printf '%s\n' "$made" "$before" | grep '^directory ' >>"$work/list" || true
  { cat "$work/list" && printf '%s\n' "$before"; } >"$work/both"
  mv -f "$work/both" "$list"
  while read -r _ file; do
    # By a name beside it: that directory may be on another file system.
    beside=$prefix/${file%/*}/.${file##*/}.new
    if ! mv -f "$new/$file" "$beside" || ! mv -f "$beside" "$prefix/$file"; then
      die "$prefix/$file cannot be replaced; some files may be of another version: install it again"
    fi
  done <"$work/sums"
  remove_files "$before" "$after"
  mv -f "$work/list" "$list"
}

# Removes the files of a list that are as they were installed, but for those of another list; and what one
# that was killed has left beside them.
remove_files() {
  while read -r kind sum path; do
    case $2 in *"file $sum $path"*) continue ;; esac
    case $kind:/$path/ in file:*/../*) continue ;; file:*) ;; *) continue ;; esac
    ! is_as "$sum" "$prefix/$path" || rm -f "$prefix/$path"
    rm -f "$prefix/${path%/*}/.${path##*/}.new"
  done <<LIST
$1
LIST
}

install_it() {
  find_system
  has sha256sum || has shasum || die "sha256sum or shasum is needed; nothing was changed"
  if ! has xz && ! tar --version 2>/dev/null | grep -q bsdtar; then
    die "xz is needed to unpack it (package xz or xz-utils); nothing was changed"
  fi
  case $from in
    *://*) has curl || has wget || die "curl or wget is needed; nothing was changed" ;;
  esac
  was=$("$program" --version 2>/dev/null) || was=''
  make_directory "$share"
  take_lock
  mkdir "$work"
  unpack
  put_in_place
  case $was in
    '') echo "Installed $says in $prefix." ;;
    "$says") echo "Installed $says in $prefix again." ;;
    *) echo "Replaced $was by $says in $prefix." ;;
  esac
  # Hooks and daemons of another version become this one's; those that are held stay so.
  [ -z "$was" ] || "$program" renew || echo "Run next: quota-sentry doctor"
  tell_path
}

# What is to be done for the shell to find the program.
# shellcheck disable=SC2088 # The tilde is for the reader.
tell_path() {
  case :$PATH: in
    *:"$prefix/bin":*)
      first=$(command -v quota-sentry) || first=$program
      [ "$first" = "$program" ] || echo "Another one comes first on PATH: $first"
      return
      ;;
  esac
  line="export PATH=\"$prefix/bin:\$PATH\""
  case ${SHELL:-} in
    *zsh) file='~/.zshrc' ;;
    *bash) if [ "$(uname -s)" = Darwin ]; then file='~/.bash_profile'; else file='~/.bashrc'; fi ;;
    *fish) file='~/.config/fish/config.fish' line="fish_add_path \"$prefix/bin\"" ;;
    *) file='~/.profile' ;;
  esac
  printf '%s is not on PATH. Add this line to %s:\n  %s\n' "$prefix/bin" "$file" "$line"
}

uninstall_it() {
  [ -f "$list" ] || die "nothing is installed in $prefix: there is no $list; nothing was done"
  take_lock
  if [ -x "$program" ]; then
    "$program" uninstall ${purge:+--purge} ||
      die "the program stays, since what is left calls it; mend that, then run this again"
  else
    echo "$program is not there, so hooks were not looked at. Without it they hold nobody."
    [ -z "$purge" ] || echo "Nor were settings and state: install it again, then --uninstall --purge."
  fi
  were=$(cat "$list")
  remove_files "$were" ''
  while read -r kind _ path; do
    case $kind:/$path/ in file:*/../*) continue ;; file:*) ;; *) continue ;; esac
    path=$prefix/$path
    [ ! -e "$path" ] || echo "Left, since somebody has changed it: $path"
  done <<LIST | sort -u
$were
LIST
  rm -f "$list"
  clear_away
  # From here on it is another one's, if there is one.
  has_lock=''
  rm -f "$lock"
  remove_directories "$were"
  echo "Removed Quota Sentry from $prefix."
}

main() {
  setup='' version='' prefix='' from='' uninstall='' purge=''
  while [ "$#" -gt 0 ]; do
    case $1 in
      --help | -h) manual && exit 0 ;;
      --setup) setup=1 ;;
      --uninstall) uninstall=1 ;;
      --purge) purge=1 ;;
      --version=* | --prefix=* | --from=*)
        option=${1%%=*} value=${1#*=}
        shift
        set -- "$option" "$value" "$@"
        continue
        ;;
      --version | --prefix | --from)
        [ "${2:-}" ] || usage "$1 needs a value"
        case $1 in
          --version) version=${2#v} ;;
          --prefix) prefix=$2 ;;
          --from) from=$2 ;;
        esac
        shift
        ;;
      *) usage "there is no option $1" ;;
    esac
    shift
  done
  [ -z "$purge" ] || [ "$uninstall" ] || usage "--purge goes with --uninstall"
  case $version in *[!0-9A-Za-z.+-]*) usage "--version takes a version such as 1.2.3" ;; esac
  [ "${HOME:-}" ] || die "HOME is not set; nothing was done"
  [ "$prefix" ] || prefix=$HOME/.local
  case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
  case $prefix in *'
'*) usage "--prefix takes a path of one line" ;; esac
  prefix=${prefix%/}
  if [ -z "$from" ] && [ "$releases" ]; then
    from=$releases/${version:+download/v$version}
    [ "$version" ] || from=$releases/latest/download
  fi
  from=${from%/}
  program=$prefix/bin/quota-sentry share=$prefix/share/quota-sentry
  list=$share/installed

  trap leave EXIT
  trap 'exit 1' HUP INT TERM
  umask 022
  if [ "$uninstall" ]; then
    uninstall_it
    exit
  fi
  install_it
  if [ "$setup" ]; then
    "$program" setup --yes
  else
    echo "Next: quota-sentry setup"
  fi
}

main "$@"
