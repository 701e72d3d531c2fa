import { message } from '../../../../backend/contract/messages/catalogue.ts';
import { expect, test } from 'vitest';
import { pdfProcessor } from '../../../../backend/processing/extract/pdf.ts';
import {
  makeEncryptedPdf,
  makeImageOnlyPdf,
  makePdf,
  truncated,
} from '../../../support/documents.ts';
import { partsIn, partsOf, run, textsOf, withInput } from './running.ts';

const processor = pdfProcessor;

test('pdfProcessor gives every page a part, so that its index is the page', async () => {
  const parts = await partsOf({ processor, bytes: makePdf(['', 'Second (2)', '', 'Fourth']) });
  expect(parts.map(({ kind, index, text }) => [kind, index, text])).toEqual([
    ['page', 0, ''],
    ['page', 1, 'Second (2)'],
    ['page', 2, ''],
    ['page', 3, 'Fourth'],
  ]);
});

test('pdfProcessor keeps lines and paragraphs and joins words that were divided', async () => {
  const bytes = makePdf(['One line\nwith a divi-\nded word\n\nNext paragraph']);
  expect(await textsOf({ processor, bytes })).toEqual([
    'One line\nwith a divided word\n\nNext paragraph',
  ]);
});

test('pdfProcessor says which page it is at', async () => {
  const events = await run({ processor, bytes: makePdf(['a', 'b']) });
  expect(events[0]).toEqual({ type: 'size', total: 2, unit: 'page' });
  expect(events.slice(1)).toMatchObject([1, 2].map((at) => ({
    message: message('unit', { unit: 'page', at, of: 2 }),
  })));
});

test('pdfProcessor fails with image_only for a scan, and stores none of its pages', async () => {
  const events: string[] = [];
  const reading = withInput({ processor, bytes: makeImageOnlyPdf(3) }, async (input) => {
    for await (const event of processor.process(input, new AbortController().signal)) {
      events.push(event.type);
    }
  });
  await expect(reading).rejects.toMatchObject({
    code: 'image_only',
    message: expect.stringContaining('scan'),
  });
  expect(events).toEqual(['size', 'progress', 'progress', 'progress']);
});

test('pdfProcessor reads a file that is encrypted without a password', async () => {
  expect(await textsOf({ processor, bytes: makeEncryptedPdf(['Shown'], '') })).toEqual(['Shown']);
});

test('pdfProcessor finds the pages of a file whose table of objects is wrong', async () => {
  const bytes = makePdf(['First page', 'Second page']);
  bytes.fill(0x39, bytes.length - 10, bytes.length - 6);
  expect(await textsOf({ processor, bytes })).toEqual(['First page', 'Second page']);
});

test('pdfProcessor fails with broken_file when nothing of it can be saved', async () => {
  const bytes = truncated(makePdf(['First page']), 0.05);
  await expect(run({ processor, bytes })).rejects.toMatchObject({ code: 'broken_file' });
});

test('pdfProcessor gives memory back: a hundred files leave no more than one', async () => {
  const bytes = makePdf(Array.from({ length: 5 }, (_, at) => `Page ${at} `.repeat(200)));
  const read = () => run({ processor, bytes });
  for (let at = 0; at < 20; at++) await read();
  const before = Deno.memoryUsage().rss;
  for (let at = 0; at < 100; at++) expect(partsIn(await read())).toHaveLength(5);
  expect(Deno.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
});
