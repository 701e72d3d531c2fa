/**
 * The delimiter of a table: the one with which most rows have the same number of cells. A title
 * above the table, or decimal commas in it, are rows that differ.
 *
 * @module
 */
import { CsvRecords, UnclosedQuoteError } from './csv-records.ts';

const DELIMITERS = [',', ';', '\t', '|'];
/** Maximum rows for the comparison. */
const MOST_ROWS = 200;

export interface Delimiter {
  readonly delimiter: string;
  /** Characters before the table: a line for Excel that names the delimiter. */
  readonly read: number;
}

/** @param preferred wins if it divides any row at all */
export function findDelimiter(head: string, preferred: string | null = null): Delimiter {
  const named = /^sep=([^\r\n])(?:\r\n|\r|\n)/i.exec(head);
  if (named) return { delimiter: named[1]!, read: named[0].length };
  if (preferred && fitOf(head, preferred) > 0) return { delimiter: preferred, read: 0 };
  const fits = DELIMITERS.map((delimiter) => ({ delimiter, fit: fitOf(head, delimiter) }));
  const comma = fits.find(({ delimiter }) => delimiter === ',')!;
  const other = fits.filter((one) => one !== comma).reduce(better);
  const isDecimal = other.fit >= LEAST_FIT && decimalShare(head) >= DECIMAL_SHARE;
  const { delimiter } = isDecimal ? other : better(comma, other);
  return { delimiter, read: 0 };
}

interface Fit {
  readonly delimiter: string;
  readonly fit: number;
}

const better = (one: Fit, other: Fit) => other.fit > one.fit ? other : one;

/** Minimum fit: two columns in seven rows of ten. */
const LEAST_FIT = 0.49;
/** Share of commas between digits from which they belong to numbers. */
const DECIMAL_SHARE = 0.8;

function decimalShare(head: string): number {
  const commas = head.split(',').length - 1;
  return commas === 0 ? 0 : (head.match(/\d,(?=\d)/g)?.length ?? 0) / commas;
}

/** Share of the rows that have the most usual number of cells above one, times that number. */
function fitOf(head: string, delimiter: string): number {
  const widths = widthsOf(head, delimiter);
  const counts = new Map<number, number>();
  for (const width of widths) if (width > 1) counts.set(width, (counts.get(width) ?? 0) + 1);
  const fits = Array.from(
    counts,
    ([width, rows]) => (rows / widths.length) ** 2 * Math.log2(width),
  );
  return Math.max(0, ...fits);
}

function widthsOf(head: string, delimiter: string): number[] {
  const records = new CsvRecords(delimiter);
  const widths: number[] = [];
  try {
    for (const { fields } of records.push(head)) {
      if (fields.some((field) => field.trim())) widths.push(fields.length);
      if (widths.length >= MOST_ROWS) return widths;
    }
    for (const { fields } of records.end()) widths.push(fields.length);
  } catch (error) {
    // The head may end within a cell in quotation marks.
    if (!(error instanceof UnclosedQuoteError)) throw error;
  }
  return widths;
}
