/**
 * Visible rows of a sheet: values in their number formats, merged cells in every row that they
 * span, formulas without a stored value.
 *
 * @module
 */
import { type CellObject, type Range, utils, type WorkSheet } from '@e965/xlsx';
import type { DateOptions } from './date-format.ts';
import { htmlToText } from './html.ts';
import { formatNumberAs, formatTextAs, plainNumber } from './number-format.ts';

export interface SheetOptions extends DateOptions {
  /** True if the file stores the displayed text (OpenDocument). @default false */
  readonly hasShownText?: boolean;
  /** Texts that replace those of the library, by row and column (`3,0`). */
  readonly texts?: ReadonlyMap<string, string>;
}

/** Maximum open merged cells, and maximum characters that they repeat in one sheet. */
const MAX_OPEN_MERGES = 1_000;
const MAX_REPEATED = 1_000_000;

/** Errors by their codes (MS-XLSB 2.5.97.2). */
const ERRORS: Readonly<Record<number, string>> = {
  0: '#NULL!',
  7: '#DIV/0!',
  15: '#VALUE!',
  23: '#REF!',
  29: '#NAME?',
  36: '#NUM!',
  42: '#N/A',
  43: '#GETTING_DATA',
};

export class SheetRows {
  readonly #sheet: WorkSheet | undefined;
  readonly #options: SheetOptions;
  readonly #merges = new Map<number, Range[]>();
  #open: { readonly column: number; readonly last: number; readonly text: string }[] = [];
  #repeated = 0;
  /** Formulas without a stored value so far. */
  withoutValue = 0;
  /** Comments so far, each with its cell. */
  readonly comments: string[] = [];

  constructor(sheet: WorkSheet | undefined, options: SheetOptions) {
    this.#sheet = sheet;
    this.#options = options;
    for (const merge of sheet?.['!merges'] ?? []) {
      if (merge.s.r === merge.e.r) continue;
      const others = this.#merges.get(merge.s.r) ?? [];
      others.push(merge);
      this.#merges.set(merge.s.r, others);
    }
  }

  /** Only rows and cells that exist: a sheet may claim to be a million rows high. */
  *[Symbol.iterator](): Generator<string[]> {
    const rows = (this.#sheet?.['!data'] ?? []) as (CellObject[] | undefined)[];
    for (const key in rows) {
      const row = Number(key);
      const cells = rows[key] ?? [];
      const texts = Array.from(cells, (cell, column) => cell ? this.#text(cell, row, column) : '');
      this.#fill(row, texts);
      yield texts;
    }
  }

  #text(cell: CellObject, row: number, column: number): string {
    for (const { a: author, t: text } of cell.c ?? []) {
      const words = text.replace(/^\[Threaded comment\][^]*?\n(?:Comment|Kommentar):\s*/, '')
        .trim();
      const by = author && !words.startsWith(`${author}:`) ? ` (${author})` : '';
      const place = utils.encode_cell({ r: row, c: column });
      if (words) this.comments.push(`Comment on ${place}${by}: ${words.replace(/\s+/g, ' ')}`);
    }
    if (cell.t === 'z') {
      if (!cell.f) return '';
      this.withoutValue++;
      return `=${cell.f}`;
    }
    return this.#options.texts?.get(`${row},${column}`) ?? cellText(cell, this.#options);
  }

  /** A row without cells of its own repeats none: it is the inside of a large cell. */
  #fill(row: number, texts: string[]): void {
    this.#open = this.#open.filter(({ last }) => last >= row);
    const isFilled = texts.some((text) => text !== '');
    for (const { column, text } of isFilled ? this.#open : []) {
      if (texts[column] || this.#repeated > MAX_REPEATED) continue;
      while (texts.length < column) texts.push('');
      texts[column] = text;
      this.#repeated += text.length;
    }
    for (const { s, e } of this.#merges.get(row) ?? []) {
      const text = texts[s.c];
      if (!text || this.#open.length >= MAX_OPEN_MERGES) continue;
      this.#open.push({ column: s.c, last: e.r, text });
    }
  }
}

function cellText(cell: CellObject, options: SheetOptions): string {
  const { t: type, v: value, w: shown, z: format } = cell;
  if (options.hasShownText && shown !== undefined) {
    const isShortened = type === 'n' && format === undefined && /\dE\+\d+$/.test(shown);
    return isShortened ? plainNumber(Number(value)) : shown;
  }
  const formatted = String(format ?? 'General');
  if (type === 'n' && typeof value === 'number') return formatNumberAs(value, formatted, options);
  if (type === 'b') return value ? 'TRUE' : 'FALSE';
  if (type === 'e') return ERRORS[Number(value)] ?? shown ?? '#ERROR!';
  const rich = cell.h && /<su[bp]>/.test(cell.h) ? htmlToText(cell.h).text : null;
  return formatTextAs(rich ?? String(value ?? shown ?? ''), formatted);
}
