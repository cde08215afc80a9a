import type { Stdin } from "../../lib/guard/input.ts";

/** Standard input that holds these pieces, each read by itself, and then ends. */
export function stdinOf(...pieces: string[]): Stdin {
  const left = pieces.map((piece) => new TextEncoder().encode(piece));
  return {
    isTerminal: () => false,
    read(buffer) {
      const piece = left.shift();
      if (piece) buffer.set(piece);
      return Promise.resolve(piece?.length ?? null);
    },
  };
}
