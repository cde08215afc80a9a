import { join } from "@std/path";
import type { Service, ServiceRequest } from "./service.ts";
import { signed } from "./signed.ts";

const UNIT = "quota-sentry.service";

const COMMENT = { begin: "#", end: "" };

/** A unit for the user's own systemd, and what has it started at login. */
export async function systemdService(request: ServiceRequest): Promise<Service> {
  const { configDirectory, program, environment } = request;
  const systemd = join(configDirectory, "systemd");
  const user = join(systemd, "user");
  const target = join(user, "default.target.d");
  const unit = `[Unit]
Description=Quota Sentry, which holds coding agents before their quota is spent
ConditionFileIsExecutable=${withoutSpecifiers(program)}

[Service]
# Starts a daemon for each home, unless it runs, and ends. What it started stays below this unit
# and ends with it; a daemon that ends by itself is started again by the next session.
Type=oneshot
RemainAfterExit=yes
# A home that fails must not take the daemons of the others along.
ExecStart=-${quoted(program)} start --all
${environment.map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}\n`).join("")}`;
  // A link in default.target.wants is what systemctl makes; this needs no permission to make links.
  const wants = `[Unit]\nWants=${UNIT}\n`;
  return {
    manager: "systemd",
    managerIsAt: "/run/systemd/system",
    files: [
      { path: join(user, UNIT), text: await signed({ body: unit }, COMMENT) },
      {
        path: join(target, "quota-sentry.conf"),
        text: await signed({ body: wants }, COMMENT),
      },
    ],
    directories: [target, user, systemd],
    startNow: "systemctl --user daemon-reload && systemctl --user start quota-sentry",
    stopNow: "systemctl --user stop quota-sentry; systemctl --user daemon-reload",
    programIn: (text) => unquoted(/^ExecStart=-(".*") start --all$/m.exec(text)?.[1]),
  };
}

/** `%` begins what systemd replaces. */
function withoutSpecifiers(text: string): string {
  return text.replaceAll("%", "%%");
}

function quoted(text: string): string {
  return `"${withoutSpecifiers(text).replace(/["\\]/g, "\\$&")}"`;
}

function unquoted(text: string | undefined): string | undefined {
  return text?.slice(1, -1).replace(/\\(.)/g, "$1").replaceAll("%%", "%");
}
