import { localTime } from "./local_time.ts";

/**
 * The name of the local time, such as `CET` or `GMT+2`, where it is not obvious: a machine on UTC is
 * seldom where its user is, and another day may have another offset. Else undefined.
 */
function zoneWorthSaying(date: Date, now: Date): string | undefined {
  const offset = date.getTimezoneOffset();
  if (offset !== 0 && offset === now.getTimezoneOffset()) return undefined;
  return new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date)
    .find(({ type }) => type === "timeZoneName")?.value;
}

/** An instant as people say it, where they are, with the zone where that is not obvious. */
export function localTimeAndZone(date: Date, now: Date): string {
  const zone = zoneWorthSaying(date, now);
  return zone === undefined ? localTime(date, now) : `${localTime(date, now)} ${zone}`;
}
