const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an ISO 8601 instant with a zone, with or without fractions of a second.
 *
 * @returns undefined for anything else, a number or a date without a zone included.
 */
export function parseTimestamp(value: unknown): Date | undefined {
  if (typeof value !== "string" || !ISO_INSTANT.test(value)) return undefined;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/**
 * Writes an instant in UTC with whole seconds, as in `2026-09-01T12:42:00Z`. A fraction is rounded
 * up, so that a time to wait for is never early.
 */
export function formatTimestamp(date: Date): string {
  return new Date(Math.ceil(date.getTime() / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
