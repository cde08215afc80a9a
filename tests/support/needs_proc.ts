/**
 * Spread into the definition of a test that looks at processes through `/proc`: what runs, what it has
 * open, and whose it is. Elsewhere than on Linux, on macOS in CI, it is left out.
 */
export const NEEDS_PROC: { readonly ignore: boolean } = { ignore: Deno.build.os !== "linux" };
