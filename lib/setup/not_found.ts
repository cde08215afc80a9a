import type { HarnessWithHomes } from "../harness/kind.ts";
import { usualHome } from "../harness/home.ts";
import { withoutHome } from "../text/without_home.ts";
import type { Missing } from "./home_setup.ts";

const AGAIN = "then run: quota-sentry setup";

/** Nothing is here that could be protected. @param kinds What was looked for. */
export function notFound(kinds: readonly HarnessWithHomes[]): Missing {
  const all = kinds.map((kind) => ({ home: usualHome(kind.place), harness: kind.with(undefined) }));
  const [first] = all;
  if (all.length === 1) {
    const { home, harness: { name, program, login } } = first!;
    const noHome = home === undefined ? "" : `, and no ${withoutHome(home)}`;
    return {
      text: `${name} was not found: there is no ${program} on PATH${noHome}`,
      todo: `install ${name}, run: ${login()}, ${AGAIN}`,
    };
  }
  const names = all.map(({ harness: { name, program } }) => `${name} (${program})`);
  return {
    text: `no agent was found that could be protected, which are: ${names.join(", ")}`,
    todo: `install one of them, or put it on PATH, sign in, ${AGAIN}`,
  };
}
