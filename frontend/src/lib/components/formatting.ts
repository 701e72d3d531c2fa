/**
 * Formatting of numbers and times. `locale` is that of the messages; the default is the page's.
 *
 * @module
 */
/// <reference lib="dom" />

/** Adds the region preferred by the browser: `en` becomes `en-GB` for British English. */
export function regional(
  language: string,
  wanted: readonly string[] = globalThis.navigator?.languages ?? [],
): string {
  const base = language.split('-')[0];
  if (language !== base) return language;
  return wanted.find((locale) => locale.split('-')[0] === base) ?? language;
}

function localeOf(given: string | undefined): string | undefined {
  const language = given ?? globalThis.document?.documentElement.lang;
  return language ? regional(language) : undefined;
}

export { formatClock } from '#contract/clock.ts';

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

interface UnitFormat {
  locale?: string | undefined;
  digits?: number;
}

function withUnit(value: number, unit: string, { locale, digits = 0 }: UnitFormat): string {
  return new Intl.NumberFormat(localeOf(locale), {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}

/** `1.4 MB`; decimal units, as file managers show them. */
export function formatBytes(bytes: number, locale?: string): string {
  const power = bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3);
  const unit = Math.min(power, BYTE_UNITS.length - 1);
  const value = bytes / 1_000 ** unit;
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return withUnit(value, BYTE_UNITS[unit] ?? 'byte', { locale, digits });
}

/** Formats an estimate, coarse on purpose: `35 sec`, `4 min`, `1 hr 20 min`. */
export function formatDuration(seconds: number, locale?: string): string {
  if (seconds < 60) return withUnit(Math.max(1, Math.ceil(seconds)), 'second', { locale });
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return withUnit(minutes, 'minute', { locale });
  const hours = withUnit(Math.floor(minutes / 60), 'hour', { locale });
  return minutes % 60 === 0 ? hours : `${hours} ${withUnit(minutes % 60, 'minute', { locale })}`;
}

/** Whole percent, rounded down, so that 100 means complete. */
export function formatPercent(progress: number, locale?: string): string {
  const format = new Intl.NumberFormat(localeOf(locale), { style: 'percent' });
  return format.format(Math.floor(progress) / 100);
}

const AGO: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `22 Nov 2026, 05:20` */
export function formatMoment(epochSeconds: number, locale?: string): string {
  const format = new Intl.DateTimeFormat(localeOf(locale), {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return format.format(epochSeconds * 1_000);
}

/** `5 minutes ago`, `yesterday`; a date when it is longer ago than a week. */
export function formatAgo(epochSeconds: number, nowMs: number, locale?: string): string {
  const elapsed = Math.max(0, nowMs / 1_000 - epochSeconds);
  if (elapsed > 7 * 86_400) {
    const date = new Intl.DateTimeFormat(localeOf(locale), { dateStyle: 'medium' });
    return date.format(epochSeconds * 1_000);
  }
  const words = new Intl.RelativeTimeFormat(localeOf(locale), { numeric: 'auto' });
  for (const [unit, size] of AGO) {
    if (elapsed >= size) return words.format(-Math.floor(elapsed / size), unit);
  }
  return words.format(0, 'second');
}
