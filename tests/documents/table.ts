/** A table as `deno fmt` writes it; the first row is its head. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = escaped[0]!.map((_, column) =>
    Math.max(...escaped.map((row) => row[column]!.length))
  );
  const [head, ...rest] = escaped;
  return [head!, widths.map((width) => "-".repeat(width)), ...rest]
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)))
    .map((row) => `| ${row.join(" | ")} |\n`).join("");
}

/**
 * Has a document say a table that the code knows.
 *
 * @param head The first cell of its head, by which it is found.
 * @returns What stands there, for comparison; with `UPDATE_SETTINGS` in the environment it is renewed.
 */
export function standingTable(document: URL, head: string, table: string): string {
  const text = Deno.readTextFileSync(document);
  const [standing = ""] = new RegExp(`(^\\| ${head} .*\\n)(^\\|.*\\n)+`, "m").exec(text) ?? [];
  if (!Deno.env.get("UPDATE_SETTINGS")) return standing;
  Deno.writeTextFileSync(document, text.replace(standing, () => table));
  return table;
}
