/**
 * Tables as text, streamed. Rows stay whole, one a line, and every section begins with the names
 * of the columns. A checkpoint is the byte behind the last row of its section.
 *
 * @module
 */
import { ProcessingError, type Processor } from '../processor.ts';
import { type CsvRecord, CsvRecords, UnclosedQuoteError } from './csv-records.ts';
import { emptyText } from './failures.ts';
import { sizeOf } from './files.ts';
import { TableSections } from './table.ts';
import { encodedLength, type Encoding } from './text.ts';
import { findEncoding, readText } from './text-stream.ts';
import { turnTaker } from './walk.ts';

interface Position {
  readonly encoding: Encoding;
  readonly delimiter: string;
  /** Byte to go on from. */
  readonly start: number;
  readonly index: number;
  /** Rows before it. */
  readonly rows: number;
  /** Names of the columns as a line; null before the first row, '' where there are none. */
  readonly header: string | null;
}

export const csvProcessor: Processor = {
  id: 'csv',
  version: 1,
  step: 'extract',
  mediaTypes: ['text/csv', 'text/tab-separated-values'],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const total = await sizeOf(path);
    yield { type: 'size', total, unit: 'byte' };
    const from = checkpoint as Position | null ?? await findStart(path, signal);
    const turn = turnTaker();
    let index = from.index;
    for await (const { text, ...place } of readSections(path, from, signal)) {
      await turn();
      signal.throwIfAborted();
      const part = { index, kind: 'section', label: null, text, start: null, end: null } as const;
      yield {
        type: 'parts',
        parts: [part],
        checkpoint: { ...from, ...place, index: ++index },
        fraction: Math.min(1, place.start / total),
        message: `${place.rows} rows read`,
      };
    }
    if (index === 0) throw emptyText('table');
  },
};

async function findStart(path: string, signal: AbortSignal): Promise<Position> {
  const { encoding, start } = await findEncoding(path, signal);
  const delimiter = await findDelimiter(path, encoding, start, signal);
  return { encoding, delimiter, start, index: 0, rows: 0, header: null };
}

/** The separator that is most frequent in the first line that is not blank. */
async function findDelimiter(
  path: string,
  encoding: Encoding,
  start: number,
  signal: AbortSignal,
): Promise<string> {
  for await (const text of readText(path, encoding, start, signal)) {
    const line = text.replace(/"[^"]*"/g, '').split(/[\r\n]/).find((line) => line.trim()) ?? '';
    const counts = [',', ';', '\t', '|'].map((mark) => [mark, line.split(mark).length] as const);
    return counts.reduce((best, next) => next[1] > best[1] ? next : best)[0];
  }
  return ',';
}

/** Sections with the place behind each; a section is known to be complete one row later. */
async function* readSections(
  path: string,
  from: Position,
  signal: AbortSignal,
): AsyncGenerator<{ text: string } & Pick<Position, 'start' | 'rows' | 'header'>> {
  const records = new CsvRecords(from.delimiter);
  const table = new TableSections(from.header);
  let { start, rows } = from;
  function* take(found: Iterable<CsvRecord>) {
    for (const { fields, source } of found) {
      for (const text of table.push(fields)) yield { text, start, rows, header: table.header };
      start += encodedLength(source, from.encoding);
      rows++;
    }
  }
  try {
    for await (const text of readText(path, from.encoding, from.start, signal)) {
      yield* take(records.push(text));
    }
    yield* take(records.end());
  } catch (error) {
    throw error instanceof UnclosedQuoteError ? brokenTable(rows + 1, error) : error;
  }
  for (const text of table.end()) yield { text, start, rows, header: table.header };
}

function brokenTable(row: number, cause: Error): ProcessingError {
  const message = `This table cannot be read beyond row ${row}: a quotation mark there is never ` +
    'closed, put it right and upload the file again';
  return new ProcessingError('broken_file', message, { cause });
}
