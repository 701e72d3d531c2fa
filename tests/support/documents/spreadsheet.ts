/**
 * Workbooks of Excel (new and old) and OpenDocument.
 *
 * @module
 */
import { utils, write } from '@e965/xlsx';

/** Rows by the name of their sheet. */
export type Sheets = Readonly<Record<string, readonly (readonly unknown[])[]>>;

export function makeXlsx(sheets: Sheets): Uint8Array {
  return makeWorkbook(sheets, 'xlsx');
}

/** Excel 97–2003. */
export function makeXls(sheets: Sheets): Uint8Array {
  return makeWorkbook(sheets, 'biff8');
}

export function makeOds(sheets: Sheets): Uint8Array {
  return makeWorkbook(sheets, 'ods');
}

/** Excel's binary workbook (MS-XLSB). */
export function makeXlsb(sheets: Sheets): Uint8Array {
  return makeWorkbook(sheets, 'xlsb');
}

type BookType = 'xlsx' | 'xlsb' | 'biff8' | 'ods';

function makeWorkbook(sheets: Sheets, bookType: BookType): Uint8Array {
  const workbook = utils.book_new();
  for (const [name, rows] of Object.entries(sheets)) {
    utils.book_append_sheet(workbook, utils.aoa_to_sheet(rows.map((row) => [...row])), name);
  }
  return new Uint8Array(write(workbook, { type: 'array', bookType, compression: true }));
}
