import { join } from "@std/path";
import type { Service, ServiceRequest } from "./service.ts";
import { signed } from "./signed.ts";

const LABEL = "quota-sentry";

/** An agent for the user's launchd, which loads it at login. */
export async function launchdService(request: ServiceRequest): Promise<Service> {
  const { homeDirectory, program, environment } = request;
  const path = join(homeDirectory, "Library", "LaunchAgents", `${LABEL}.plist`);
  const variables = environment.map(([name, value]) =>
    `\t\t<key>${escaped(name)}</key>\n\t\t<string>${escaped(value)}</string>\n`
  ).join("");
  // It starts a daemon for each home, unless it runs, and ends; launchd leaves them alone.
  const body = `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" \
"http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
\t<key>Label</key>
\t<string>${LABEL}</string>
\t<key>ProgramArguments</key>
\t<array>
\t\t<string>${escaped(program)}</string>
\t\t<string>start</string>
\t\t<string>--all</string>
\t</array>
\t<key>EnvironmentVariables</key>
\t<dict>
${variables}\t</dict>
\t<key>RunAtLoad</key>
\t<true/>
\t<key>AbandonProcessGroup</key>
\t<true/>
</dict>
</plist>
`;
  const text = await signed({ before: '<?xml version="1.0" encoding="UTF-8"?>\n', body }, {
    begin: "<!--",
    end: " -->",
  });
  return {
    manager: "launchd",
    managerIsAt: undefined,
    files: [{ path, text }],
    directories: [],
    startNow: `launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/${LABEL}.plist`,
    stopNow: `launchctl bootout gui/$(id -u)/${LABEL}`,
    programIn: (text) => unescaped(/<array>\s*<string>(.*)<\/string>/.exec(text)?.[1]),
  };
}

const ENTITIES = [["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"]] as const;

function escaped(text: string): string {
  return ENTITIES.reduce((all, [plain, entity]) => all.replaceAll(plain, entity), text);
}

function unescaped(text: string | undefined): string | undefined {
  return ENTITIES.toReversed().reduce(
    (all, [plain, entity]) => all?.replaceAll(entity, plain),
    text,
  );
}
