/**
 * A Codex that writes session files as 0.169 does, in sh. `$PLAN` is a directory: `outcomes` has a word
 * for each of its runs (wall, quick, ok, fail); `calls` gets its arguments, `stdin.N` what it was given.
 * `quick` is a wall that nobody has time to look at.
 * A run of a new session has the id `$SESSION`. Where `$PLAN/hold` is, a run waits until it is gone.
 */
export const FAKE_CODEX = `#!/bin/sh
echo "$*" >>"$PLAN/calls"
number=$(($(wc -l <"$PLAN/calls")))
outcome=$(sed -n "\${number}p" "$PLAN/outcomes")
session=$SESSION new=1
for word; do
  if [ "$session" = next ]; then session=$word; fi
  if [ "$word" = resume ]; then session=next new=''; fi
done
turn=01a20000-0000-7000-8000-00000000000$number
mkdir -p "$HOME/.codex/sessions/2026/01/31"
file=$HOME/.codex/sessions/2026/01/31/rollout-2026-01-31T12-00-00-$session.jsonl
[ "$outcome" = fail ] || exec 7>>"$file"
line() {
  printf '{"timestamp":"%s","type":"%s","payload":%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ | sed 's/[.]3N/.000/')" "$1" "$2"
}
meta() {
  line session_meta "{\\"id\\":\\"$1\\",\\"cwd\\":\\"$PWD\\",\\"source\\":$2,\\"cli_version\\":\\"0.169.0\\"}"
}
context() {
  line turn_context "{\\"turn_id\\":\\"$turn\\",\\"cwd\\":\\"$PWD\\",\\"model\\":\\"mock\\",\\"approval_policy\\":\\"never\\",\\"sandbox_policy\\":{\\"type\\":\\"read-only\\"}}"
}
refusal() {
  limits="{\\"limit_id\\":\\"codex\\",\\"primary\\":{\\"used_percent\\":100.0,\\"window_minutes\\":300,\\"resets_at\\":$(($(/bin/date +%s) + 3600 + number * 600))},\\"secondary\\":null}"
  line event_msg "{\\"type\\":\\"token_count\\",\\"info\\":null,\\"rate_limits\\":$limits}"
  error="{\\"message\\":\\"You’ve hit your usage limit. Try again at 4:18 PM.\\",\\"codex_error_info\\":\\"usage_limit_exceeded\\"}"
  line event_msg "{\\"type\\":\\"task_complete\\",\\"turn_id\\":\\"$turn\\",\\"last_agent_message\\":null,\\"error\\":$error}"
}
if [ "$outcome" != fail ]; then
  [ -z "$new" ] || meta "$session" '"exec"' >&7
  line event_msg "{\\"type\\":\\"task_started\\",\\"turn_id\\":\\"$turn\\"}" >&7
  context >&7
fi
cat >"$PLAN/stdin.$number"
echo "$message|$code|$work|$program" >"$PLAN/environment"
# Somebody is to have seen that the file is open, as with the real one, which takes longer.
if [ "$outcome" = wall ] && [ "$new" ]; then
  until cat "$TMPDIR"/*/files >/dev/null 2>&1; do sleep 0.05; done
fi
: >"$PLAN/ready.$number"
while [ -e "$PLAN/hold" ]; do sleep 0.05; done
case $outcome in
  wall | quick)
    refusal >&7
    echo "ERROR: You’ve hit your usage limit." >&2
    exit 1
    ;;
  ok)
    line event_msg "{\\"type\\":\\"task_complete\\",\\"turn_id\\":\\"$turn\\",\\"last_agent_message\\":\\"Done.\\"}" >&7
    echo Done.
    ;;
  *) exit 3 ;;
esac
`;
