/**
 * Hours in which no background work is begun.
 *
 * @module
 */

/** Hours of the day, 0–23, in a time zone; without both there are none. */
export interface QuietHours {
  readonly from: number | null;
  readonly to: number | null;
  readonly timeZone: string;
}

/** Whether a moment lies in the quiet hours, which begin at `from` and end before `to`. */
export function isQuiet({ from, to, timeZone }: QuietHours, at: Date): boolean {
  if (from === null || to === null || from === to) return false;
  const hour = hourIn(timeZone, at);
  return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}

function hourIn(timeZone: string, at: Date): number {
  const format = new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone });
  return Number(format.format(at));
}
