/**
 * The reader of PDF files against PDF.js, which read them before: the same files in turn, in one
 * process. The text is what each gives of it; PDF.js gives runs that are not put together yet.
 *
 * @module
 */
import { getDocumentProxy } from 'unpdf';
import { pdfProcessor } from '../backend/processing/extract/pdf.ts';
import { makeKernedPdf } from '../tests/support/documents/kerned-pdf.ts';
import { type Figure, list, median } from './figure.ts';

const ROUNDS = 7;
const FILES = 20;
const PAGES = 10;

export async function measurePdfEngines(): Promise<Figure> {
  const folder = await Deno.makeTempDir({ prefix: 'headway-bench-pdf-' });
  try {
    const paths = await Promise.all(Array.from({ length: FILES }, async (_, at) => {
      const path = `${folder}/${at}.pdf`;
      await Deno.writeFile(path, makeKernedPdf(PAGES, at));
      return path;
    }));
    const ours: number[] = [];
    const former: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const own = await pagesASecond(paths, readHere);
      const other = await pagesASecond(paths, readFormerly);
      // Both are compiled for speed only once they have run.
      if (round >= 0) ours.push(own) && former.push(other);
    }
    return {
      name: 'reading PDF pages, against PDF.js on the same files',
      value: median(ours.map((pages, at) => pages / former[at]!)),
      unit: 'ratio',
      bound: 'least',
      limit: 1,
      means: 'Changing the engine made reading no slower, with the order of reading put right',
      detail: `pages/s: ours ${list(ours)}; PDF.js ${list(former)}`,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function pagesASecond(
  paths: readonly string[],
  read: (path: string) => Promise<void>,
): Promise<number> {
  const startedAt = performance.now();
  for (const path of paths) await read(path);
  return paths.length * PAGES / (performance.now() - startedAt) * 1000;
}

async function readHere(path: string): Promise<void> {
  const rest = { name: 'a.pdf', mediaType: 'application/pdf', workDir: '', modelDir: '' };
  const input = { path, checkpoint: null, ...rest };
  for await (const _ of pdfProcessor.process(input, new AbortController().signal));
}

async function readFormerly(path: string): Promise<void> {
  const pdf = await getDocumentProxy(await Deno.readFile(path), { verbosity: 0 });
  for (let at = 1; at <= pdf.numPages; at++) {
    const page = await pdf.getPage(at);
    await page.getTextContent();
    page.cleanup();
  }
  await pdf.loadingTask.destroy();
}
