/**
 * Rows of a table as readable sections: a row a line, never cut in two, under the column names.
 *
 * @module
 */
import { SECTION_CHARACTERS } from './sections.ts';
import { cleanText } from './text.ts';

/** A single row longer than this is cut off, or it would be a section out of all proportion. */
const MAX_ROW = 20_000;

/** Takes rows one by one and groups them; blank rows are left out. */
export class TableSections {
  #header: string | null;
  #lines: string[] = [];
  #length = 0;

  /** @param header of an earlier run's {@link header}, to go on behind one of its sections */
  constructor(header: string | null = null) {
    this.#header = header;
  }

  /** Names of the columns; null before the first row, '' where there are none. */
  get header(): string | null {
    return this.#header;
  }

  /** Adds a row and yields the section before it when that is full. */
  *push(row: readonly string[]): Generator<string> {
    const line = rowLine(row);
    if (!line) return;
    if (this.#length > 0 && this.#length + line.length > SECTION_CHARACTERS) yield* this.end();
    if (this.#header === null) this.#header = looksLikeHeader(row) ? line : '';
    else if (this.#length === 0 && this.#repeatsHeader()) this.#add(this.#header);
    this.#add(line);
  }

  /** The last section, if anything is left. */
  *end(): Generator<string> {
    if (this.#length > 0) yield this.#lines.join('\n');
    this.#lines = [];
    this.#length = 0;
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length + 1;
  }

  /** A header of a quarter of the section would be mostly repetition. */
  #repeatsHeader(): boolean {
    return Boolean(this.#header) && this.#header!.length < SECTION_CHARACTERS / 4;
  }
}

/** Cells on one line; empty ones at the end are left out, line breaks inside become spaces. */
export function rowLine(row: readonly string[]): string {
  const cells = row.map((cell) => cell.trim());
  while (cells.length && !cells.at(-1)) cells.pop();
  return cleanText(cells.join(' | ')).replace(/\s+/g, ' ').trim().slice(0, MAX_ROW);
}

/** Names of columns are all there, all different, and none is a number. */
function looksLikeHeader(row: readonly string[]): boolean {
  const cells = row.map((cell) => cell.trim());
  return cells.length > 1 && new Set(cells).size === cells.length &&
    cells.every((cell) => cell !== '' && !/^[-+]?[\d.,]+%?$/.test(cell));
}
