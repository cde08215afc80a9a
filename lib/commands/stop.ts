import type { Invocation } from "../cli/commands.ts";
import { EXIT } from "../cli/exit_codes.ts";
import { print, printError } from "../cli/output.ts";
import { daemonPid } from "../daemon/liveness.ts";
import { stopDaemon } from "../daemon/stop_daemon.ts";
import { namedStateDirectory } from "./state_directory.ts";

/** `stop`: asks the daemon to end and waits until it has. */
export async function stop({ options }: Invocation): Promise<number> {
  const directory = namedStateDirectory(options);
  const pid = daemonPid(directory);
  switch (await stopDaemon(directory)) {
    case "not-running":
      print("daemon not running\n");
      return EXIT.ok;
    case "stopped":
      print("daemon stopped\n");
      return EXIT.ok;
    case "timeout":
      printError(
        `the daemon${pid ? ` (pid ${pid})` : ""} does not answer; ` +
          "it goes on watching. End it with: kill -KILL PID",
      );
      return EXIT.failed;
  }
}
