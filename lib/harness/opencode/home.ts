import { dirname } from "@std/path";
import { homeHere, type HomePlace } from "../home.ts";

/** Where OpenCode looks for its settings and plugins, whatever else it looks at. */
export const PLACE: HomePlace = {
  variable: "XDG_CONFIG_HOME",
  directory: ".config/opencode",
  below: "opencode",
};

/** What a child gets that is to have this home; nothing where it has it anyway. */
export function environmentFor(home: string | undefined): Readonly<Record<string, string>> {
  return home === undefined || home === homeHere(PLACE) ? {} : { [PLACE.variable]: dirname(home) };
}
