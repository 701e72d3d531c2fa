/** Visible content of workbooks, kind by kind. */
import { type BookType, utils, type WorkBook, type WorkSheet, write } from '@e965/xlsx';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { spreadsheetProcessor } from '../../../../backend/processing/extract/spreadsheet.ts';
import { makeXlsx } from '../../../support/documents.ts';
import { partsOf, run, textsOf } from './running.ts';

const EXCEL = spreadsheetProcessor.mediaTypes[0]!;
const TYPES = {
  xlsx: EXCEL,
  biff8: 'application/vnd.ms-excel',
  xlsb: 'application/vnd.ms-excel.sheet.binary.macroenabled.12',
} as const;

function bytesOf(
  sheets: Record<string, WorkSheet>,
  type: BookType = 'xlsx',
  properties: WorkBook['Workbook'] = {},
): Uint8Array {
  const workbook = utils.book_new();
  for (const [name, sheet] of Object.entries(sheets)) {
    utils.book_append_sheet(workbook, sheet, name);
  }
  workbook.Workbook = properties;
  return new Uint8Array(write(workbook, { type: 'array', bookType: type, compression: true }));
}

const read = async (bytes: Uint8Array, mediaType: string = EXCEL) =>
  (await textsOf({ processor: spreadsheetProcessor, bytes, mediaType })).join('\n\n');

/** The workbook with some of its entries changed or added. */
function changed(
  bytes: Uint8Array,
  entries: Record<string, (xml: string) => string>,
): Uint8Array {
  const all = unzipSync(bytes);
  for (const [name, change] of Object.entries(entries)) {
    all[name] = strToU8(change(all[name] ? strFromU8(all[name]) : ''));
  }
  return zipSync(all);
}

test.each(Object.entries(TYPES))(
  'dates and long numbers of %s are as shown',
  async (type, mediaType) => {
    const sheet = utils.aoa_to_sheet([[45352, 45352.5, 4006381333931, 0.25]]);
    sheet.A1.z = 'dd.mm.yyyy';
    sheet.B1.z = '[$-407]d. mmmm yyyy hh:mm';
    sheet.D1.z = '0.0 %';
    expect(await read(bytesOf({ S: sheet }, type as BookType), mediaType)).toBe(
      '01.03.2024 | 1. März 2024 12:00 | 4006381333931 | 25.0 %',
    );
  },
);

test.each(Object.entries(TYPES))(
  'dates of %s count from 1904 where it says so',
  async (type, mediaType) => {
    const sheet = utils.aoa_to_sheet([[43890]]);
    sheet.A1.z = 'dd.mm.yyyy';
    const bytes = bytesOf({ S: sheet }, type as BookType, { WBProps: { date1904: true } });
    expect(await read(bytes, mediaType)).toBe('01.03.2024');
  },
);

test('merged cells stand in every row that has something of its own', async () => {
  const sheet = utils.aoa_to_sheet([['Region', 'Month'], ['North', 'Jan'], [null, 'Feb'], [
    null,
    null,
  ], [
    null,
    'Apr',
  ], ['South', 'Jan']]);
  sheet['!merges'] = [utils.decode_range('A2:A5')];
  expect(await read(bytesOf({ S: sheet }))).toBe(
    'Region | Month\nNorth | Jan\nNorth | Feb\nNorth | Apr\nSouth | Jan',
  );
});

test('a merge of a million rows is read in the rows that exist', async () => {
  const sheet = utils.aoa_to_sheet([['All', 'one'], [null, 'two']]);
  sheet['!merges'] = [utils.decode_range('A1:A1048576')];
  expect(await read(bytesOf({ S: sheet }))).toBe('All | one\nAll | two');
});

test('hidden sheets are marked, in their text and their label', async () => {
  const sheets = { Open: utils.aoa_to_sheet([['a']]), Costs: utils.aoa_to_sheet([['b']]) };
  const bytes = bytesOf(sheets, 'xlsx', { Sheets: [{ Hidden: 0 }, { Hidden: 2 }] });
  const parts = await partsOf({ processor: spreadsheetProcessor, bytes, mediaType: EXCEL });
  expect(parts.map(({ label, text }) => [label, text])).toEqual([
    ['Open', 'a'],
    ['Costs (hidden)', 'Hidden sheet\n\nb'],
  ]);
});

