/**
 * Numbers for people, in the language of the page.
 *
 * @module
 */

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

function withUnit(value: number, unit: string, digits = 0): string {
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}

/** `1.4 MB`; decimal units, as file managers show them. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3);
  const unit = Math.min(power, BYTE_UNITS.length - 1);
  const value = bytes / 1_000 ** unit;
  return withUnit(value, BYTE_UNITS[unit] ?? 'byte', unit > 0 && value < 10 ? 1 : 0);
}

/** `35 sec`, `4 min`, `1 hr 20 min`: coarse on purpose, as it is an estimate. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return withUnit(Math.max(1, Math.ceil(seconds)), 'second');
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return withUnit(minutes, 'minute');
  const hours = withUnit(Math.floor(minutes / 60), 'hour');
  return minutes % 60 === 0 ? hours : `${hours} ${withUnit(minutes % 60, 'minute')}`;
}

/** `1:02:03` or `2:03`: a position in a recording. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3_600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** Whole percent, rounded down: 100 is shown only when it is true. */
export function formatPercent(progress: number): string {
  return `${Math.floor(progress)}%`;
}

const AGO: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `5 minutes ago`, `yesterday`; a date when it is longer ago than a week. */
export function formatAgo(epochSeconds: number, nowMs: number): string {
  const elapsed = Math.max(0, nowMs / 1_000 - epochSeconds);
  if (elapsed > 7 * 86_400) {
    return new Date(epochSeconds * 1_000).toLocaleDateString(undefined, { dateStyle: 'medium' });
  }
  const words = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  for (const [unit, size] of AGO) {
    if (elapsed >= size) return words.format(-Math.floor(elapsed / size), unit);
  }
  return words.format(0, 'second');
}
