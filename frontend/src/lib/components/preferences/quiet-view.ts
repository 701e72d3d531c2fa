/**
 * Choices of hours and time zones, and their texts. Pure.
 *
 * @module
 */

/** Returns each full hour of the day, formatted for the locale. */
export function hourOptions(locale: string): [value: string, text: string][] {
  const format = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: 'UTC' });
  return Array.from({ length: 24 }, (_, hour) => [`${hour}`, format.format(hour * 3_600_000)]);
}

/** Returns the time zones to choose from, including those given. */
export function zoneOptions(...present: string[]): [value: string, text: string][] {
  const names = new Set([...present, 'UTC', ...Intl.supportedValuesOf('timeZone')]);
  return [...names].sort().map((name) => [name, name.replaceAll('_', ' ')]);
}

/** Default quiet hours when they are turned on. */
export const USUAL_HOURS = { quiet_from: 22, quiet_to: 7 } as const;

/** Formats the time until which work is deferred. */
export function heldUntilText(epochSeconds: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone })
    .format(epochSeconds * 1_000);
}
