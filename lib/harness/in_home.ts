import { shellQuote } from "../text/shell_quote.ts";
import { homeHere, type HomePlace, unusual } from "./home.ts";

/** A harness's command as it is typed for one of its homes: with the variable that names it, if need be. */
export function inHome(place: HomePlace, home: string | undefined, command: string): string {
  return home === undefined || unusual(place, home) === unusual(place, homeHere(place))
    ? command
    : `${place.variable}=${shellQuote(home)} ${command}`;
}
