/** PDF files of kinds that came out wrong once, each read as an upload is. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { detectMediaType } from '../../../../backend/processing/detect.ts';
import type { ProcessEvent } from '../../../../backend/processing/processor.ts';
import { processorFor } from '../../../../backend/processing/registry.ts';
import { collect, partsIn } from './running.ts';

const CASES = fileURLToPath(new URL('../../../support/cases/', import.meta.url));

async function eventsOf(path: string): Promise<ProcessEvent[]> {
  const mediaType = await detectMediaType(`${CASES}${path}`, path);
  return collect(processorFor(mediaType), {
    path: `${CASES}${path}`,
    name: path,
    mediaType,
    workDir: '',
    modelDir: '',
    checkpoint: null,
  });
}

const lines = Array.from({ length: 30 }, (_, at) => `Line ${at} of the invoice with some words`);

test.each([
  [
    'pdf-annotations/pdf-annots.pdf',
    'Contract text that is commented\n\nRita: please check the date\n' +
    'Typed onto the page with a typewriter',
  ],
  ['pdf-cjk-gbk-euc/pdf-gbkeuc.pdf', '会议纪要 研究预算问题'],
  ['pdf-cjk-hole-in-latin/pdf-cjk-mixed.pdf', 'Invoice 2024-17\n请于星期二付款\nTotal: 500 CNY'],
  ['pdf-cjk-unigb/pdf-unigb.pdf', '电子发票 北京 价税合计'],
  ['pdf-fakebold/pdf-fakebold.pdf', 'Important notice\nNext line'],
  [
    'pdf-form-values/pdf-form.pdf',
    'Name: Ada Lovelace\n\nContract: Annual\n\nI agree: checked',
  ],
  ['pdf-junk-before/pdf-junk-head.pdf', 'Text behind junk'],
  ['pdf-letterspaced/pdf-letterspaced.pdf', 'SUMMARY\n\nnormal'],
  ['pdf-newline-before/pdfpre-newline.pdf', lines.join('\n')],
  [
    'pdf-order-columns/pdf-2col-rows.pdf',
    'The left column starts\nand goes on here with\nits own sentence about\n' +
    'parcels and depots.\nThe right column is\nabout something else\n' +
    'entirely, namely the\nprice of diesel fuel.',
  ],
  ['super-pdf/pdf-superscript.pdf', '10^6 units and H2O'],
])('%s', async (path, expected) => {
  const parts = partsIn(await eventsOf(path));
  expect(parts.map(({ text }) => text)).toEqual([expected]);
});

test('pdf-scans-behind-cover/pdf-cover-plus-scans.pdf', async () => {
  const events = await eventsOf('pdf-scans-behind-cover/pdf-cover-plus-scans.pdf');
  expect(partsIn(events).map(({ text }) => text)).toEqual([
    'Sent by fax from 0431-1234',
    ...Array.from({ length: 5 }, () => ''),
  ]);
  const notices = events.flatMap((event) => event.type === 'parts' ? event.notices ?? [] : []);
  expect(notices).toEqual(
    [2, 3, 4, 5, 6].map((page) => ({
      code: 'pages_without_text',
      params: { count: 1, pages: [page] },
    })),
  );
});

test('pdf-xfa/pdf-xfa.pdf', async () => {
  await expect(eventsOf('pdf-xfa/pdf-xfa.pdf')).rejects.toMatchObject({
    code: 'unsupported_type',
    message: expect.stringMatching(/XFA form.*print it to PDF/),
  });
});
