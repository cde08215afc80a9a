import { readText, type Sandbox } from "./sandbox.ts";

/*
 * What a script finds on macOS, as far as that can be had on Linux: no /proc, and commands that take the
 * options of BSD's and refuse those that GNU's alone have.
 */

/** Each in sh: `$proc` is a directory with what /proc has, `$*` what it was called with. */
const COMMANDS: Readonly<Record<string, string>> = {
  date: `
case "$*" in
  -j\\ -u\\ -f\\ *) exec /bin/date -u -d "$5" "$6" ;;
  -r\\ *) exec /bin/date -d "@$2" "$3" ;;
  *%[0-9N]* | *\\ -d* | -d* | --* | *-I*) refuse ;;
esac
exec /bin/date "$@"`,
  // The word behind -i is what the old file's name then ends with, and there is one.
  sed: `
for option; do
  case $option in
    -i) refuse ;;
    -[nEe]) ;;
    -*) refuse ;;
    *) break ;;
  esac
done
exec /bin/sed --posix "$@"`,
  mktemp: `
case $* in *--* | *-p*) refuse ;; esac
exec /bin/mktemp "$@"`,
  // There, -z looks into compressed files.
  grep: `
for option; do
  case $option in
    -*[zPZ]* | --*) refuse ;;
    -*) ;;
    *) break ;;
  esac
done
exec /bin/grep "$@"`,
  stat: "refuse",
  readlink: "refuse",
  timeout: "refuse",
  setsid: "refuse",
  ps: `
case $* in
  "-ww -o command= -p "*) { tr '\\0' ' ' <"$proc/$5/cmdline"; echo; } ;;
  "-o ppid= -p "*) above "$4" ;;
  "-A -o pid= -o ppid=")
    for each in "$proc"/[0-9]*; do printf '%5s %s\\n' "\${each##*/}" "$(above "\${each##*/}")"; done
    ;;
  *) refuse ;;
esac`,
  lsof: `
case $* in "-a -p "*" -Fan") ;; *) refuse ;; esac
echo "p$3"
for each in "$proc/$3/fd"/*; do
  case $(/bin/sed -n 's/^flags:.*\\(.\\)$/\\1/p' "$proc/$3/fdinfo/\${each##*/}") in
    0) echo ar ;;
    1) echo aw ;;
    2) echo au ;;
  esac
  echo "n$(/bin/readlink "$each")"
done`,
};

/** Whether a process can be started here that has no /proc, which only root can; looked at once. */
export const CAN_BE_WITHOUT_PROC: boolean = await new Deno.Command("unshare", {
  args: ["--mount", "mount", "-t", "tmpfs", "none", "/proc"],
  stdin: "null",
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);

/**
 * Puts such commands on a sandbox's PATH.
 *
 * @returns What starts a program without /proc, a wrapper that gives it back to another, and the calls
 * that were refused.
 */
export function likeMacOs(
  box: Sandbox,
): { without: string; within: (program: string) => string; refused: () => string } {
  const proc = `${box.root}/proc`;
  Deno.mkdirSync(proc);
  const head = `#!/bin/sh
proc='${proc}'
refuse() {
  echo "\${0##*/}: no such option on macOS: $*" | tee -a '${box.root}/refused' >&2
  exit 64
}
above() {
  /bin/sed -n 's/^PPid:[[:space:]]*/ /p' "$proc/$1/status"
}
`;
  for (const [name, text] of Object.entries(COMMANDS)) {
    box.executable(name, `${head}${text.replaceAll("refuse", 'refuse "$@"')}\n`);
  }
  const without = box.executable(
    "without-proc",
    `#!/bin/sh
exec unshare --mount sh -c '
  mount --rbind /proc "$0" && mount -t tmpfs none /proc && exec "$@"
' '${proc}' "$@"
`,
  );
  const within = (program: string) =>
    `#!/bin/sh
exec nsenter --mount='${proc}/${Deno.pid}/ns/mnt' --wd="$PWD" '${program}' "$@"
`;
  return { without, within, refused: () => readText(`${box.root}/refused`) ?? "" };
}
