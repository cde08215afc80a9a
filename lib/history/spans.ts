import type { Past } from "./open.ts";
import type { PastEvent } from "./past.ts";

/** A stretch in which one agent was held. */
export interface HeldSpan {
  readonly from: Date;
  readonly to: Date;
  readonly directory: string | null;
  /** It has ended. */
  readonly isOver: boolean;
}

/** The holds among some events; what began before them begins with `from`, what goes on ends with `to`. Pure. */
export function heldSpans(
  { events, stillHeld = [] }: Pick<Past, "events" | "stillHeld">,
  from: Date,
  to: Date,
): HeldSpan[] {
  const begun = new Map<string, PastEvent>();
  const spans: HeldSpan[] = [];
  for (const event of [...stillHeld, ...events]) {
    if (event.kind === "hold") begun.set(event.about, event);
    if (event.kind !== "release") continue;
    spans.push(spanOf(begun.get(event.about)?.at ?? from, event.at, event, true));
    begun.delete(event.about);
  }
  const open = [...begun.values()].map((hold) =>
    spanOf(hold.at < from ? from : hold.at, to, hold, false)
  );
  return [...spans, ...open];
}

function spanOf(from: Date, to: Date, { fields }: PastEvent, isOver: boolean): HeldSpan {
  const { directory } = fields;
  return { from, to, directory: typeof directory === "string" ? directory : null, isOver };
}
