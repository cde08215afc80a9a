import type { Harness } from "../harness/harness.ts";

/** The programs that a harness's quota can be read with. */
export function toolsOf({ quotaPrograms }: Pick<Harness, "quotaPrograms">): string[] {
  return ["codexbar", ...quotaPrograms];
}
