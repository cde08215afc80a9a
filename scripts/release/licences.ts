/** licences.ts SOURCE BUNDLE: prints the licences of all that is embedded in the binary. */
import { contents } from "./contents.ts";
import { licenceOf, RUNTIME } from "./licence_of.ts";

const [source, bundle] = Deno.args as [string, string];

const texts = [
  ...RUNTIME.map(({ name, id, text }) => ({ title: `${name} (${id})`, text })),
  ...contents(bundle).packages.map((each) => {
    const { id, text } = licenceOf(each, source);
    return { title: `${each.name} ${each.version} (${id})`, text };
  }),
];

console.log(
  `quota-sentry is one program with the Deno runtime and what it uses of these packages in it. Each
has its own licence, which follows. The libraries that Deno itself is built from have theirs in
Deno's sources.

${texts.map(({ title }) => `  ${title}`).join("\n")}
${texts.map(({ title, text }) => `\n${"=".repeat(80)}\n${title}\n\n${text}\n`).join("")}`.trimEnd(),
);
