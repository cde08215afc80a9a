/** sizes.ts BUNDLE DIRECTORY: prints what programs and their tarballs in a directory are made of. */
import { contents } from "./contents.ts";

const [bundle, directory] = Deno.args as [string, string];

const row = (...cells: (string | number)[]) =>
  console.log(
    cells.map((cell) =>
      typeof cell === "number" ? cell.toLocaleString("en").padStart(12) : cell.padEnd(36)
    ).join(" "),
  );

const { ours, packages } = contents(bundle);
const whole = packages.reduce((sum, { size }) => sum + size, ours);

row("in every program, in bytes");
row("  our own code", ours);
for (const { name, version, size } of packages) row(`  ${name} ${version}`, size);

console.log(
  `\n${"".padEnd(36)} ${["program", "runtime", "download"].map((s) => s.padStart(12)).join(" ")}`,
);
const tarballs = [...Deno.readDirSync(`${directory}/release`)].map(({ name }) => name);
for (const name of tarballs.filter((name) => name.endsWith(".tar.xz")).toSorted()) {
  const system = /(?:linux|macos)-\w+/.exec(name)![0];
  const program = Deno.statSync(`${directory}/${system}`).size;
  row(`  ${system}`, program, program - whole, Deno.statSync(`${directory}/release/${name}`).size);
}
