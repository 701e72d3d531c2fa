import { expect, test } from 'vitest';
import { docxProcessor } from '../../../../backend/processing/extract/docx.ts';
import { epubProcessor } from '../../../../backend/processing/extract/epub.ts';
import {
  odpProcessor,
  odtProcessor,
} from '../../../../backend/processing/extract/open-document.ts';
import { pptxProcessor } from '../../../../backend/processing/extract/pptx.ts';
import { spreadsheetProcessor } from '../../../../backend/processing/extract/spreadsheet.ts';
import {
  makeDocx,
  makeEpub,
  makeOdp,
  makeOds,
  makeOdt,
  makePptx,
  makeXls,
  makeXlsb,
  makeXlsx,
  makeZipBomb,
  zip,
} from '../../../support/documents.ts';
import { partsOf, run, textsOf } from './running.ts';

const cell = (text: string) => `<w:tc><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:tc>`;

test('docxProcessor keeps headings, lists and tables as readable text', async () => {
  const table = `<w:tbl><w:tr>${cell('Name')}${cell('Age')}</w:tr>` +
    `<w:tr>${cell('Ada')}${cell('36')}</w:tr></w:tbl>`;
  const bytes = makeDocx(['Before', '# Head', 'a < b', '- one', '- two'], table);
  const parts = await partsOf({ processor: docxProcessor, bytes });
  expect(parts.map(({ label, text }) => [label, text])).toEqual([
    [null, 'Before'],
    ['Head', '# Head\n\na < b\n\n- one\n- two\n\nName | Age\nAda | 36'],
  ]);
});

