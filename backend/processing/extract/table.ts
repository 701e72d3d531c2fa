/**
 * Rows of a table as readable sections: a row a line, under the column names. A row that is longer
 * than a section is cut at its sentences or words, without omissions.
 *
 * @module
 */
import { cutSections, SECTION_CHARACTERS } from './sections.ts';
import { cleanText } from './text.ts';

/** Takes rows one by one and groups them; omits blank rows. */
export class TableSections {
  #header: string | null;
  #lines: string[] = [];
  #length = 0;
  /** A row longer than a section, in pieces. */
  #pieces: string[] = [];

  /** @param header of an earlier run's {@link header}, to continue behind one of its sections */
  constructor(header: string | null = null) {
    this.#header = header;
  }

  /** Names of the columns; null before the first row, '' if there are none. */
  get header(): string | null {
    return this.#header;
  }

  /**
   * Adds a row and yields the sections that are complete before it: none, the full section, or all
   * pieces of a row too long for one.
   */
  *push(row: readonly string[]): Generator<string> {
    const line = rowLine(row);
    if (!line) return;
    const isFull = this.#length + line.length > SECTION_CHARACTERS;
    if (this.#pieces.length > 0 || (this.#length > 0 && isFull)) yield* this.end();
    if (line.length > SECTION_CHARACTERS) {
      this.#header ??= '';
      this.#pieces = cutSections(line).map(({ text }) => text);
      return;
    }
    if (this.#header === null) this.#header = headerOf(row, line);
    else if (this.#length === 0 && this.#repeatsHeader()) this.#add(this.#header);
    this.#add(line);
  }

  /** Yields the remaining text: the last section, or the pieces of a long row. */
  *end(): Generator<string> {
    if (this.#length > 0) yield this.#lines.join('\n');
    yield* this.#pieces;
    this.#pieces = [];
    this.#lines = [];
    this.#length = 0;
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length + 1;
  }

  /** False if the header has a quarter of the section: it would be mostly repetition. */
  #repeatsHeader(): boolean {
    return Boolean(this.#header) && this.#header!.length < SECTION_CHARACTERS / 4;
  }
}

/** Cells on one line; empty ones at the end are left out, line breaks inside become spaces. */
export function rowLine(row: readonly string[]): string {
  const cells = row.map((cell) => cell.trim());
  while (cells.length && !cells.at(-1)) cells.pop();
  return cleanText(cells.join(' | ')).replace(/\s+/g, ' ').trim();
}

/** Null for a title above the table: the names of the columns may follow. */
function headerOf(row: readonly string[], line: string): string | null {
  if (row.filter((cell) => cell.trim()).length < 2) return null;
  return looksLikeHeader(row) ? line : '';
}

/** True if all names of columns are present and different, and none is a number. */
function looksLikeHeader(row: readonly string[]): boolean {
  const cells = row.map((cell) => cell.trim());
  return cells.length > 1 && new Set(cells).size === cells.length &&
    cells.every((cell) => cell !== '' && !/^[-+]?[\d.,]+%?$/.test(cell));
}
