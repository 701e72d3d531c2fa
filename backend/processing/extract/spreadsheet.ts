/**
 * Workbooks of Excel (new and old) and OpenDocument, sheet by sheet as people see the values.
 *
 * @module
 */
import { read, type WorkBook, type WorkSheet } from '@e965/xlsx';
import { ProcessingError, type Processor } from '../processor.ts';
import { Archive, ARCHIVE_LIMITS, type ArchiveLimits, narrowed } from './archive.ts';
import { brokenFile, emptyText, encryptedFile } from './failures.ts';
import { readWhole } from './files.ts';
import { refuseEncrypted } from './open-document.ts';
import { TableSections } from './table.ts';
import { type Piece, walk } from './walk.ts';
import { FLAT } from './xml-type.ts';

const WHAT = 'spreadsheet';
const MIB = 1024 * 1024;
const EXCEL = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const OPEN_DOCUMENT = 'application/vnd.oasis.opendocument.spreadsheet';

/** The library holds every cell in memory, many times the size of its XML. */
const LIMITS = { ...ARCHIVE_LIMITS, maxEntryBytes: 128 * MIB, maxTotalBytes: 384 * MIB };
const MAX_BYTES = 128 * MIB;

export const spreadsheetProcessor: Processor = {
  id: 'spreadsheet',
  version: 2,
  step: 'extract',
  mediaTypes: [
    `${EXCEL}.sheet`,
    `${EXCEL}.template`,
    'application/vnd.ms-excel.sheet.macroenabled.12',
    'application/vnd.ms-excel.template.macroenabled.12',
    'application/vnd.ms-excel.addin.macroenabled.12',
    'application/vnd.ms-excel.sheet.binary.macroenabled.12',
    'application/vnd.ms-excel',
    OPEN_DOCUMENT,
    `${OPEN_DOCUMENT}-template`,
    `${OPEN_DOCUMENT}${FLAT}`,
  ],
  async *process({ path, mediaType, checkpoint, limits }, signal) {
    signal.throwIfAborted();
    const bytes = await readWhole(path, WHAT, MAX_BYTES);
    if (mediaType !== 'application/vnd.ms-excel' && !mediaType.endsWith(FLAT)) {
      await checkArchive(path, narrowed(limits, LIMITS), signal);
    }
    const workbook = parse(bytes);
    yield* walk(
      {
        total: workbook.SheetNames.length,
        unit: 'sheet',
        read: (at) => readSheet(workbook, workbook.SheetNames[at]!),
        empty: () => emptyText(WHAT),
      },
      checkpoint,
      signal,
    );
  },
};

/** The library inflates without limits: everything it might read is inflated here once before. */
async function checkArchive(
  path: string,
  limits: ArchiveLimits,
  signal: AbortSignal,
): Promise<void> {
  using archive = await Archive.open(path, WHAT, limits);
  await refuseEncrypted(archive, WHAT);
  for (const name of archive.names.filter((name) => /\.(xml|rels|bin)$/i.test(name))) {
    signal.throwIfAborted();
    await archive.read(name);
  }
}

function parse(bytes: Uint8Array): WorkBook {
  try {
    const workbook = read(bytes, { dense: true, cellFormula: false, dateNF: 'yyyy-mm-dd' });
    if (workbook.SheetNames.length === 0) throw new Error('No sheets');
    return workbook;
  } catch (error) {
    if (error instanceof ProcessingError) throw error;
    if (/password|encrypt/i.test(String(error))) throw encryptedFile(WHAT);
    throw brokenFile(WHAT, error);
  }
}

function readSheet(workbook: WorkBook, name: string): Piece[] {
  const sections = new TableSections();
  const texts: string[] = [];
  for (const row of rowsOf(workbook.Sheets[name])) texts.push(...sections.push(row));
  texts.push(...sections.end());
  return texts.map((text) => ({ kind: 'sheet', label: name, text }));
}

interface Cell {
  /** As shown. */
  readonly w?: string;
  readonly v?: unknown;
}

/** Only rows and cells that exist: a sheet may claim to be a million rows high. */
function* rowsOf(sheet: WorkSheet | undefined): Generator<string[]> {
  const rows = (sheet?.['!data'] ?? []) as (Cell[] | undefined)[];
  for (const at in rows) {
    const cells = rows[at] ?? [];
    yield Array.from(cells, (cell) => cell ? cell.w ?? String(cell.v ?? '') : '');
  }
}
