/**
 * An open PDF and its pages. The file is read block by block on demand.
 *
 * @module
 */
import { readInto } from '../../bytes.ts';
import { type BlockReader, isCrash, type Pdfium, sharedPdfium } from './pdfium.ts';

/** FPDF_GetLastError: a password is required, or the encryption is unknown. */
const PASSWORD_ERRORS: ReadonlySet<number> = new Set([4, 5]);
/** FPDF_GetFormType: XFA that draws the pages, and XFA that may. */
const XFA_FULL = 2;
const XFA_FOREGROUND = 3;
const WIDGET = 20;
/** Maximum pages searched for form fields: a form with fields has one on its first pages. */
const MOST_FORM_PAGES = 20;
const BLOCK_BYTES = 256 * 1024;

/** Reason for which PDFium did not open a file. */
export class PdfOpenError extends Error {
  override readonly name = 'PdfOpenError';
  constructor(readonly needsPassword: boolean) {
    super(needsPassword ? 'A password is needed' : 'PDFium cannot open the file');
  }
}

export interface PdfDocument {
  readonly pdfium: Pdfium;
  readonly pointer: number;
  readonly pages: number;
  /** The form environment, through which values are read; 0 without a form. */
  readonly form: number;
  /** True for a form of Adobe LiveCycle that draws its pages itself. */
  readonly isDynamicForm: boolean;
  close(): void;
}

export interface PdfPage {
  readonly document: PdfDocument;
  readonly pointer: number;
  /** In points, as shown. */
  readonly width: number;
  readonly height: number;
}

/** Throws {@link PdfOpenError}. */
export async function openDocument(path: string): Promise<PdfDocument> {
  const pdfium = await sharedPdfium();
  const { call } = pdfium;
  const source = fileAccess(pdfium, path);
  const pointer = pdfium.withString(
    '',
    (password) => call.FPDF_LoadCustomDocument(source.pointer, password),
  );
  if (!pointer) {
    source.close();
    throw new PdfOpenError(PASSWORD_ERRORS.has(call.FPDF_GetLastError()));
  }
  const type = call.FPDF_GetFormType(pointer);
  const info = type ? call.PDFiumExt_OpenFormFillInfo() : 0;
  const pages = call.FPDF_GetPageCount(pointer);
  const form = type ? call.PDFiumExt_InitFormFillEnvironment(pointer, info) : 0;
  return {
    pdfium,
    pointer,
    pages,
    form,
    isDynamicForm: type === XFA_FULL ||
      (type === XFA_FOREGROUND && !hasFields(pdfium, pointer, pages)),
    close() {
      try {
        if (form) call.PDFiumExt_ExitFormFillEnvironment(form);
        if (info) call.PDFiumExt_CloseFormFillInfo(info);
        call.FPDF_CloseDocument(pointer);
      } catch (error) {
        if (!isCrash(error)) throw error;
      } finally {
        source.close();
      }
    },
  };
}

/** Calls `use` with page `at`, counted from 0; null if the page cannot be loaded. */
export async function withPage<T>(
  document: PdfDocument,
  at: number,
  use: (page: PdfPage) => Promise<T> | T,
): Promise<T | null> {
  const { pdfium: { call }, pointer: documentPointer, form } = document;
  const pointer = call.FPDF_LoadPage(documentPointer, at);
  if (!pointer) return null;
  try {
    if (form) call.FORM_OnAfterLoadPage(pointer, form);
    const width = call.FPDF_GetPageWidthF(pointer);
    const height = call.FPDF_GetPageHeightF(pointer);
    return await use({ document, pointer, width, height });
  } finally {
    if (form) call.FORM_OnBeforeClosePage(pointer, form);
    call.FPDF_ClosePage(pointer);
  }
}

/** True if fields of XFA are fields of the PDF as well, with their values. */
function hasFields({ call }: Pdfium, document: number, pages: number): boolean {
  for (let at = 0; at < Math.min(pages, MOST_FORM_PAGES); at++) {
    const page = call.FPDF_LoadPage(document, at);
    if (!page) continue;
    try {
      const count = call.FPDFPage_GetAnnotCount(page);
      for (let index = 0; index < count; index++) {
        const annotation = call.FPDFPage_GetAnnot(page, index);
        const isField = call.FPDFAnnot_GetSubtype(annotation) === WIDGET;
        call.FPDFPage_CloseAnnot(annotation);
        if (isField) return true;
      }
    } finally {
      call.FPDF_ClosePage(page);
    }
  }
  return false;
}

/** An FPDF_FILEACCESS: length, function that reads a block, parameter. */
function fileAccess(pdfium: Pdfium, path: string): { pointer: number; close(): void } {
  const file = Deno.openSync(path);
  const { size } = file.statSync();
  const [parameter, read] = pdfium.addReader(blockReader(pdfium, file, size));
  const pointer = pdfium.call.malloc(12);
  pdfium.heap.HEAP32.set([size, read, parameter], pointer >> 2);
  return {
    pointer,
    close() {
      pdfium.removeReader(parameter);
      pdfium.call.free(pointer);
      file.close();
    },
  };
}

function blockReader(pdfium: Pdfium, file: Deno.FsFile, size: number): BlockReader {
  let block = new Uint8Array(0);
  let blockStart = 0;
  return (from, buffer, length) => {
    if (from + length > size) return false;
    if (length > BLOCK_BYTES) {
      const target = pdfium.heap.HEAPU8.subarray(buffer, buffer + length);
      return readInto(file, from, target) === length;
    }
    if (from < blockStart || from + length > blockStart + block.length) {
      blockStart = from;
      block = new Uint8Array(Math.min(BLOCK_BYTES, size - from));
      if (readInto(file, from, block) < block.length) return false;
    }
    const at = from - blockStart;
    pdfium.heap.HEAPU8.set(block.subarray(at, at + length), buffer);
    return true;
  };
}
