/**
 * PDF, page by page. The index of a part is its page, so that blank pages are parts as well.
 *
 * @module
 */
import { READING_LIMITS } from '../limits.ts';
import type { Processor } from '../processor.ts';
import { brokenFile, emptyText, encryptedFile, imageOnly, xfaForm } from './failures.ts';
import { sizeOf } from './files.ts';
import { discardRecogniser } from './ocr/recogniser.ts';
import { recognisedNotices } from './ocr/results.ts';
import { attachmentsOf } from './pdf/attachments.ts';
import { openDocument, type PdfDocument, PdfOpenError, withPage } from './pdf/document.ts';
import { discardPdfium, isCrash } from './pdf/pdfium.ts';
import { readPage } from './pdf/read-page.ts';
import { type Piece, walk } from './walk.ts';

export const pdfProcessor: Processor = {
  id: 'pdf',
  version: 2,
  step: 'extract',
  mediaTypes: ['application/pdf'],
  async *process({ path, checkpoint, limits = READING_LIMITS }, signal) {
    signal.throwIfAborted();
    await sizeOf(path);
    const document = await opened(path);
    try {
      let isScan = false;
      const read = (at: number) =>
        guarded(async (): Promise<Piece[]> => {
          const page = await withPage(
            document,
            at,
            (page) => readPage(page, at, limits.ocrLanguages),
          );
          isScan ||= page?.isUnread ?? false;
          const piece = page?.piece ?? unreadable(at);
          return at === document.pages - 1 ? [piece, ...attachmentsOf(document)] : [piece];
        });
      const empty = () => isScan ? imageOnly() : emptyText('pdf');
      yield* walk({ total: document.pages, unit: 'page', read, empty }, checkpoint, signal);
    } finally {
      document.close();
    }
  },
};

/** A page whose object is damaged, in an otherwise readable document. */
const unreadable = (at: number): Piece => ({
  kind: 'page',
  label: null,
  text: '',
  notices: recognisedNotices(at, '', 0),
});

async function opened(path: string): Promise<PdfDocument> {
  const document = await guarded(() => openDocument(path));
  if (document.pages > 0 && !document.isDynamicForm) return document;
  document.close();
  throw document.isDynamicForm ? xfaForm() : brokenFile('pdf');
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): unknown {
  if (error instanceof PdfOpenError) {
    return error.needsPassword ? encryptedFile('pdf') : brokenFile('pdf', error);
  }
  if (!isCrash(error)) return error;
  discardPdfium();
  discardRecogniser();
  return brokenFile('pdf', error);
}
