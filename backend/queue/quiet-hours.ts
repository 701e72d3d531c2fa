/**
 * Hours in which no background work starts.
 *
 * @module
 */

/** Hours of the day, 0–23, in a time zone; without both there are none. */
export interface QuietHours {
  readonly from: number | null;
  readonly to: number | null;
  readonly timeZone: string;
}

/** Reports whether a moment is in the quiet hours, from `from` until before `to`. */
export function isQuiet({ from, to, timeZone }: QuietHours, at: Date): boolean {
  if (from === null || to === null || from === to) return false;
  const hour = hourIn(timeZone, at);
  return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}

const QUARTER_MS = 15 * 60_000;
const QUARTERS_A_DAY = 96;

/**
 * The end of the quiet hours in force; null outside of them. Hours of every time zone begin at a
 * quarter of an hour of UTC.
 */
export function quietUntil(hours: QuietHours, at: Date): Date | null {
  if (!isQuiet(hours, at)) return null;
  const next = (Math.floor(at.getTime() / QUARTER_MS) + 1) * QUARTER_MS;
  for (let quarter = 0; quarter <= QUARTERS_A_DAY; quarter++) {
    const moment = new Date(next + quarter * QUARTER_MS);
    if (!isQuiet(hours, moment)) return moment;
  }
  return null;
}

/** Local time in the time zone, such as `07:00`. */
export function clockIn(timeZone: string, at: Date): string {
  const form = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const;
  return new Intl.DateTimeFormat('en', form).format(at);
}

function hourIn(timeZone: string, at: Date): number {
  const format = new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone });
  return Number(format.format(at));
}
