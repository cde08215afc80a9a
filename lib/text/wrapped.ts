/**
 * Breaks text into lines of at most `width` characters, between words; a word that is longer has a line
 * of its own. No text is one empty line. Pure.
 */
export function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ").filter((each) => each !== "")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