test('comments stand behind the rows, with their cell and author', async () => {
  const sheet = utils.aoa_to_sheet([['a', 'b']]);
  sheet.B1.c = [{ a: 'Ann', t: 'Is this\nright?' }];
  expect(await read(bytesOf({ S: sheet }))).toBe('a | b\nComment on B1 (Ann): Is this right?');
});

test('a formula without a stored value is shown, and counted in a notice', async () => {
  const bytes = changed(makeXlsx({ S: [['Total', 3], ['x', 4]] }), {
    'xl/worksheets/sheet1.xml': (xml) =>
      xml.replace(/<c r="B1"[^>]*>.*?<\/c>/, '<c r="B1"><f>SUM(B2:B9)</f><v></v></c>')
        .replace(/<c r="B2"[^>]*>.*?<\/c>/, '<c r="B2"><f>1+3</f><v>4</v></c>'),
  });
  const events = await run({ processor: spreadsheetProcessor, bytes, mediaType: EXCEL });
  const found = events.flatMap((event) => event.type === 'parts' ? [event] : []);
  expect(found.map(({ parts }) => parts.map(({ text }) => text))).toEqual([
    ['Total | =SUM(B2:B9)\nx | 4'],
  ]);
  expect(found[0]!.notices).toEqual([{ code: 'cells_without_value', params: { count: 1 } }]);
});

test('a stored value that is empty text is no missing one', async () => {
  const bytes = changed(makeXlsx({ S: [['Total', 3]] }), {
    'xl/worksheets/sheet1.xml': (xml) =>
      xml.replace(/<c r="B1"[^>]*>.*?<\/c>/, '<c r="B1" t="str"><f>IF(1,"","x")</f><v></v></c>'),
  });
  const events = await run({ processor: spreadsheetProcessor, bytes, mediaType: EXCEL });
  expect(events.some((event) => event.type === 'parts' && event.notices)).toBe(false);
});

test('raised digits in a cell do not run into the number', async () => {
  const bytes = changed(makeXlsx({ S: [['x']] }), {
    'xl/worksheets/sheet1.xml': (xml) =>
      xml.replace(
        /<c r="A1"[^>]*>.*?<\/c>/,
        '<c r="A1" t="inlineStr"><is><r><t>10</t></r><r><rPr><vertAlign val="superscript"/></rPr>' +
          '<t>6</t></r></is></c>',
      ),
  });
  expect(await read(bytes)).toBe('10^6');
});

test('a cell of 32,767 characters is whole', async () => {
  const words = Array.from({ length: 5000 }, (_, at) => `w${at}`).join(' ').slice(0, 32_767);
  const texts = await read(makeXlsx({ S: [['id', 'text'], [1, words]] }));
  expect(texts.replace(/\s+/g, ' ')).toContain(words.trim());
});

test('text boxes, charts and described pictures on a sheet are read', async () => {
  const relation = (id: string, type: string, target: string) =>
    `<Relationships><Relationship Id="${id}" Type="http://x/${type}" Target="${target}"/></Relationships>`;
  const bytes = changed(makeXlsx({ One: [['a']], Two: [['b']] }), {
    'xl/worksheets/_rels/sheet2.xml.rels': () =>
      relation('r1', 'drawing', '../drawings/drawing1.xml'),
    'xl/drawings/_rels/drawing1.xml.rels': () => relation('r1', 'chart', '../charts/chart1.xml'),
    'xl/drawings/drawing1.xml': () =>
      '<xdr:wsDr><xdr:sp><xdr:nvSpPr><xdr:cNvPr id="1" name="t"/></xdr:nvSpPr><xdr:txBody><a:p><a:r>' +
      '<a:t>In a box</a:t></a:r></a:p></xdr:txBody></xdr:sp><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" ' +
      'name="p" descr="A map"/></xdr:nvPicPr></xdr:pic><xdr:graphicFrame><c:chart r:id="r1"/>' +
      '</xdr:graphicFrame></xdr:wsDr>',
    'xl/charts/chart1.xml': () =>
      '<c:chartSpace><c:ser><c:tx><c:v>Sales</c:v></c:tx><c:cat><c:strLit><c:pt idx="0"><c:v>Kiel</c:v>' +
      '</c:pt></c:strLit></c:cat><c:val><c:numLit><c:pt idx="0"><c:v>7</c:v></c:pt></c:numLit></c:val>' +
      '</c:ser></c:chartSpace>',
  });
  expect(await read(bytes)).toBe('a\n\nb\nIn a box\nA map\nSales: Kiel 7');
});

