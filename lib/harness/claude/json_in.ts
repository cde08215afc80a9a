import { smallText } from "../../files/small_text.ts";

/** What a file of JSON holds; undefined where there is none, it is larger, or it cannot be understood. */
export function jsonIn(path: string, maxBytes: number): unknown {
  try {
    return JSON.parse(smallText(path, maxBytes) ?? "");
  } catch {
    return undefined;
  }
}
