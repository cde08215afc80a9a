/** What Codex writes into a session's file with an answer: how much of a limit is used. */
export function tokenCountLine(
  usedPercent: number,
  resetsAtSeconds: number,
  { limit = "codex", ...window } = {},
): string {
  const primary = {
    used_percent: usedPercent,
    window_minutes: 300,
    resets_at: resetsAtSeconds,
    ...window,
  };
  const line = {
    timestamp: new Date().toISOString(),
    type: "event_msg",
    payload: {
      type: "token_count",
      info: null,
      rate_limits: { limit_id: limit, primary, secondary: null, plan_type: null },
    },
  };
  return `${JSON.stringify(line)}\n`;
}
