import { dirname, join } from "@std/path";
import { isExecutable } from "../../../process/program_path.ts";
import type { Teller } from "../../harness.ts";
import { isWrappable, STATUS_LINE_NAME } from "../status_line.ts";
import { isOurStatusLine, statusLineIn } from "./settings_file.ts";

const NAME = "statusline";

const AGAIN = "run: quota-sentry install-hook claude";

/**
 * Whether our script stands in the place of the status line, which alone is told the quota.
 *
 * @param path Of the settings, links resolved.
 */
export async function tellerIn(path: string, text: string): Promise<Teller> {
  const command = statusLineIn(text);
  if (!isOurStatusLine(command)) {
    return isWrappable(command)
      ? { name: NAME, problem: "ours does not stand in its place", todo: AGAIN }
      : {
        name: NAME,
        problem: "yours was left as it is, since its command has several lines",
        todo: `have it in a file of its own, and ${AGAIN}; or install codexbar`,
      };
  }
  if (!await isExecutable(join(dirname(path), STATUS_LINE_NAME))) {
    return { name: NAME, problem: "its script is not there", todo: AGAIN };
  }
  return {
    name: NAME,
    problem: undefined,
    todo: "begin a session in a terminal: its first answer tells; or install codexbar",
  };
}