test('OpenDocument: shown values, raised digits, drawings, hidden sheets, open formulas', async () => {
  const cell = (attributes: string, content: string) =>
    `<table:table-cell ${attributes}>${
      content && `<text:p>${content}</text:p>`
    }</table:table-cell>`;
  const row = (...cells: string[]) => `<table:table-row>${cells.join('')}</table:table-row>`;
  const style = (name: string, family: string, properties: string) =>
    `<style:style style:name="${name}" style:family="${family}"><style:${properties}/></style:style>`;
  const bytes =
    '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" ' +
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" office:mimetype=' +
    '"application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>' +
    style('T1', 'text', 'text-properties style:text-position="super 58%"') +
    style('ta2', 'table', 'table-properties table:display="false"') +
    '</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="One"><table:shapes>' +
    '<draw:custom-shape><text:p>In a shape</text:p></draw:custom-shape></table:shapes>' +
    row(
      cell('office:value-type="date" office:date-value="2024-03-01"', '01.03.2024'),
      cell('office:value-type="float" office:value="4006381333931"', '4,00638133393E+12'),
    ) +
    row(
      cell('office:value-type="string" table:number-rows-spanned="2"', 'North'),
      cell('office:value-type="string"', '10<text:span text:style-name="T1">6</text:span> a'),
    ) +
    row(
      '<table:covered-table-cell/>',
      cell('table:formula="of:=1+1"', ''),
      cell('office:value-type="string"', 'x'),
    ) +
    '</table:table><table:table table:name="Two" table:style-name="ta2">' +
    row(cell('office:value-type="string"', 'b')) +
    '</table:table></office:spreadsheet></office:body></office:document>';
  const mediaType = spreadsheetProcessor.mediaTypes.find((type) => type.endsWith('-flat-xml'))!;
  const events = await run({ processor: spreadsheetProcessor, bytes, mediaType });
  const found = events.flatMap((event) => event.type === 'parts' ? [event] : []);
  expect(found.flatMap(({ parts }) => parts.map(({ label, text }) => [label, text]))).toEqual([
    ['One', '01.03.2024 | 4006381333931\nNorth | 10^6 a\nNorth | | x\nIn a shape'],
    ['Two (hidden)', 'Hidden sheet\n\nb'],
  ]);
  expect(found.flatMap(({ notices }) => notices ?? [])).toEqual([
    { code: 'cells_without_value', params: { count: 1 } },
  ]);
});

test('headers and footers of a sheet in print are read, without their codes', async () => {
  const bytes = changed(makeXlsx({ S: [['a']] }), {
    'xl/worksheets/sheet1.xml': (xml) =>
      xml.replace(
        '</worksheet>',
        '<headerFooter><oddHeader>&amp;L&amp;"Arial,Bold"&amp;12Müller &amp;&amp; Co&amp;RDraft</oddHeader>' +
          '<oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter></worksheet>',
      ),
  });
  expect(await read(bytes)).toBe('a\nMüller & Co\nDraft');
});

test('headers of a sheet in print keep characters of any language', async () => {
  const header = 'Übersicht – Größe „Łódź“ 価格';
  const bytes = changed(makeXlsx({ S: [['a']] }), {
    'xl/worksheets/sheet1.xml': (xml) =>
      xml.replace(
        '</worksheet>',
        `<headerFooter><oddHeader>&amp;C${header}</oddHeader></headerFooter></worksheet>`,
      ),
  });
  expect(await read(bytes)).toBe(`a\n${header}`);
});
