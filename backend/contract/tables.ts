/**
 * Parses tables in the text of a part: one row per line, cells separated by ` | `.
 *
 * @module
 */

/** A cell of a row, and its position in the text of its part. */
export interface Cell {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** At the ends of a row an empty cell leaves a bar without the space on its outer side. */
const SEPARATOR = /(?:^| )?\|(?: |$)/g;

/** The rows of a part's text. */
export function tableRows(text: string): Cell[][] {
  let start = 0;
  return text.split('\n').map((line) => {
    const cells = cellsOf(line, start);
    start += line.length + 1;
    return cells;
  });
}

function cellsOf(line: string, offset: number): Cell[] {
  const cells: Cell[] = [];
  let from = 0;
  const add = (to: number) =>
    cells.push({ text: line.slice(from, to), start: offset + from, end: offset + to });
  for (const { index, 0: bar } of line.matchAll(SEPARATOR)) {
    add(index);
    from = index + bar.length;
  }
  add(line.length);
  return cells;
}

/** True if a row is a header: all cells are filled, different, and none is a number. */
export function isHeader(row: readonly Cell[]): boolean {
  const names = row.map(({ text }) => text);
  return names.length > 1 && new Set(names).size === names.length &&
    names.every((name) => name !== '' && !/^[-+]?[\d.,]+%?$/.test(name));
}
