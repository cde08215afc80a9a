import { smallText } from "../../files/small_text.ts";

/** A hooks file is smaller than this. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Whether something in a hooks file is ours; what cannot be understood may be, where it names us. Starts
 * nothing. Needs read permission.
 *
 * @param hasOurs Looks at the text; throws where the harness would not read it.
 */
export function mayHaveOursIn(hooksPath: string, hasOurs: (text: string) => boolean): boolean {
  const text = smallText(hooksPath, MAX_BYTES);
  if (text === undefined) return false;
  try {
    return hasOurs(text);
  } catch {
    return /quota[-_]sentry/.test(text);
  }
}
