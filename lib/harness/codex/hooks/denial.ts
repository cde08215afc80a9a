/**
 * What Codex reads as a denial of a prompt or a tool call: JSON on stdout with exit code 0 (seen with
 * 0.169.0). Only a user's own settings ask for one. It is on the hooks' hot path.
 */
export function denialText(reason: string): string {
  return `${JSON.stringify({ decision: "block", reason })}\n`;
}
