/**
 * Workbooks of Excel (new and old) and OpenDocument, sheet by sheet with the displayed values.
 *
 * @module
 */
import type { Notice } from '#contract/notices.ts';
import { read, type WorkBook } from '@e965/xlsx';
import { Buffer } from 'node:buffer';
import { ProcessingError, type Processor } from '../processor.ts';
import { Archive, ARCHIVE_LIMITS, type ArchiveLimits, narrowed } from './archive.ts';
import { brokenFile, emptyText, encryptedFile } from './failures.ts';
import { readWhole } from './files.ts';
import { HIDDEN_SHEET, hiddenLabel } from './hidden.ts';
import { missingItems } from './missing-items.ts';
import { refuseEncrypted } from './open-document.ts';
import { readObjects } from './open-document-objects.ts';
import { type OpenSheet, readOpenSheets } from './open-sheets.ts';
import { printLines } from './print-lines.ts';
import { SheetRows } from './sheet-rows.ts';
import { TableSections } from './table.ts';
import { decodeText } from './text.ts';
import { type Piece, walk } from './walk.ts';
import { readDrawings, type SheetDrawing } from './workbook-drawings.ts';
import { FLAT } from './xml-type.ts';

const WHAT = 'spreadsheet';
const MIB = 1024 * 1024;
const EXCEL = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const OPEN_DOCUMENT = 'application/vnd.oasis.opendocument.spreadsheet';

/**
 * Limits of a workbook: the library loads every cell into memory, many times the size of its XML.
 */
const LIMITS = { ...ARCHIVE_LIMITS, maxEntryBytes: 128 * MIB, maxTotalBytes: 384 * MIB };
const MAX_BYTES = 128 * MIB;

export const spreadsheetProcessor: Processor = {
  id: 'spreadsheet',
  version: 6,
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
    const isPackage = mediaType !== 'application/vnd.ms-excel' && !mediaType.endsWith(FLAT);
    const contents = isPackage
      ? await checkArchive(path, narrowed(limits, LIMITS), signal)
      : mediaType.endsWith(FLAT)
      ? { ...NOTHING_BESIDE, sheets: readOpenSheets(decodeText(bytes), new Map()) }
      : NOTHING_BESIDE;
    const reading: Reading = { isOpenDocument: mediaType.startsWith(OPEN_DOCUMENT), ...contents };
    const workbook = parse(bytes, reading);
    yield* walk(
      {
        total: workbook.SheetNames.length,
        unit: 'sheet',
        read: (at) => readSheet(workbook, at, reading),
        empty: () => emptyText(WHAT),
      },
      checkpoint,
      signal,
    );
  },
};

/** Content that the library does not support. */
interface Contents {
  /** Sheets of OpenDocument by their names. */
  readonly sheets: ReadonlyMap<string, OpenSheet>;
  /** Drawings of Excel by the id of their sheet's relationship. */
  readonly drawings: ReadonlyMap<string, SheetDrawing>;
  /** True if there are formulas without a stored value: the library has to parse formulas. */
  readonly hasOpenFormulas: boolean;
  /** True if there are raised or lowered characters: the library has to keep formatted texts. */
  readonly hasRaised: boolean;
}

interface Reading extends Contents {
  readonly isOpenDocument: boolean;
}

const NOTHING_BESIDE: Contents = {
  sheets: new Map(),
  drawings: new Map(),
  hasOpenFormulas: false,
  hasRaised: false,
};

/** A cell whose formula has no value behind it (ECMA-376 part 1, 18.3.1.40). */
const OPEN_FORMULA =
  /<(?:\w+:)?f(?:\s[^>]*)?(?:\/>|>[^<]*<\/(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*\/>|<(?:\w+:)?v>\s*<\/(?:\w+:)?v>)?\s*<\/(?:\w+:)?c>/;

/** Inflates all relevant entries once within limits, because the library inflates without any. */
async function checkArchive(
  path: string,
  limits: ArchiveLimits,
  signal: AbortSignal,
): Promise<Contents> {
  using archive = await Archive.open(path, WHAT, limits);
  await refuseEncrypted(archive, WHAT);
  let hasOpenFormulas = false;
  let hasRaised = false;
  const printed = new Map<string, string[]>();
  for (const name of archive.names.filter((name) => /\.(xml|rels|bin)$/i.test(name))) {
    signal.throwIfAborted();
    const bytes = await archive.read(name);
    const isSheet = /worksheets\/[^/]*\.xml$/i.test(name);
    if (!isSheet && !/sharedStrings\.xml$/i.test(name)) continue;
    // A character for each byte; `TextDecoder` reads this name as Windows-1252.
    const xml = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    hasOpenFormulas ||= isSheet && OPEN_FORMULA.test(xml);
    hasRaised ||= xml.includes('vertAlign');
    if (isSheet) printed.set(name, printLines(xml));
  }
  const content = await archive.text('content.xml');
  if (content === null) {
    return {
      ...NOTHING_BESIDE,
      drawings: await readDrawings(archive, printed),
      hasOpenFormulas,
      hasRaised,
    };
  }
  return { ...NOTHING_BESIDE, sheets: readOpenSheets(content, await readObjects(archive)) };
}

function parse(
  bytes: Uint8Array,
  { isOpenDocument, hasOpenFormulas, hasRaised }: Reading,
): WorkBook {
  try {
    const workbook = read(bytes, {
      dense: true,
      cellFormula: hasOpenFormulas,
      sheetStubs: hasOpenFormulas,
      cellHTML: hasRaised,
      cellNF: true,
      cellText: isOpenDocument,
    });
    if (workbook.SheetNames.length === 0) throw new Error('No sheets');
    return workbook;
  } catch (error) {
    if (error instanceof ProcessingError) throw error;
    if (/password|encrypt/i.test(String(error))) throw encryptedFile(WHAT);
    throw brokenFile(WHAT, error);
  }
}

function readSheet(workbook: WorkBook, at: number, reading: Reading): Piece[] {
  const name = workbook.SheetNames[at]!;
  const properties = workbook.Workbook?.Sheets?.[at] as SheetProperties | undefined;
  const sheet = reading.sheets.get(name);
  const isHidden = sheet?.isHidden ?? Boolean(properties?.Hidden);
  const drawing = sheet ?? reading.drawings.get(properties?.id ?? properties?.strRelID ?? '');
  const rows = new SheetRows(workbook.Sheets[name], {
    date1904: workbook.Workbook?.WBProps?.date1904 ?? false,
    hasShownText: reading.isOpenDocument,
    texts: sheet?.raised,
  });
  const sections = new TableSections();
  const texts: string[] = [];
  const add = (row: readonly string[]) => void texts.push(...sections.push(row));
  for (const row of rows) add(row);
  for (const line of [...drawing?.lines ?? [], ...rows.comments]) add([line]);
  texts.push(...sections.end());
  const notices: Notice[] = missingItems('parts_missing', drawing?.missing ?? []);
  const withoutValue = rows.withoutValue + (sheet?.withoutValue ?? 0);
  if (withoutValue > 0) {
    notices.push({ code: 'cells_without_value', params: { count: withoutValue } });
  }
  const label = isHidden ? hiddenLabel(name) : name;
  return texts.map((text, at) => ({
    kind: 'sheet',
    label,
    text: isHidden && at === 0 ? `${HIDDEN_SHEET}\n\n${text}` : text,
    ...at === 0 && { notices },
  }));
}

/** The library's properties; their ids are those of relationships. */
interface SheetProperties {
  readonly Hidden?: number;
  readonly id?: string;
  readonly strRelID?: string;
}
