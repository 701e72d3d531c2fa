/**
 * Rows of a table as readable sections: a row a line, never cut in two, under the column names.
 *
 * @module
 */
import { SECTION_CHARACTERS } from './sections.ts';
import { cleanText } from './text.ts';

/** A single row longer than this is cut off, or it would be a section out of all proportion. */
const MAX_ROW = 20_000;

export interface TableSection {
  readonly text: string;
  /** Rows up to the end of this section, the header included. */
  readonly rows: number;
}

/** Takes rows one by one and groups them; blank rows are counted but left out. */
export class TableSections {
  #header: string | null = null;
  #lines: string[] = [];
  #length = 0;
  #rows = 0;

  *push(row: readonly string[]): Generator<TableSection> {
    const line = rowLine(row);
    if (line && this.#header === null) this.#header = looksLikeHeader(row) ? line : '';
    if (line && this.#length > 0 && this.#length + line.length > SECTION_CHARACTERS) {
      yield* this.end();
      if (this.#repeatsHeader()) this.#add(this.#header!);
    }
    this.#rows++;
    if (line) this.#add(line);
  }

  /** The last section, if anything is left. */
  *end(): Generator<TableSection> {
    if (this.#length > 0) yield { text: this.#lines.join('\n'), rows: this.#rows };
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
  const cells = row.map((cell) => cleanText(cell).replace(/\s+/g, ' ').trim());
  while (cells.length && !cells.at(-1)) cells.pop();
  return cells.join(' | ').slice(0, MAX_ROW);
}

/** Names of columns are all there, all different, and none is a number. */
function looksLikeHeader(row: readonly string[]): boolean {
  const cells = row.map((cell) => cell.trim());
  return cells.length > 1 && new Set(cells).size === cells.length &&
    cells.every((cell) => cell !== '' && !/^[-+]?[\d.,]+%?$/.test(cell));
}
