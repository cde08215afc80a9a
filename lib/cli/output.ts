/** Writes to stdout. A reader that has gone (`| head`) is no error. */
export function print(text: string): void {
  write(Deno.stdout, text);
}

/** Writes one line to stderr, with our name in front. */
export function printError(message: string): void {
  write(Deno.stderr, `quota-sentry: ${message}\n`);
}

function write(stream: typeof Deno.stdout, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) {
      written += stream.writeSync(bytes.subarray(written));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
