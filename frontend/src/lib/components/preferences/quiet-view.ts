/**
 * Hours and time zones to choose from. Pure.
 *
 * @module
 */

/** `HH:00` for each hour of the day, as the language writes it. */
export function hourOptions(locale: string): [value: string, text: string][] {
  const format = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: 'UTC' });
  return Array.from({ length: 24 }, (_, hour) => [`${hour}`, format.format(hour * 3_600_000)]);
}

/** Time zones to choose from, those given among them. */
export function zoneOptions(...present: string[]): [value: string, text: string][] {
  const names = new Set([...present, 'UTC', ...Intl.supportedValuesOf('timeZone')]);
  return [...names].sort().map((name) => [name, name.replaceAll('_', ' ')]);
}

/** Quiet hours to begin with, when somebody turns them on. */
export const USUAL_HOURS = { quiet_from: 22, quiet_to: 7 } as const;

/** The moment until which work is held, for whoever reads it now. */
export function heldUntilText(epochSeconds: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone })
    .format(epochSeconds * 1_000);
}
