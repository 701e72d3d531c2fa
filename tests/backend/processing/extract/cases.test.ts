/**
 * Files that came out wrong, each as it was uploaded: recognised by its content and read by the
 * processor that is registered for it.
 */
import { expect, test } from 'vitest';
import { detectMediaType } from '../../../../backend/processing/detect.ts';
import type { ProcessedPart } from '../../../../backend/processing/processor.ts';
import { processorFor } from '../../../../backend/processing/registry.ts';
import { collect, partsIn } from './running.ts';

const CASES = new URL('../../../support/cases/', import.meta.url).pathname;

async function read(place: string): Promise<ProcessedPart[]> {
  const path = `${CASES}${place}`;
  const name = place.split('/').at(-1)!;
  const mediaType = await detectMediaType(path, name);
  const workDir = await Deno.makeTempDir({ prefix: 'headway-case-' });
  try {
    const input = { path, name, mediaType, workDir, modelDir: workDir, checkpoint: null };
    return partsIn(await collect(processorFor(mediaType), input));
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
}

async function textOf(place: string): Promise<string> {
  const parts = await read(place);
  return parts.map(({ separator, text }, at) => (at ? separator ?? '\n\n' : '') + text).join('');
}

const MINUTES = '会議の議事録\n' + '予算について話し合いました。\n'.repeat(5);

test.each([
  ['enc-big5/big5.txt', '會議記錄\n討論預算問題，下次會議在星期五。\n'.repeat(3)],
  [
    'enc-cp1250-csv-mojibake/enc-cp1250.csv',
    'Nazwisko | Miasto | Uwagi do zamówienia\nKowalski | Łódź | dostawa we wtorek\n' +
    'Wiśniewska | Kraków | prosimy zadzwonić wcześniej',
  ],
  [
    'enc-cp1251-csv/cp1251.csv',
    'Имя | Город | Заметка\nИван | Москва | Позвонить во вторник\nОльга | Казань | Срочно',
  ],
  ['enc-eucjp/eucjp.txt', MINUTES],
  ['enc-html-late-charset/html-late-charset.html', 'Обсудили бюджет'],
  ['enc-html-sjis-declared/html-sjis.html', '# 会議\n\n予算について話し合いました。'],
  ['enc-iso2022jp/iso2022jp.txt', MINUTES],
  ['enc-nul-in-log/nul.log', 'line one\nbadbyte line\nline three\n'],
  ['enc-one-bad-byte/onebadbyte.txt', `${'Grüße aus Köln. Übergröße.\n'.repeat(200)}\ufffd\n`],
  [
    'enc-sjis-csv/sjis.csv',
    '名前 | 都市 | 備考\n山田太郎 | 東京 | 納品は火曜日\n鈴木花子 | 大阪 | 電話してください',
  ],
  ['enc-utf32/utf32.txt', 'Grüße aus Köln, thirty-two bits\n'],
  [
    'csv-preamble/title.csv',
    'Report of March\nName | Betrag | Datum\nMüller | 1.234,50 | 01.03.2024\n' +
    'Meier | 9,99 | 02.03.2024',
  ],
  ['xml-spreadsheet/sml2003.xls', 'Hello | 5'],
  [
    'json-numbers/bigint.json',
    '{\n  "id": 12345678901234567890,\n  "price": 1.10,\n  "text": "café",\n  "dup": 1,\n  "dup": 2\n}',
  ],
  [
    'html-rowspan/html-table-spans.html',
    'Tariffs\nZone | Price\nZone | Day | Night\nA | 1 | 2\nB | 3 | 4\nB | 5 | 6',
  ],
  [
    'super-html/html-sup.html',
    'E=mc^2 and H2O and 10^6 items, see note^1.\n\n5. five\n9. nine\n10. ten\na. x',
  ],
  ['super-html-mathml/html-mathml.html', 'Half: 1/2 and xy^3\n\nChart label\nSales graph'],
  ['epub-name-case/epub-case.epub', 'Chapter one is here\n\nChapter two is here'],
  ['epub-no-mimetype/epub-nomime.epub', 'No mimetype entry'],
  ['epub-selfclosed-iframe/epub-sc-iframe.epub', 'Before.\n\nAfter the element.\n\nIn a div.'],
  ['epub-selfclosed-script/epub-sc-script.epub', 'Before.\n\nAfter the element.\n\nIn a div.'],
  [
    'mail-eml/mail.eml',
    'Subject: Angebot für März\nFrom: Rita <rita@example.org>\nDate: Fri, 1 Mar 2024 10:00:00 +0100' +
    '\n\nHallo Olaf, \ndie Brücke ist ab März gesperrt.',
  ],
  ['rtf-bin/rtf-bin.rtf', 'Start end'],
  ['rtf-fonts-charset/rtf-fcharset.rtf', 'English Привет Łódź'],
  [
    'docx-alt-and-chart/docx-alt-chart.docx',
    'Above the picture.\n\nA map of the three depots in Kiel\n\nParcels per depot: Altona 4711',
  ],
  ['docx-altchunk/docx-altchunk.docx', 'Main text.\n\nChunk imported from HTML'],
  [
    'docx-header-footer/docx-header-footer.docx',
    'ACME Logistics GmbH, Hafenstrasse 7\n\nDear customer, thank you for your order.\n\n' +
    'Invoice reference INV-20417',
  ],
  [
    'docx-heading-numbers/docx-heading-numbers.docx',
    '# 1 Terms\n\n## 1.1 Payment\n\nNet 30 days.\n\n## 1.2 Liability\n\nSee section 1.1.',
  ],
  [
    'docx-symbols/docx-sym.docx',
    'Dose: 5 μg. Step one → step two. NCI-CTCAE and cooperate. Checked: ☑',
  ],
  ['super-docx/docx-vertalign.docx', 'The plant makes 10^6 units of CO2.'],
  [
    'super-docx-equation/docx-equation.docx',
    'The area is A=πr^2 and the rate is 12/345 exactly.',
  ],
  [
    'pptx-alt-comments/pptx-alt-comments.pptx',
    'Damage report\nPhoto of the broken conveyor belt\n\nComment: Use the newer photo please',
  ],
  ['pptx-smartart/pptx-smartart.pptx', 'Our process\nReceive goods\nInspect goods'],
  [
    'xlsx-date-dotted/xlsx-formats.xlsx',
    '1. März 2024\n01/03/2024\nFriday, March 01, 2024\n2024年3月1日\n1. März 2024\n01.03.2024\n' +
    '1,234.50 €\n49:30:00\n1. Mar. 2024\n3/1/24 18:00\n4006381333931\n49431123456\n0.1\n0.00001\n' +
    '45352\n2024-03-01 | 2024-03-01',
  ],
  [
    'xlsx-formula-nocache/xlsx-formula-nocache.xlsx',
    'Item | Amount\nRent | 800\nFood | 350\nTotal | =SUM(B2:B3)',
  ],
  [
    'xlsx-merged/xlsx-merged.xlsx',
    'Region | Month | Sales\nNorth | Jan | 1\nNorth | Feb | 2\nSouth | Jan | 3\nSouth | Feb | 4',
  ],
])('%s is read as it was meant', async (place, text) => {
  expect(await textOf(place)).toBe(text);
});

test('enc-cp1251-mostly-ascii: every row ends with its Russian word', async () => {
  const text = await textOf('enc-cp1251-mostly-ascii-mojibake/enc-cp1251-mostly-ascii.csv');
  const rows = text.split('\n').filter((line) => /^\d/.test(line));
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !row.endsWith(' | Оплата'))).toEqual([]);
});

test('table-long-cell-csv: the long row is there to its last word', async () => {
  const text = await textOf('table-long-cell-csv/longcell.csv');
  expect(text).toMatch(
    /^id \| body\n\n1 \| word0 word1 [^]*word5999 THE-LAST-WORD\n\nid \| body\n2 \| short$/,
  );
});

test('html-code-becomes-heading: a comment in program code labels nothing', async () => {
  const parts = await read('html-code-becomes-heading/html-pre-br.html');
  expect(parts.map(({ label }) => label)).toEqual([null]);
  expect(parts[0]!.text).toContain('# not a heading');
});

test('rtf-shape: the text in the shape is read, not its fallback', async () => {
  const text = await textOf('rtf-shape/rtf-shape.rtf');
  expect(text.replace(/\s+/g, ' ')).toBe('Before Text in the shape after');
});
