/** More beginnings than this are not tried: the text is then not an answer with lines around it. */
const MAX_ATTEMPTS = 64;

/**
 * The JSON arrays of rows in a text, in order: the whole text as a rule, else those that begin at a
 * line's start. Lines before, between and behind them are skipped (old versions and wrappers print
 * such). A row of its own, an object that names its provider, is an array of one.
 */
export function jsonArrays(text: string): unknown[][] {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  const whole = parseArray(trimmed);
  if (whole) return [whole];

  const arrays: unknown[][] = [];
  let position = 0;
  let isCutOff = false;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const start = nextLineWithArray(trimmed, position);
    if (start === -1) break;
    const end = endOfArray(trimmed, start);
    isCutOff ||= end === -1 && trimmed[start] === "[";
    // A row of an array that was cut off is not a row of its own.
    const isInside = isCutOff && trimmed[start] === "{";
    const array = end === -1 || isInside ? undefined : parseArray(trimmed.slice(start, end));
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
    if (Array.isArray(value)) return value;
    return typeof value === "object" && value !== null && "provider" in value ? [value] : undefined;
  } catch {
    return undefined;
  }
}

function nextLineWithArray(text: string, from: number): number {
  if (from === 0 && /^[[{]/.test(text)) return 0;
  const isBehind = from > 0 && /^[\]}][[{]/.test(text.slice(from - 1, from + 1));
  if (isBehind) return from;
  const newline = /\n[[{]/g;
  newline.lastIndex = from;
  const found = newline.exec(text);
  return found ? found.index + 1 : -1;
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
