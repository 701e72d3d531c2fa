/**
 * Tables as text, streamed. Rows stay whole, one a line, and every section begins with the names
 * of the columns. A resumed run reads from the start again and leaves out what is done: a record
 * may span lines, so that no byte in the middle is safe to begin at.
 *
 * @module
 */
import { CsvError, parse } from 'csv-parse';
import { pipeline, Readable } from 'node:stream';
import { ProcessingError, type Processor } from '../processor.ts';
import { emptyText } from './failures.ts';
import { sizeOf } from './files.ts';
import { type TableSection, TableSections } from './table.ts';
import type { Encoding } from './text.ts';
import { findEncoding, readText } from './text-stream.ts';
import { turnTaker } from './walk.ts';

/** Characters; a longer record means that a quotation mark was never closed. */
const MAX_RECORD = 1_000_000;

export const csvProcessor: Processor = {
  id: 'csv',
  version: 1,
  step: 'extract',
  mediaTypes: ['text/csv', 'text/tab-separated-values'],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const total = await sizeOf(path);
    yield { type: 'size', total, unit: 'byte' };
    const done = checkpoint ? checkpoint.index as number : 0;
    const turn = turnTaker();
    let index = 0;
    for await (const { text, rows, bytes } of readSections(path, signal)) {
      await turn();
      signal.throwIfAborted();
      if (index++ < done) continue;
      yield {
        type: 'parts',
        parts: [{ index: index - 1, kind: 'section', label: null, text, start: null, end: null }],
        checkpoint: { index },
        fraction: Math.min(1, bytes / total),
        message: `${rows} rows read`,
      };
    }
    if (index === 0) throw emptyText('table');
  },
};

/** Sections with the bytes of the file that were read for them. */
async function* readSections(
  path: string,
  signal: AbortSignal,
): AsyncGenerator<TableSection & { bytes: number }> {
  const { encoding, start } = await findEncoding(path, signal);
  const table = new TableSections();
  let bytes = start;
  try {
    for await (const { record, info } of await readRecords(path, encoding, start, signal)) {
      bytes = start + info.bytes * bytesPerParsedByte(encoding);
      for (const section of table.push(record)) yield { ...section, bytes };
    }
  } catch (error) {
    throw error instanceof CsvError ? brokenTable(error) : error;
  }
  for (const section of table.end()) yield { ...section, bytes };
}

interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly bytes: number };
}

async function readRecords(
  path: string,
  encoding: Encoding,
  start: number,
  signal: AbortSignal,
): Promise<AsyncIterable<ParsedRecord>> {
  const parser = parse({
    delimiter: await findDelimiter(path, encoding, start, signal),
    info: true,
    max_record_size: MAX_RECORD,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  return pipeline(Readable.from(readText(path, encoding, start, signal)), parser, () => {});
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

/** The parser counts in UTF-8; near enough for a fraction. */
function bytesPerParsedByte(encoding: Encoding): number {
  return encoding === 'utf-16le' || encoding === 'utf-16be' ? 2 : 1;
}

function brokenTable(error: CsvError): ProcessingError {
  const line = error.lines ?? '?';
  const message =
    `This table cannot be read beyond line ${line}: look there for a quotation mark ` +
    'that is never closed, put it right and upload the file again';
  return new ProcessingError('broken_file', message, { cause: error });
}
