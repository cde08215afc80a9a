import { assertEquals } from "@std/assert";
import { execCommand, resumeWords } from "../../../../lib/harness/codex/wall/exec_command.ts";

/** Words as they stand in a shell without quotes. */
const split = (text: string) => text.split(" ");

/** A command, and what goes on with session ID. */
const RESUMED: readonly (readonly [string, string])[] = [
  ["codex exec p", "codex exec resume ID go"],
  ["codex exec", "codex exec resume ID go"],
  ["codex exec -", "codex exec resume ID go"],
  ["codex e p", "codex e resume ID go"],
  ["/opt/x/bin/codex exec p", "/opt/x/bin/codex exec resume ID go"],
  ["./codex exec p", "./codex exec resume ID go"],
  ["npx codex exec p", "npx codex exec resume ID go"],
  ["npx -y @openai/codex exec p", "npx -y @openai/codex exec resume ID go"],
  [
    "npx -p @openai/codex@0.169.0 codex exec p",
    "npx -p @openai/codex@0.169.0 codex exec resume ID go",
  ],
  [
    "npx --yes -- @openai/codex@latest exec p",
    "npx --yes -- @openai/codex@latest exec resume ID go",
  ],
  ["bunx @openai/codex exec p", "bunx @openai/codex exec resume ID go"],
  ["codex exec -s read-only p", "codex exec -s read-only resume ID go"],
  ["codex exec p -s read-only", "codex exec -s read-only resume ID go"],
  ["codex -s read-only exec p", "codex -s read-only exec resume ID go"],
  ["codex -a never --search exec p", "codex -a never --search exec resume ID go"],
  [
    "codex -s read-only exec -s workspace-write p",
    "codex -s read-only exec -s workspace-write resume ID go",
  ],
  ["codex exec --sandbox=read-only p", "codex exec --sandbox=read-only resume ID go"],
  ["codex exec -sread-only -mx p", "codex exec -sread-only -mx resume ID go"],
  ["codex exec -s=read-only p", "codex exec -s=read-only resume ID go"],
  ["codex exec -c a=1 -c b=2 p", "codex exec -c a=1 -c b=2 resume ID go"],
  ["codex exec --json -o last.txt p", "codex exec --json -o last.txt resume ID go"],
  ["codex exec --output-schema s.json p", "codex exec --output-schema s.json resume ID go"],
  ["codex exec --color never p", "codex exec --color never resume ID go"],
  ["codex exec --skip-git-repo-check -C d p", "codex exec --skip-git-repo-check -C d resume ID go"],
  ["codex exec --add-dir a --add-dir b p", "codex exec --add-dir a --add-dir b resume ID go"],
  ["codex exec --full-auto p", "codex exec --full-auto resume ID go"],
  ["codex exec --yolo p", "codex exec --yolo resume ID go"],
  ["codex exec --json -- p", "codex exec --json resume ID go"],
  ["codex exec --json -- -p", "codex exec --json resume ID go"],
  ["codex exec --json -- resume", "codex exec --json resume ID go"],
  // Images belong to the prompt; the option takes all that follows.
  ["codex exec -i a.png b.png --json p", "codex exec --json resume ID go"],
  ["codex exec --json -i a.png resume x", "codex exec --json resume ID go"],
  ["codex exec --image=a.png p", "codex exec resume ID go"],
  ["codex exec -ia.png p", "codex exec resume ID go"],
  ["codex -i a.png -s read-only exec p", "codex -s read-only exec resume ID go"],
  ["codex exec -i a.png - -m x", "codex exec -m x resume ID go"],
  // What already goes on with a session.
  ["codex exec resume OTHER p", "codex exec resume ID go"],
  ["codex exec resume --last p", "codex exec resume ID go"],
  ["codex exec -s read-only resume --last --all", "codex exec -s read-only resume ID go"],
  ["codex exec --json resume --json OTHER p -m x", "codex exec --json resume --json -m x ID go"],
  ["codex exec resume -i a.png OTHER p", "codex exec resume ID go"],
  ["codex exec resume OTHER -", "codex exec resume ID go"],
  ["codex exec resume --json -- OTHER -p", "codex exec resume --json ID go"],
];

Deno.test("exec command: what goes on with it has the same options", () => {
  for (const [command, expected] of RESUMED) {
    const parsed = execCommand(split(command));
    const words = parsed.kind === "exec" ? resumeWords(parsed, "ID", "go") : parsed;
    assertEquals(words, split(expected), command);
  }
});

Deno.test("exec command: a message is no option", () => {
  const parsed = execCommand(["codex", "exec", "--json", "p"]);
  assertEquals(
    parsed.kind === "exec" && resumeWords(parsed, "ID", "- go on"),
    ["codex", "exec", "--json", "resume", "--", "ID", "- go on"],
  );
});

const UNSURE: readonly (readonly [string, RegExp])[] = [
  ["codex exec --new-option x p", /option --new-option is not known/],
  ["codex exec --new-option=x p", /option --new-option is not known/],
  ["codex exec -z p", /option -z is not known/],
  ["codex exec --jso p", /option --jso is not known/],
  ["codex exec --json=x p", /option --json is not known/],
  ["codex --json exec p", /option --json is not known/],
  ["codex exec --search p", /option --search is not known/],
  ["codex exec resume --color never ID p", /option --color is not known/],
  ["codex exec constructor --constructor", /option --constructor is not known/],
  ["codex exec -m", /which the value of -m is/],
  ["codex exec -m --json p", /which the value of -m is/],
  ["codex exec --ephemeral p", /--ephemeral/],
  ["codex exec resume --ephemeral ID p", /--ephemeral/],
  ["codex exec --worktree p", /--worktree/],
  ["codex --worktree exec p", /--worktree/],
  ["codex exec p q", /more than one prompt/],
  ["codex exec p resume ID", /more than one prompt/],
  ["codex exec -- resume ID", /more than one prompt/],
  ["codex exec fork ID p", /copies another session/],
  ["codex exec -m x review", /review/],
  ["timeout 5h codex exec p", /what timeout does/],
  ["env CODEX_HOME=/x codex exec p", /what env does/],
  ["npx --what codex exec p", /what npx does/],
];

Deno.test("exec command: what cannot be told is not guessed", () => {
  for (const [command, why] of UNSURE) {
    const parsed = execCommand(split(command));
    assertEquals(parsed.kind === "unsure" && why.test(parsed.why), true, command);
  }
});

const OTHER = [
  "",
  "make test",
  "codex",
  "codex p",
  "codex -m exec",
  "codex -m x p exec",
  "codex -- exec p",
  "codex -i a.png exec p",
  "codex resume ID",
  "codex review",
  "codex queue exec",
  "codex exec --help",
  "codex -V exec",
  "codex exec help",
  "npx cowsay codex",
  "@openai/codex",
  "mycodex exec p",
  "codex.sh exec p",
];

Deno.test("exec command: all else is none", () => {
  for (const command of OTHER) {
    assertEquals(execCommand(split(command)), { kind: "other" }, command);
  }
  assertEquals(execCommand([]), { kind: "other" });
});
