import type { HistoryDatabase } from "./database.ts";
import { type FOLD_STAGES, foldedAway } from "./fold.ts";

/** So many readings are folded at once: some 10 ms. */
const FOLD_AT_ONCE = 500;

/** Folds what has come of age; false where there is more to do. */
export function foldStage(
  db: HistoryDatabase,
  { name, afterMs, stepMs }: typeof FOLD_STAGES[number],
  now: Date,
): boolean {
  const note = `folded ${name}`;
  const from = Number(db.note(note) ?? 0);
  const end = Math.floor((now.getTime() - afterMs) / stepMs) * stepMs;
  if (end <= from) return true;
  const readings = db.readingsBetween(new Date(from), new Date(end), FOLD_AT_ONCE);
  const isAll = readings.length < FOLD_AT_ONCE;
  const lastStep = Math.floor((readings.at(-1)?.at.getTime() ?? 0) / stepMs) * stepMs;
  // A step with more readings than that is folded by itself, the rest of it later.
  const to = isAll ? end : Math.max(lastStep, from + stepMs);
  const taken = readings.filter(({ at }) => at.getTime() < to);
  db.inTransaction(() => {
    db.removeReadings(foldedAway(taken, stepMs));
    db.setNote(note, String(to));
  });
  return isAll;
}
