import * as z from "zod";
import { HooksFormat, type PlacedHook } from "../../hooks/hooks_file.ts";
import type { OurPart } from "../../hooks/original.ts";

const Shape = z.strictObject({
  description: z.unknown().optional(),
  hooks: z.record(z.string(), z.array(z.unknown())).optional(),
});

/** `hooks.json`, as Codex reads it: it skips every hook of a file in which anything else stands. */
export const HOOKS_FILE = new HooksFormat((value) => {
  const issue = Shape.safeParse(value).error?.issues[0];
  if (issue === undefined) return undefined;
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `"${key}"`).join(", ");
    return `it has keys that Codex does not accept: ${keys}`;
  }
  return `${issue.path.join(".") || "the file"} is not what Codex expects there`;
});

/** Our hooks in it. */
export const OUR_PART: OurPart<readonly PlacedHook[]> = {
  find(text) {
    const found = HOOKS_FILE.find(text);
    return found.length === 0 ? undefined : found;
  },
  ways: HOOKS_FILE.ways,
  remove: (text) => HOOKS_FILE.remove(text),
};
