/**
 * PDF, page by page. The index of a part is its page, so that blank pages are parts as well.
 *
 * @module
 */
import { getDocumentProxy } from 'unpdf';
import type { ProcessingError, Processor } from '../processor.ts';
import { brokenFile, encryptedFile, imageOnly } from './failures.ts';
import { readWhole } from './files.ts';
import { cleanText } from './text.ts';
import { walk } from './walk.ts';

const MAX_BYTES = 1024 * 1024 * 1024;

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;

/** What PDF.js gives for a run of glyphs; `transform[5]` is the distance from the page's bottom. */
interface TextRun {
  readonly str: string;
  readonly hasEOL: boolean;
  readonly height: number;
  readonly transform: readonly number[];
}

export const pdfProcessor: Processor = {
  id: 'pdf',
  version: 1,
  step: 'extract',
  mediaTypes: ['application/pdf'],
  async *process({ path, checkpoint }, signal) {
    signal.throwIfAborted();
    const pdf = await openPdf(path);
    try {
      const read = async (at: number) => {
        const text = await readPage(pdf, at + 1);
        return [{ kind: 'page', label: null, text } as const];
      };
      const units = { total: pdf.numPages, unit: 'page', read, empty: imageOnly };
      yield* walk(units, checkpoint, signal);
    } finally {
      await pdf.loadingTask.destroy();
    }
  },
};

async function openPdf(path: string): Promise<PdfDocument> {
  const data = await readWhole(path, 'PDF', MAX_BYTES);
  try {
    // Verbosity 0: PDF.js writes its warnings to stdout otherwise.
    return await getDocumentProxy(data, { verbosity: 0 });
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): ProcessingError {
  return (error as Error).name === 'PasswordException'
    ? encryptedFile('PDF')
    : brokenFile('PDF', error);
}

async function readPage(pdf: PdfDocument, number: number): Promise<string> {
  try {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    page.cleanup();
    return joinRuns(items.filter((item): item is typeof item & TextRun => 'str' in item));
  } catch (error) {
    throw failureOf(error);
  }
}

/** Lines as on the page, a blank line where the gap is wider, words put together at line ends. */
function joinRuns(runs: readonly TextRun[]): string {
  let text = '';
  let baseline: number | null = null;
  for (const run of runs) {
    const y = run.transform[5] ?? 0;
    if (run.str && text.endsWith('\n') && baseline !== null) {
      const lineHeight = run.height || Math.abs(run.transform[3] ?? 0) || 12;
      if (baseline - y > lineHeight * 1.8) text += '\n';
    }
    if (run.str.trim()) baseline = y;
    text += run.str + (run.hasEOL ? '\n' : '');
  }
  return cleanText(text).split('\n').map((line) => line.trimEnd()).join('\n')
    .replace(/(\p{Ll})[-\u00ad]\n(?=\p{Ll})/gu, '$1').replace(/\n{3,}/g, '\n\n').trim();
}
