/** Text recognition: pictures, and pages of PDF files without text. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { detectMediaType } from '../../../../backend/processing/detect.ts';
import { imageProcessor } from '../../../../backend/processing/extract/image.ts';
import { pdfProcessor } from '../../../../backend/processing/extract/pdf.ts';
import { processorFor } from '../../../../backend/processing/registry.ts';
import { makeDrawnPdf } from '../../../support/documents/drawn-pdf.ts';
import { makePdf, makeScannedPdf, truncated } from '../../../support/documents.ts';
import { checkpointsIn, collect, partsIn, run, textsOf, withInput } from './running.ts';

const PICTURES = fileURLToPath(new URL('../../../support/pictures/', import.meta.url));
const ENGLISH = 'The agreement ends in spring 2031.';
const GERMAN = 'Der Vertrag läuft über zwölf Monate.';
const JPEG = { width: 980, height: 139 };

async function readPicture(name: string) {
  const path = `${PICTURES}${name}`;
  const mediaType = await detectMediaType(path, name);
  const input = { path, name, mediaType, workDir: '', modelDir: '', checkpoint: null };
  const parts = partsIn(await collect(processorFor(mediaType), input));
  return { mediaType, texts: parts.map(({ text }) => text) };
}

const scan = async () => ({ ...JPEG, jpeg: await Deno.readFile(`${PICTURES}german.jpg`) });

test.each([
  ['english.png', 'image/png', [ENGLISH]],
  ['german.jpg', 'image/jpeg', [GERMAN]],
  ['english.webp', 'image/webp', [ENGLISH]],
  ['english.bmp', 'image/bmp', [ENGLISH]],
  ['english.gif', 'image/gif', [ENGLISH]],
  ['pages-fax.tif', 'image/tiff', [ENGLISH, GERMAN]],
  ['pages-lzw.tif', 'image/tiff', [ENGLISH, GERMAN]],
  ['turned-right.png', 'image/png', [ENGLISH]],
  ['turned-over.png', 'image/png', [ENGLISH]],
])('%s is read', async (name, mediaType, texts) => {
  expect(await readPicture(name)).toEqual({ mediaType, texts });
});

test('a picture without text fails with empty_text', async () => {
  await expect(readPicture('no-text.jpg')).rejects.toMatchObject({ code: 'empty_text' });
});

test.each(['english.png', 'english.webp', 'pages-lzw.tif'])(
  'the beginning of %s fails with broken_file',
  async (name) => {
    const bytes = truncated(await Deno.readFile(`${PICTURES}${name}`), 0.02);
    const mediaType = `image/${name.endsWith('tif') ? 'tiff' : name.slice(-3)}`;
    const reading = run({ processor: imageProcessor, mediaType, bytes });
    await expect(reading).rejects.toMatchObject({ code: 'broken_file' });
    // The next one is read as ever.
    expect((await readPicture('english.png')).texts).toEqual([ENGLISH]);
  },
);

test('a TIFF is resumed at its page', async () => {
  const bytes = await Deno.readFile(`${PICTURES}pages-fax.tif`);
  await withInput({ processor: imageProcessor, mediaType: 'image/tiff', bytes }, async (input) => {
    const [checkpoint] = checkpointsIn(await collect(imageProcessor, input));
    const rest = partsIn(await collect(imageProcessor, { ...input, checkpoint: checkpoint! }));
    expect(rest.map(({ index, text }) => [index, text])).toEqual([[1, GERMAN]]);
  });
});

test('pages without text are recognised, others are not', async () => {
  const bytes = makeScannedPdf([await scan(), await scan()], ['A cover with text of its own']);
  expect(await textsOf({ processor: pdfProcessor, bytes })).toEqual([
    'A cover with text of its own',
    GERMAN,
    GERMAN,
  ]);
});

test('a PDF of nothing but scans is read', async () => {
  const bytes = makeScannedPdf([await scan()]);
  const events = await run({ processor: pdfProcessor, bytes });
  expect(partsIn(events).map(({ text }) => text)).toEqual([GERMAN]);
  expect(events.flatMap((event) => event.type === 'parts' ? event.notices ?? [] : [])).toEqual([]);
});

test('blank pages are no scan', async () => {
  const blank = run({ processor: pdfProcessor, bytes: makePdf(['', '']) });
  await expect(blank).rejects.toMatchObject({ code: 'empty_text' });
});

test('blank pages of a document have no notice', async () => {
  const events = await run({
    processor: pdfProcessor,
    bytes: makeDrawnPdf([[], [{ text: 'A page', x: 50, y: 700 }]]),
  });
  expect(events.flatMap((event) => event.type === 'parts' ? event.notices ?? [] : [])).toEqual([]);
});
