/** Content of each format beyond plain paragraphs, and its form as text. */
import fc from 'fast-check';
import { strFromU8, unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { csvProcessor } from '../../../../backend/processing/extract/csv.ts';
import { findDelimiter } from '../../../../backend/processing/extract/csv-delimiter.ts';
import { docxProcessor } from '../../../../backend/processing/extract/docx.ts';
import { epubProcessor } from '../../../../backend/processing/extract/epub.ts';
import { fictionBookProcessor } from '../../../../backend/processing/extract/fiction-book.ts';
import { htmlProcessor, htmlToText } from '../../../../backend/processing/extract/html.ts';
import { indentJson } from '../../../../backend/processing/extract/json-indent.ts';
import { legacyOfficeProcessor } from '../../../../backend/processing/extract/legacy-office.ts';
import { mailboxProcessor, mailProcessor } from '../../../../backend/processing/extract/mail.ts';
import { notebookProcessor } from '../../../../backend/processing/extract/notebook.ts';
import { odtProcessor } from '../../../../backend/processing/extract/open-document.ts';
import { outlookProcessor } from '../../../../backend/processing/extract/outlook.ts';
import { rtfToText } from '../../../../backend/processing/extract/rtf-text.ts';
import { spreadsheetProcessor } from '../../../../backend/processing/extract/spreadsheet.ts';
import { subtitleProcessor } from '../../../../backend/processing/extract/subtitles.ts';
import {
  makeEml,
  makeEpub,
  makeFb2,
  makeMbox,
  makeMhtml,
  makeMsg,
  makeNotebook,
  readLegacy,
  zip,
} from '../../../support/documents.ts';
import { encode, TONGUES } from '../../../support/sentences.ts';
import type { ProcessEvent, Processor } from '../../../../backend/processing/processor.ts';
import { partsIn, partsOf, run, textsOf } from './running.ts';

async function textOf(processor: Processor, bytes: string | Uint8Array, mediaType?: string) {
  return (await textsOf({ processor, bytes, mediaType })).join('\n\n');
}

const noticesIn = (events: readonly ProcessEvent[]) =>
  events.flatMap((event) => event.type === 'parts' ? event.notices ?? [] : []);

const json = fc.json({ maxDepth: 5, noUnicodeString: false });

test('indentJson() indents as JSON.stringify does where that loses nothing', () => {
  fc.assert(fc.property(json, (text) => {
    expect(indentJson(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
  }));
});

test('indentJson() keeps every number as it is written', () => {
  const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?$/);
  fc.assert(fc.property(fc.array(digits), (numbers) => {
    const kept = indentJson(`[${numbers.join(',')}]`).match(/[-\d][\d.eE+-]*/g) ?? [];
    expect(kept).toEqual(numbers);
  }));
});

test.each([
  ['a title above the table', 'Report, March\n\na;b;c\n1,5;2,5;3\n4,5;5;6\n', ';', 0],
  ['decimal commas', 'a;b\n"x, y";1,5\nz;2,5\n', ';', 0],
  ['decimal commas in every cell', '1,5;2,5\n3,5;4,5\n', ';', 0],
  ['whole numbers', '1,5,2\n3,5,4\n', ',', 0],
  ['lists in cells', 'a,x;y,c\nb,x;z,d\n', ',', 0],
  ['a line for Excel', 'sep=|\r\na,b|c\n', '|', 7],
  ['cells of several lines', 'a,b\n"one;\ntwo;\nthree;",2\n', ',', 0],
  ['one column', 'a\nb\nc\n', ',', 0],
  ['a head that ends in a cell', 'a;b\n1;"text that goes', ';', 0],
])('findDelimiter() finds it with %s', (_, head, delimiter, read) => {
  expect(findDelimiter(head)).toEqual({ delimiter, read });
});

test('csvProcessor keeps every word of long cells, from any checkpoint on', async () => {
  const long = Array.from({ length: 4_000 }, (_, at) => `word${at}`).join(' ');
  const text = await textOf(csvProcessor, `id,body\n1,"${long}"\n2,short\n3,"${long}"\n`);
  expect(text.match(/word\d+/g)).toHaveLength(8_000);
  expect(text).toMatch(/word3999\n\nid \| body\n2 \| short\n\n3 \| word0/);
});

test.each([
  ['<p>10<sup>6</sup> and x<sub>i</sub>', '10^6 and x_i'],
  ['<p>e<sup>x+1</sup>', 'e^(x+1)'],
  ['<p>CO<sub>2</sub>, Ca<sup>2+</sup>', 'CO2, Ca^2+'],
  ['<p>log<sub>2</sub>8, 10<sub>2</sub>', 'log2 8, 10_2'],
  ['<p>the 1<sup>st</sup>, le 2<sup>e</sup>, M<sup>me</sup>', 'the 1st, le 2e, Mme'],
  ['<p><sup>1</sup> A note', '1 A note'],
  [
    '<p>x<math><msub><mi>a</mi><mn>1</mn></msub><mo>=</mo><msqrt><mn>2</mn></msqrt></math>',
    'xa_1=√(2)',
  ],
  [
    '<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mn>345</mn></mfrac></math>',
    '(a+1)/345',
  ],
  [
    '<math><mn>1</mn><mn>2</mn><semantics><mi>y</mi><annotation>tex</annotation></semantics></math>',
    '1 2y',
  ],
  [
    '<ol type=i><li>a<li>b</ol><ol type=A start=27><li>c</ol><ol reversed start=3><li>d<li>e</ol>',
    'i. a\nii. b\nAA. c\n3. d\n2. e',
  ],
  ['<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>', '漢字(かんじ)'],
  [
    '<p><img alt="Sales by year"><input value="Jane"><input type=hidden value=secret>',
    'Sales by year Jane',
  ],
  ['<svg><title>Growth</title><text>North</text><text>South</text></svg>', 'Growth\nNorth\nSouth'],
])('htmlToText() of %s', (html, text) => {
  expect(htmlToText(html).text).toBe(text);
});

test.each([
  ['<tr><td rowspan=3>a<td>1<tr><td>2<tr><td>3', 'a | 1\na | 2\na | 3'],
  ['<tr><td>a<td rowspan=2>x<tr><td>b<tr><td>c<td>y', 'a | x\nb | x\nc | y'],
  ['<tr><td colspan=2>a<td>b<tr><td>1<td>2<td>3', 'a |  | b\n1 | 2 | 3'],
  ['<tbody><tr><td rowspan=0>a<td>1<tr><td>2</tbody><tbody><tr><td>b<td>3', 'a | 1\na | 2\nb | 3'],
  ['<tr><td rowspan=2 colspan=2>a<td>1<tr><td>2', 'a |  | 1\na |  | 2'],
  ['<tr><td rowspan=99999999><td colspan=99999999>a', ' | a'],
])('htmlToText() puts cells under their columns: %s', (rows, text) => {
  expect(htmlToText(`<table>${rows}</table>`).text).toBe(text);
});

test('htmlProcessor reads XHTML by the rules of XML, and other pages by those of HTML', async () => {
  const body = '<p>one</p><script src="a.js"/><h:p xmlns:h="x">two</h:p>';
  expect(await textOf(htmlProcessor, `<?xml version="1.0"?><html><body>${body}</body></html>`))
    .toBe('one\n\ntwo');
  expect(await textOf(htmlProcessor, `<html><body>${body}</body></html>`)).toBe('one');
});

test('epubProcessor names a chapter that the book does not hold', async () => {
  const entries = unzipSync(
    makeEpub([{ title: 'One', html: 'first' }, { title: 'Two', html: 'second' }]),
  );
  const names = Object.keys(entries).filter((name) => /html$/.test(name));
  const lost = names.find((name) => /second/.test(strFromU8(entries[name]!)))!;
  delete entries[lost];
  const events = await run({ processor: epubProcessor, bytes: zip(entries) });
  expect(partsIn(events).map(({ text }) => text).join('')).toBe('first');
  expect(noticesIn(events)).toEqual([
    { code: 'parts_missing', params: { count: 1, names: [lost] } },
  ]);
});

test('rtfToText() obeys the character set of each font', () => {
  const charsets = {
    German: [0, 'windows-1252'],
    Russian: [204, 'windows-1251'],
    Greek: [161, 'windows-1253'],
    Polish: [238, 'windows-1250'],
    Turkish: [162, 'windows-1254'],
    Hebrew: [177, 'windows-1255'],
    Arabic: [178, 'windows-1256'],
    Latvian: [186, 'windows-1257'],
    Thai: [222, 'windows-874'],
    Japanese: [128, 'shift_jis'],
    'Chinese, simplified': [134, 'gbk'],
    'Chinese, traditional': [136, 'big5'],
    Korean: [129, 'euc-kr'],
  } as const;
  const all = Object.entries(charsets);
  const fonts = all.map(([, [charset]], at) => `{\\f${at}\\fnil\\fcharset${charset} F;}`).join('');
  const isPlain = (byte: number) => byte < 0x80 && !/[\\{}]/.test(String.fromCharCode(byte));
  const written = all.map(([language, [, encoding]], at) => {
    const bytes = encode(TONGUES[language]!.sentences.join(' '), encoding);
    const escaped = Array.from(
      bytes,
      (byte) => isPlain(byte) ? String.fromCharCode(byte) : `\\'${byte.toString(16)}`,
    );
    return `{\\f${at} ${escaped.join('')}}\\par `;
  });
  expect(rtfToText(`{\\rtf1\\ansi{\\fonttbl${fonts}}${written.join('')}}`)?.split('\n\n'))
    .toEqual(all.map(([language]) => TONGUES[language]!.sentences.join(' ')));
});

test.each([
  [String.raw`\uc2\u26085\'93\'fa\uc1 x\u8364?`, '日x€'],
  [String.raw`a{\v hidden}{\deleted gone}b\v c\v0 d`, 'abd'],
  [String.raw`10{\super 6} CO{\sub 2} 1{\super st}`, '10^6 CO2 1st'],
  [String.raw`{\header Head\par}text{\footer Foot\par}{\footer Foot\par}`, 'Head\n\ntext\n\nFoot'],
  [String.raw`a{\footnote note}{\*\annotation remark}{\*\unknown no}`, 'a (note) (remark)'],
  [String.raw`{\field{\*\fldinst HYPERLINK "x"}{\fldrslt link}}`, 'link'],
  [String.raw`{\upr{ansi}{\*\ud{unicode}}}`, 'unicode'],
  [
    String
      .raw`{\*\do{\dptxbxtext box}} {\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt shape}}{\shprslt no}}`,
    'box shape',
  ],
  [`\\bin4 }{}\\a{\\pict\\bin3 }}}}b`, 'ab'],
  ['mac', 'mac'],
])('rtfToText() of %s', (rtf, text) => {
  expect(rtfToText(`{\\rtf1\\ansi ${rtf}}`)).toBe(text);
});

test('rtfToText() ends with its first group, and is null where that never ends', () => {
  expect(rtfToText('\r\n{\\rtf1 text}\0\0}rest')).toBe('text');
  expect(rtfToText('{\\rtf1 text')).toBeNull();
  expect(rtfToText('text')).toBeNull();
});

const letter = {
  subject: 'Angebot für März',
  text: 'Hallo Olaf,\ndie Brücke ist gesperrt.',
  attachments: ['Übersicht.pdf'],
};

test('mailProcessor reads header, body and the names of what is attached', async () => {
  const events = await run({ processor: mailProcessor, bytes: makeEml(letter) });
  const parts = partsIn(events);
  expect(noticesIn(events)).toEqual([
    { code: 'attachments_left_out', params: { count: 1, names: ['Übersicht.pdf'] } },
  ]);
  expect(parts.map(({ label }) => label)).toEqual(['Angebot für März']);
  expect(parts[0]!.text).toBe(
    'Subject: Angebot für März\nFrom: Rita Ä. <rita@example.org>\nTo: Olaf <olaf@example.org>\n' +
      'Date: Fri, 1 Mar 2024 10:00:00 +0100\n\nHallo Olaf,\ndie Brücke ist gesperrt.\n\n' +
      'Attachments:\n- Übersicht.pdf (application/pdf, 2 kB)',
  );
});

test.each([
  ['windows-1251', 'Обсудили бюджет на следующий год'],
  ['koi8-r', 'Совещание состоится во вторник'],
  ['shift_jis', '予算について話し合いました'],
  ['iso-2022-jp', '次回の会議は火曜日に東京で行います'],
])('mailProcessor reads letters of %s that stand in it as they are', async (encoding, text) => {
  for (const type of ['', `Content-Type: text/plain; charset=${encoding}\r\n`]) {
    const bytes = encode(`Subject: ${text}\r\nFrom: a@b.c\r\n${type}\r\n${text}\r\n`, encoding);
    expect(await textOf(mailProcessor, bytes))
      .toBe(`Subject: ${text}\nFrom: a@b.c\n\n${text}`);
  }
});

test('mailProcessor reads attachments that are text or messages', async () => {
  const part = (type: string, name: string, body: string) =>
    `--b\r\nContent-Type: ${type}\r\nContent-Disposition: attachment; filename=${name}\r\n\r\n${body}\r\n`;
  const inner = 'Subject: Inner\r\nFrom: a@b.c\r\n\r\nWords inside';
  const bytes =
    'Subject: Outer\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' +
    part('text/csv', 'a.csv', 'x,y') + part('message/rfc822', 'b.eml', inner) + '--b--\r\n';
  const events = await run({ processor: mailProcessor, bytes });
  const text = partsIn(events).map(({ text }) => text).join('');
  expect(text).toMatch(/a\.csv:\n\nx,y/);
  expect(text).toMatch(/b\.eml:\n\nSubject: Inner\nFrom: a@b\.c\n\nWords inside/);
  expect(noticesIn(events)).toEqual([]);
});

test('mailProcessor takes the page where the plain text only says that there is one', async () => {
  const html = `<h1>News</h1><p>${'The bridge is closed. '.repeat(9)}</p>`;
  const short = makeEml({ subject: 'x', text: 'See the page.', html });
  expect(await textOf(mailProcessor, short)).toContain('# News\n\nThe bridge');
  const same = makeEml({
    subject: 'x',
    text: 'The bridge is closed.',
    html: '<p>The bridge is closed.',
  });
  expect(await textOf(mailProcessor, same)).toMatch(/\n\nThe bridge is closed\.$/);
});

test('mailProcessor reads a web archive without listing its pictures', async () => {
  const html = '<meta charset="utf-8"><h1>Größe</h1><p>Text<img src="cid:a">';
  expect(await textOf(mailProcessor, makeMhtml(html))).toMatch(/# Größe\n\nText/);
});

test('mailboxProcessor reads every message under its subject', async () => {
  const subjects = ['One', 'Two', 'Three'];
  const bytes = makeMbox(
    subjects.map((subject) => ({ subject, text: `${subject}!\nFrom here on` })),
  );
  const parts = await partsOf({ processor: mailboxProcessor, bytes });
  expect(parts.map(({ label }) => label)).toEqual(subjects);
  expect(parts[2]!.text).toMatch(/^Subject: Three\n[^]*Three!\nFrom here on$/);
});

test('outlookProcessor reads header, body and the names of what is attached', async () => {
  expect(await textOf(outlookProcessor, makeMsg(letter))).toBe(
    'Subject: Angebot für März\nFrom: Rita Ä. <rita@example.org>\nTo: Olaf <olaf@example.org>\n\n' +
      'Hallo Olaf,\ndie Brücke ist gesperrt.\n\nAttachments:\n- Übersicht.pdf (2 kB)',
  );
});

test('notebookProcessor reads prose, code and results', async () => {
  const bytes = makeNotebook([{ prose: '# Title\n\nText' }, {
    code: '# no heading\nprint(1)',
    out: '1\n',
  }]);
  const parts = await partsOf({ processor: notebookProcessor, bytes });
  expect(parts.map(({ label }) => label)).toEqual(['Title']);
  expect(parts[0]!.text).toBe(
    '# Title\n\nText\n\n```python\n# no heading\nprint(1)\n```\n\n```\n1\n```',
  );
});

test.each([
  [
    'application/x-subrip',
    '1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Hello</i>\r\nthere\r\n\r\n2\r\n01:02:03,000 --> 01:02:04,000\r\nBye\r\n',
    '[00:00:01] Hello there\n[01:02:03] Bye',
  ],
  [
    'text/vtt',
    'WEBVTT\n\nNOTE no\n\nintro\n00:01.000 --> 00:02.000 align:left\n<v Ann>Hello &amp; <00:01.500>bye\n',
    '[00:00:01] Ann: Hello & bye'.replace('00:00:01', '00:00:01'),
  ],
  [
    'text/x-ssa',
    '[Script Info]\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n' +
    'Dialogue: 0,0:00:01.00,0:00:02.00,Default,Ann,0,0,0,,{\\b1}Hello,\\Nthere\n',
    '[00:00:01] Ann: Hello, there',
  ],
])('subtitleProcessor puts the time before each cue of %s', async (type, source, text) => {
  expect(await textOf(subtitleProcessor, source, type)).toBe(text);
});

test('subtitleProcessor reads subtitles in an old encoding', async () => {
  const source = '1\n00:00:01,000 --> 00:00:02,000\nПривет, как дела\n\n';
  expect(await textOf(subtitleProcessor, encode(source, 'windows-1251'))).toBe(
    '[00:00:01] Привет, как дела',
  );
});

test('fictionBookProcessor labels sections with their titles, and reads no pictures', async () => {
  const bytes = makeFb2([{ title: 'One', paragraphs: ['First.', 'Second.'] }]);
  const parts = await partsOf({ processor: fictionBookProcessor, bytes });
  expect(parts.map(({ label }) => label)).toEqual([null, 'The Book', 'One']);
  expect(parts.map(({ text }) => text).join('\n\n'))
    .toBe('Ada Author\n\n# The Book\n\n## One\n\nFirst.\n\nSecond.');
});

test('legacyOfficeProcessor reads documents and slides in every script', async () => {
  const document = await textOf(legacyOfficeProcessor, await readLegacy('minutes.doc'));
  expect(document).toContain('Grüße aus Köln. Привет, мир. 会議の議事録。');
  expect(document).toMatch(/Müller\t1\.234,50/);
  const slides = await textOf(
    legacyOfficeProcessor,
    await readLegacy('slides.ppt'),
    'application/vnd.ms-powerpoint',
  );
  expect(slides).toBe('Quarterly results\nUmsätze stiegen um 10 %\nСледующие шаги\nThank you');
});

const OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" ' +
  'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" ' +
  'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"';

test('documents in one file of XML are read without their tags', async () => {
  const word =
    '<?xml version="1.0"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml">' +
    '<w:body><w:p><w:r><w:t>Größe</w:t></w:r></w:p></w:body></w:wordDocument>';
  expect(await textOf(docxProcessor, word, 'application/x-word+xml')).toBe('Größe');
  const body = (content: string) =>
    `<?xml version="1.0"?><office:document ${OFFICE} office:mimetype="application/vnd.oasis.opendocument.text">` +
    `<office:body>${content}</office:body></office:document>`;
  const text = body(
    '<office:text><text:h text:outline-level="1">Head</text:h><text:p>Größe</text:p></office:text>',
  );
  expect(await textOf(odtProcessor, text, 'application/vnd.oasis.opendocument.text-flat-xml'))
    .toBe('# Head\n\nGröße');
  const sheet = body(
    '<office:spreadsheet><table:table table:name="A"><table:table-row><table:table-cell office:value-type="string">' +
      '<text:p>Größe</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="5">' +
      '<text:p>5</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>',
  );
  expect(
    await textOf(
      spreadsheetProcessor,
      sheet,
      'application/vnd.oasis.opendocument.spreadsheet-flat-xml',
    ),
  )
    .toBe('Größe | 5');
});
