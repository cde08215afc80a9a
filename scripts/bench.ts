/**
 * `scripts/deno task bench [PART…]`: what Quota Sentry costs, against references in the same run, and
 * how well it holds. Prints a table in Markdown, or with `--json` the figures. The parts are `costs`,
 * `overshoot`, `following` and `calls`; without any, all are measured, which takes half an hour. Needs
 * `dist/quota-sentry` and Linux; hyperfine and time come from Debian's packages
 * (`scripts/debian_tools`). `--check-readme` measures `costs`, and fails when the table in docs/cost.md no
 * longer says the same.
 */
import { measureCalls } from "./bench/calls.ts";
import { mismatches } from "./bench/check_readme.ts";
import { measureCosts } from "./bench/costs.ts";
import { measureFollowing } from "./bench/following.ts";
import { measureOvershoot } from "./bench/overshoot.ts";
import { allRows, printRows } from "./bench/rows.ts";

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  costs: measureCosts,
  overshoot: measureOvershoot,
  following: measureFollowing,
  calls: measureCalls,
};

const isCheck = Deno.args.includes("--check-readme");
const asked = isCheck ? ["costs"] : Deno.args.filter((word) => !word.startsWith("--"));
const wrong = asked.find((word) => !Object.hasOwn(PARTS, word));
if (wrong !== undefined) {
  console.error(`there is no part "${wrong}"; there are ${Object.keys(PARTS).join(", ")}`);
  Deno.exit(64);
}
for (const [name, measure] of Object.entries(PARTS)) {
  if (asked.length === 0 || asked.includes(name)) await measure();
}
printRows(Deno.args.includes("--json"));
if (isCheck) {
  const text = Deno.readTextFileSync(new URL("../docs/cost.md", import.meta.url));
  const wrong = mismatches(text, "## What it costs", allRows());
  for (const each of wrong) console.error(`docs/cost.md: ${each}`);
  if (wrong.length > 0) Deno.exit(1);
}
