import { assertEquals, assertThrows } from "@std/assert";
import { statementsIn, TomlError } from "../../../../lib/harness/codex/hooks/toml.ts";
import {
  checkTakesTrust,
  ConfigError,
  trustIn,
  withTrust,
} from "../../../../lib/harness/codex/hooks/trust_records.ts";

const OURS = ["/h/hooks.json:stop:0:0", '/h/it\'s "a" \\ \u007fb/hooks.json:stop:1:0'].map((
  key,
) => ({
  key,
  hash: `sha256:${key.length}`,
  enabled: true,
}));
const KEYS = OURS.map(({ key }) => key);
const OTHER = '[hooks.state."/o/hooks.json:stop:0:0"]\ntrusted_hash = "sha256:00"\n';

/** Configurations of users, each written in a way of its own. */
const CONFIGS: Record<string, string | undefined> = {
  "no file": undefined,
  "nothing in it": "",
  "a byte order mark alone": "\uFEFF",
  "a byte order mark": '\uFEFF# mine\nmodel = "m"\n',
  "CRLF": 'model = "m"\r\n\r\n[tui]\r\ntheme = "x"\r\n',
  "mixed line ends": 'model = "m"\r\n[tui]\ntheme = "x"\n',
  "no end of the last line": 'model = "m"\r\n[tui]\r\ntheme = "x"',
  "blank lines at its end": 'model = "m"\n\n\n',
  "a comment at its end": "# --- here hooks are trusted ---\n[hooks.state]\n# nothing yet",
  "others' records": `model = "m"\n\n[hooks.state]\n\n${OTHER}`,
  "others' dotted keys": 'hooks.state."/o:stop:0:0".trusted_hash = "sha256:33"\nx.y = 1\n',
  "brackets in arrays and strings":
    'a = [\n  [1, 2], # ]\n  \'[x]\',\n]\nb = """\n[hooks.state."k"]\n\\""""""\nc = \'\'\'\n[d]\n\'\'\'\n',
};

for (const [name, text] of Object.entries(CONFIGS)) {
  Deno.test(`trust records: a configuration with ${name} comes back byte for byte`, () => {
    const added = withTrust(text, { trust: OURS, forget: [] })!;
    assertEquals(added.startsWith(text ?? ""), true, "only added to");
    assertEquals(OURS.map(({ key }) => trustIn(added).get(key)), OURS.map(({ hash }) => hash));
    assertEquals(withTrust(added, { trust: OURS, forget: [] }), added, "twice is once");
    assertEquals(withTrust(added, { trust: [], forget: KEYS }), text);
    assertEquals(withTrust(text, { trust: [], forget: KEYS }), text);
    // Also if they go one after the other.
    const half = withTrust(added, { trust: [], forget: [KEYS[1]!] });
    assertEquals(withTrust(half, { trust: [], forget: [KEYS[0]!] }), text);
  });

  Deno.test(`trust records: what is written behind them stays, with ${name}`, () => {
    const behind = `# later\n[later]\nx = 1 # mine\n`;
    const changed = withTrust(text, { trust: OURS, forget: [] }) + behind;
    const left = withTrust(changed, { trust: [], forget: KEYS })!;
    assertEquals([left.endsWith(behind), left.startsWith((text ?? "").trimEnd())], [true, true]);
    assertEquals(
      statementsIn(left).map(({ path }) => path.join()),
      [...statementsIn(text ?? "").map(({ path }) => path.join()), "later", "later,x"],
    );
  });
}

Deno.test("trust records: a changed hash takes the place of the one before", () => {
  const [first] = OURS;
  const added = withTrust('model = "m"\n', { trust: OURS, forget: [] });
  const again = withTrust(added, { trust: [{ ...first!, hash: "sha256:new" }], forget: [] })!;
  assertEquals([...trustIn(again).values()].sort(), [OURS[1]!.hash, "sha256:new"].sort());
  assertEquals(withTrust(again, { trust: [], forget: KEYS }), 'model = "m"\n');
});

Deno.test("trust records: those that Codex wrote go with the heading it put before them", () => {
  const codexs = (key: string) =>
    `[hooks.state."${key}"]\ntrusted_hash = "sha256:1"\nenabled = true\n`;
  const before = 'model = "m"\n';
  const text = `${before}\n[hooks.state]\n\n${codexs("a")}\n${codexs("b")}`;
  assertEquals(withTrust(text, { trust: [], forget: ["a", "b"] }), before);
  assertEquals(
    withTrust(text, { trust: [], forget: ["b"] }),
    `${before}\n[hooks.state]\n\n${codexs("a")}`,
  );
  assertEquals(withTrust(codexs("a"), { trust: [], forget: ["a"] }), undefined);
});

Deno.test("trust records: in whatever form they stand, they are found and taken away", () => {
  const text = `hooks.state."a".enabled = true # mine
[hooks.state]
'b' = { trusted_hash = "sha256:2" }
"c".trusted_hash = "sha256:3"
d = 1
`;
  assertEquals(
    withTrust(text, { trust: [], forget: ["a", "b", "c"] }),
    "[hooks.state]\nd = 1\n",
  );
});

for (
  const text of ["hooks = {}", "[hooks]\nstate = { }", "hooks.state = {}\n", '"hooks" = {a=1}']
) {
  Deno.test(`trust records: ${JSON.stringify(text)} takes none`, () => {
    assertThrows(() => checkTakesTrust(text), ConfigError, "is written in one line");
  });
}

for (const text of ["hooks", "[a", "[a] b = 1", 'a = "b', "a = '''\n", "= 1", "a = 1 b = 2]]"]) {
  Deno.test(`trust records: ${JSON.stringify(text)} is left alone`, () => {
    assertThrows(() => withTrust(text, { trust: OURS, forget: [] }), TomlError, "line ");
  });
}

Deno.test("trust records: a line that somebody has put into one is not cut out with it", () => {
  const trusted = withTrust('model = "m"\n', { trust: OURS, forget: [] })!;
  const appended = `${trusted}model_reasoning_effort = "high"\n`;
  assertThrows(
    () => withTrust(appended, { trust: [], forget: KEYS }),
    ConfigError,
    '"model_reasoning_effort" stands in a table of ours',
  );
});
