import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { likeMacOs } from "./support/macos.ts";
import { Sandbox } from "./support/sandbox.ts";

const NOTIFY = fromFileUrl(new URL("../scripts/notify", import.meta.url));

/** What `events --follow` tells. */
const LINES = [
  { at: "2026-01-01T10:00:00Z", event: "block", until: "2026-01-01T12:00:00Z", reason: 'a "b"' },
  { at: "2026-01-01T11:00:00Z", event: "hold", until: "2026-01-01T12:00:00Z", pid: 7 },
  { at: "2026-01-01T11:30:00Z", event: "source-lost", reason: '"x", \\ and {"event":"open"}' },
  { at: "2026-01-01T12:00:00Z", event: "open" },
].map((line) => JSON.stringify(line));

for (const isLikeMacOs of [false, true]) {
  Deno.test(`notify: runs a command for what is wanted${isLikeMacOs ? ", like on macOS" : ""}`, async () => {
    await using box = new Sandbox();
    if (isLikeMacOs) likeMacOs(box);
    Deno.writeTextFileSync(`${box.bin}/lines`, LINES.map((line) => `${line}\n`).join(""));
    box.executable("events", `#!/bin/sh\n[ "$*" = "events --follow" ] && cat '${box.bin}/lines'\n`);
    box.executable(
      "tell",
      '#!/bin/sh\nprintf "%s\\n" "$QUOTA_SENTRY_AT $QUOTA_SENTRY_EVENT $1: $2"\n',
    );
    const { code, stdout, stderr } = await new Deno.Command(NOTIFY, {
      args: ["--", `${box.bin}/tell`, "first"],
      env: { ...box.env, TZ: "UTC", QUOTA_SENTRY: `${box.bin}/events` },
      clearEnv: true,
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals([code, text(stderr)], [0, ""]);
    assertEquals(text(stdout).split("\n"), [
      "2026-01-01T10:00:00Z block first: The quota is spent; agents wait until Thu 12:00.",
      "2026-01-01T11:30:00Z source-lost first: The quota cannot be read: " +
      '\\"x\\", \\\\ and {\\"event\\":\\"open\\"}.',
      "2026-01-01T12:00:00Z open first: The quota is open again.",
      "",
    ]);
  });
}
