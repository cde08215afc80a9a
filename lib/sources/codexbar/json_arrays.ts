/** More beginnings than this are not tried: the text is then not an answer with lines around it. */
const MAX_ATTEMPTS = 64;

/**
 * The JSON arrays in a text, in order: the whole text as a rule, else those that begin at a line's
 * start. Lines before, between and behind them are skipped (old versions and wrappers print such).
 */
export function jsonArrays(text: string): unknown[][] {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  const whole = parseArray(trimmed);
  if (whole) return [whole];

  const arrays: unknown[][] = [];
  let position = 0;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const start = nextLineWithArray(trimmed, position);
    if (start === -1) break;
    const end = endOfArray(trimmed, start);
    const array = end === -1 ? undefined : parseArray(trimmed.slice(start, end));
    if (array) {
      arrays.push(array);
      position = end;
    } else {
      position = start + 1;
    }
  }
  return arrays;
}

function parseArray(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function nextLineWithArray(text: string, from: number): number {
  if (from === 0 && text.startsWith("[")) return 0;
  const behindArray = from > 0 && text[from] === "[" && text[from - 1] === "]";
  if (behindArray) return from;
  const newline = text.indexOf("\n[", from);
  return newline === -1 ? -1 : newline + 1;
}

/** The index behind the bracket that closes the array at `start`; -1 when none does. */
function endOfArray(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index++;
      else if (character === '"') inString = false;
    } else if (character === '"') {
      inString = true;
    } else if (character === "[" || character === "{") {
      depth++;
    } else if (character === "]" || character === "}") {
      depth--;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}
