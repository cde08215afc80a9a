/** An empty directory, absolute and without links, that goes with what is in it. */
export function temporaryDirectory(): { path: string } & AsyncDisposable {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "qs-test-" }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
