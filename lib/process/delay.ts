/** Waits, or returns early when one of the signals fires. */
export function delay(ms: number, ...signals: (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal?.aborted)) return resolve();
    const id = setTimeout(done, ms);
    for (const signal of signals) signal?.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(id);
      for (const signal of signals) signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}
