/**
 * Renders values as Markdown. Names and texts are user input: nothing in them may act as markup.
 *
 * @module
 */

/** Escapes a text, on one line. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/[\\`*_{}[\]<>#|~!&]/g, '\\$&');
}

/**
 * Renders a table; cells are Markdown already. Columns whose name ends in `:` are right-aligned.
 */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((column) => column.replace(/:$/, ''));
  const rule = columns.map((column) => column.endsWith(':') ? '---:' : '---');
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Joins paragraphs, headings and tables with empty lines. */
export function page(...blocks: readonly (string | null)[]): string {
  return `${blocks.filter((block) => block !== null && block !== '').join('\n\n')}\n`;
}

export function bytes(count: number, locale = 'en'): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let at = 0;
  for (; value >= 1000 && at < units.length - 1; at++) value /= 1000;
  const digits = at === 0 || value >= 100 ? 0 : 1;
  const shown = value.toLocaleString(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${shown} ${units[at]}`;
}

/** `1:02:03`, as media players show it. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [whole / 3600, whole / 60 % 60, whole % 60].map(Math.floor);
  const two = (value: number | undefined) => `${value ?? 0}`.padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export const number = (value: number, locale = 'en'): string => value.toLocaleString(locale);
