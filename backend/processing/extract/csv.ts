/**
 * Tables as text, streamed. Rows stay whole, one a line, and every section begins with the names
 * of the columns. A checkpoint is the character behind the last row of its section.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { ProcessingError, type Processor } from '../processor.ts';
import { findDelimiter } from './csv-delimiter.ts';
import { type CsvRecord, CsvRecords, UnclosedQuoteError } from './csv-records.ts';
import { emptyText } from './failures.ts';
import { sizeOf } from './files.ts';
import { TableSections } from './table.ts';
import { type DecodedText, findBeginning, readText, type TextPlace } from './text-stream.ts';
import { turnTaker } from './walk.ts';

const TAB_SEPARATED = 'text/tab-separated-values';
/** Size of the beginning in which the delimiter is detected. */
const DELIMITER_CHARACTERS = 64 * 1024;

interface Position extends TextPlace {
  readonly delimiter: string;
  readonly index: number;
  /** Rows before it. */
  readonly rows: number;
  /** Names of the columns as a line; null before they are detected, '' if there are none. */
  readonly header: string | null;
}

export const csvProcessor: Processor = {
  id: 'csv',
  version: 2,
  step: 'extract',
  mediaTypes: ['text/csv', TAB_SEPARATED],
  async *process({ path, mediaType, checkpoint }, signal) {
    signal.throwIfAborted();
    const total = await sizeOf(path);
    yield { type: 'size', total, unit: 'byte' };
    const from = checkpoint as Position | null ?? await findStart(path, mediaType, signal);
    const turn = turnTaker();
    let { index } = from;
    let fraction = 0;
    for await (const { texts, fractionAt, ...place } of readSections(path, from, signal)) {
      await turn();
      signal.throwIfAborted();
      const parts = texts.map((text) =>
        ({ index: index++, kind: 'section', label: null, text, start: null, end: null }) as const
      );
      fraction = Math.max(fraction, fractionAt(place.read));
      yield {
        type: 'parts',
        parts,
        checkpoint: { ...from, ...place, index },
        fraction,
        message: message('rows_read', { rows: place.rows }),
      };
    }
    if (index === 0) throw emptyText('table');
  },
};

async function findStart(path: string, mediaType: string, signal: AbortSignal): Promise<Position> {
  const beginning = await findBeginning(path, signal);
  let head = '';
  for await (const { text } of readText(path, beginning, signal)) {
    head += text;
    if (head.length > DELIMITER_CHARACTERS) break;
  }
  const preferred = mediaType === TAB_SEPARATED ? '\t' : null;
  const { delimiter, read } = findDelimiter(head.slice(0, DELIMITER_CHARACTERS), preferred);
  return { ...beginning, read, delimiter, index: 0, rows: 0, header: null };
}

type Sections =
  & { texts: string[] }
  & Pick<DecodedText, 'fractionAt'>
  & Pick<
    Position,
    'read' | 'rows' | 'header'
  >;

/** Sections with the position behind them; a section is known to be complete one row later. */
async function* readSections(
  path: string,
  from: Position,
  signal: AbortSignal,
): AsyncGenerator<Sections> {
  const records = new CsvRecords(from.delimiter);
  const table = new TableSections(from.header);
  let { read, rows } = from;
  let fractionAt = (_read: number) => 1;
  function* take(found: Iterable<CsvRecord>): Generator<Sections> {
    for (const { fields, source } of found) {
      const texts = [...table.push(fields)];
      if (texts.length > 0) yield { texts, fractionAt, read, rows, header: table.header };
      read += source.length;
      rows++;
    }
  }
  try {
    for await (const decoded of readText(path, from, signal)) {
      fractionAt = decoded.fractionAt;
      yield* take(records.push(decoded.text));
    }
    yield* take(records.end());
  } catch (error) {
    throw error instanceof UnclosedQuoteError ? brokenTable(rows + 1, error) : error;
  }
  const texts = [...table.end()];
  if (texts.length > 0) yield { texts, fractionAt, read, rows, header: table.header };
}

function brokenTable(row: number, cause: Error): ProcessingError {
  return new ProcessingError('broken_file', message('unclosed_quotation', { row }), { cause });
}
