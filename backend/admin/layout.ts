/**
 * Tables and ages as text for people.
 *
 * @module
 */

export type Cell = string | number | null | undefined;

const WIDEST = 60;

/** Columns side by side under their names; numbers are aligned to the right. */
export function layTable(names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => names.map((_, at) => printable(row[at])));
  const widths = names.map((name, at) =>
    Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0))
  );
  const isNumber = names.map((_, at) =>
    rows.length > 0 && rows.every((row) => typeof row[at] === 'number' || row[at] == null)
  );
  const line = (row: readonly string[]) =>
    row.map((cell, at) =>
      isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
    ).join('  ').trimEnd();
  return [names, ...cells].map(line).join('\n');
}

/** Names and values below each other; omits null. */
export function layFields(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(0, ...given.map(([name]) => name.length));
  return given.map(([name, value]) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : `${value}`;
    return `  ${name.padEnd(width)}  ${oneLine(text)}`;
  }).join('\n');
}

/** `90` as `1 min`. */
export function age(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return seconds < 129_600
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} d`;
}

function printable(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  const text = oneLine(`${cell}`);
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

/** Names come from users: control characters must not reach the terminal. */
function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ');
}