test('docxProcessor leaves out what was deleted and what stands twice', async () => {
  const run = (text: string) => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`;
  const body = `<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>${run('kept')}` +
    `<w:del>${run(' deleted')}</w:del><w:ins>${run(' added')}</w:ins><w:r><w:tab/></w:r>` +
    `<w:r><mc:AlternateContent><mc:Choice><w:t>box</w:t></mc:Choice><mc:Fallback><w:t>box</w:t>` +
    `</mc:Fallback></mc:AlternateContent></w:r></w:p>`;
  const texts = await textsOf({ processor: docxProcessor, bytes: makeDocx([], body) });
  expect(texts).toEqual(['kept added box']);
});

test('docxProcessor follows no external entity and expands none', async () => {
  const bytes = zip({
    'word/document.xml':
      '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY a "aaaa">' +
      '<!ENTITY b "&a;&a;&a;">]><w:document><w:body><w:p><w:r><w:t>[&f;|&b;]</w:t></w:r></w:p>' +
      '</w:body></w:document>',
  });
  const texts = await textsOf({ processor: docxProcessor, bytes });
  expect(texts).toEqual(['[&f;|&b;]']);
});

test('docxProcessor fails with too_large_inside for a zip bomb, soon and with little memory', async () => {
  const bytes = makeZipBomb();
  expect(bytes.length).toBeLessThan(100_000);
  await expect(run({ processor: docxProcessor, bytes })).rejects.toMatchObject({
    code: 'too_large_inside',
  });
});

const slides = [
  { title: 'First', lines: ['One', 'Two'], notes: 'Say hello' },
  {},
  { title: 'Last', lines: ['End'] },
];

test.each([
  ['pptxProcessor', { processor: pptxProcessor, bytes: makePptx(slides) }],
  ['odpProcessor', { processor: odpProcessor, bytes: makeOdp(slides) }],
])(
  '%s reads slides in the order shown, with notes, and counts those without text',
  async (_, sample) => {
    const parts = await partsOf(sample);
    expect(parts.map(({ kind, label, text }) => [kind, label, text])).toEqual([
      ['slide', 'First', 'First\nOne\nTwo\n\nNotes: Say hello'],
      ['slide', null, ''],
      ['slide', 'Last', 'Last\nEnd'],
    ]);
  },
);

const EXCEL = spreadsheetProcessor.mediaTypes[0]!;
const sheets = { Empty: [], People: [['Name', 'Born'], ['Ada', 1815], ['Bob', null]] };

test.each([
  ['xlsx', makeXlsx(sheets), EXCEL],
  ['xls', makeXls(sheets), 'application/vnd.ms-excel'],
  ['xlsb', makeXlsb(sheets), 'application/vnd.ms-excel.sheet.binary.macroenabled.12'],
  ['ods', makeOds(sheets), 'application/vnd.oasis.opendocument.spreadsheet'],
])('spreadsheetProcessor reads the sheets of %s by name', async (_, bytes, mediaType) => {
  const parts = await partsOf({ processor: spreadsheetProcessor, bytes, mediaType });
  expect(parts.map(({ kind, label, text }) => [kind, label, text])).toEqual([
    ['sheet', 'People', 'Name | Born\nAda | 1815\nBob'],
  ]);
});

test('spreadsheetProcessor writes dates and numbers as they are shown', async () => {
  const bytes = makeXlsx({ A: [[new Date(2024, 1, 29), 0.5, true, 'x\ny']] });
  expect(await textsOf({ processor: spreadsheetProcessor, bytes })).toEqual([
    '2024-02-29 | 0.5 | TRUE | x y',
  ]);
});

test('spreadsheetProcessor cuts a large sheet between rows and repeats the header', async () => {
  const rows = Array.from({ length: 1000 }, (_, at) => [`Name ${at}`, at]);
  const bytes = makeXlsx({ Big: [['Name', 'Number'], ...rows] });
  const parts = await partsOf({ processor: spreadsheetProcessor, bytes });
  expect(parts.length).toBeGreaterThan(3);
  for (const { label, text } of parts) {
    expect(label).toBe('Big');
    expect(text).toMatch(/^Name \| Number\nName \d+ \| \d+\n/);
  }
});

test('spreadsheetProcessor is not led astray by a sheet that claims a million rows', async () => {
  const bytes = makeXlsx({
    Far: [['first'], ...Array.from({ length: 1_048_574 }, () => []), ['last']],
  });
  const texts = await textsOf({ processor: spreadsheetProcessor, bytes });
  expect(texts).toEqual(['first\nlast']);
});

test('odtProcessor reads headings, lists, tables, notes and spaces', async () => {
  const body = '<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:note><text:note-citation>1' +
    '</text:note-citation><text:note-body><text:p>aside</text:p></text:note-body></text:note>.' +
    '</text:p><text:tracked-changes><text:p>gone</text:p></text:tracked-changes><table:table>' +
    '<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell>' +
    '<text:p>y</text:p></table:table-cell></table:table-row></table:table>';
  const bytes = makeOdt(['# Head', '- item'], body);
  const [part] = await partsOf({ processor: odtProcessor, bytes });
  expect(part).toMatchObject({
    label: 'Head',
    text: '# Head\n\n- item\n\na b c (aside ).\n\nx | y',
  });
});

test('epubProcessor reads chapters in reading order, titled by the table of contents', async () => {
  const bytes = makeEpub([
    { title: 'The Beginning', html: '<h1>I</h1><p>Once upon a time.</p>' },
    { title: 'The End', html: '<p>Ever after.</p><img src="http://example.com/x.png"/>' },
  ]);
  const parts = await partsOf({ processor: epubProcessor, bytes });
  expect(parts.map(({ kind, label, text }) => [kind, label, text])).toEqual([
    ['chapter', 'The Beginning', '# I\n\nOnce upon a time.'],
    ['chapter', 'The End', 'Ever after.'],
  ]);
});

test('epubProcessor fails with encrypted_file only when chapters are locked, not fonts', async () => {
  const book = (locked: string) =>
    zip({
      'META-INF/container.xml': '<container><rootfile full-path="b.opf"/></container>',
      'META-INF/encryption.xml': `<e><CipherReference URI="${locked}"/></e>`,
      'b.opf': '<package><item id="a" href="a.xhtml"/><itemref idref="a"/></package>',
      'a.xhtml': '<p>Text</p>',
    });
  expect(await textsOf({ processor: epubProcessor, bytes: book('font.otf') })).toEqual(['Text']);
  await expect(run({ processor: epubProcessor, bytes: book('a.xhtml') })).rejects.toMatchObject({
    code: 'encrypted_file',
  });
});
