/**
 * How the rows of a table stand in the text of a part: one a line, cells apart by ` | `.
 *
 * @module
 */

/** A cell of a row, and where it stands in the text of its part. */
export interface Cell {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Empty cells leave a bar with no space before or behind it at the ends of a row. */
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

/** Whether a row names the columns: all there, all different, and none is a number. */
export function isHeader(row: readonly Cell[]): boolean {
  const names = row.map(({ text }) => text);
  return names.length > 1 && new Set(names).size === names.length &&
    names.every((name) => name !== '' && !/^[-+]?[\d.,]+%?$/.test(name));
}
