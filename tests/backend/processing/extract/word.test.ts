/** Visible text of Word documents, kind by kind. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { docxProcessor } from '../../../../backend/processing/extract/docx.ts';
import { formatNumber } from '../../../../backend/processing/extract/list-numbers.ts';
import { makeDocx, makeWordPackage, type OfficePart, wordXml } from '../../../support/documents.ts';
import { run, textsOf } from './running.ts';

const t = (text: string) => `<w:t xml:space="preserve">${text}</w:t>`;
const r = (text: string, properties = '') => `<w:r><w:rPr>${properties}</w:rPr>${t(text)}</w:r>`;
const p = (content: string, properties = '') => `<w:p><w:pPr>${properties}</w:pPr>${content}</w:p>`;
const up = '<w:vertAlign w:val="superscript"/>';
const down = '<w:vertAlign w:val="subscript"/>';

function part(type: string, content: string | Uint8Array, name = `${type}.xml`): OfficePart {
  return { id: `r_${type}`, type, name, content };
}

async function read(body: string, parts: readonly OfficePart[] = []): Promise<string> {
  const bytes = makeWordPackage(body, parts);
  return (await textsOf({ processor: docxProcessor, bytes })).join('\n\n');
}

test.each([
  ['a power', r('10') + r('6', up), '10^6'],
  ['a power in several runs', r('10') + r('-', up) + r('6', up), '10^-6'],
  ['an index', r('H') + r('2', down) + r('O'), 'H2O'],
  ['an index behind a number', r('x = 10') + r('2', down), 'x = 10_2'],
  ['an ordinal', r('the 1') + r('st', up) + r(' of May'), 'the 1st of May'],
  ['raised words', r('n') + r('a + b', up), 'n^(a + b)'],
  ['a whole raised paragraph', r('all of it', up), 'all of it'],
  [
    'characters that were raised once',
    r('106', `<w:rPrChange><w:rPr>${up}</w:rPr></w:rPrChange>`),
    '106',
  ],
  ['a style', r('10') + r('6', '<w:rStyle w:val="Power"/>'), '10^6'],
])('%s', async (_, runs, text) => {
  const styles = wordXml(
    'styles',
    `<w:style w:type="character" w:styleId="Base"><w:rPr>${up}</w:rPr></w:style>` +
      '<w:style w:type="character" w:styleId="Power"><w:basedOn w:val="Base"/></w:style>',
  );
  expect(await read(p(runs), [part('styles', styles)])).toBe(text);
});

test('no raised or lowered digit runs into the number before it', async () => {
  const run = fc.record({
    digits: fc.integer({ min: 0, max: 999 }).map(String),
    raise: fc.constantFrom('', up, down),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 8 }), async (runs) => {
      const text = await read(p(runs.map(({ digits, raise }) => r(digits, raise)).join('')));
      const groups: string[] = [];
      runs.forEach(({ digits, raise }, at) => {
        if (at > 0 && runs[at - 1]!.raise === raise) groups[groups.length - 1] += digits;
        else groups.push(digits);
      });
      expect(text.split(/[\^_ ]|(?<=\d)(?=\b)/).join('')).toBe(groups.join(''));
      if (new Set(runs.map(({ raise }) => raise)).size > 1) {
        expect(text).not.toBe(runs.map(({ digits }) => digits).join(''));
      }
    }),
    { numRuns: 40 },
  );
});

const mr = (text: string) => `<m:r><m:t>${text}</m:t></m:r>`;
const m = (name: string, ...parts: [string, string][]) =>
  `<m:${name}>${parts.map(([part, xml]) => `<m:${part}>${xml}</m:${part}>`).join('')}</m:${name}>`;

test.each([
  ['a fraction', m('f', ['num', mr('3')], ['den', mr('8')]), '3/8'],
  ['a mixed number', mr('2') + m('f', ['num', mr('3')], ['den', mr('8')]), '2 3/8'],
  ['a fraction of sums', m('f', ['num', mr('a+b')], ['den', mr('c')]), '(a+b)/c'],
  ['a power', m('sSup', ['e', mr('x')], ['sup', mr('2')]), 'x^2'],
  ['an index', m('sSub', ['e', mr('a')], ['sub', mr('12')]), 'a_12'],
  ['both', m('sSubSup', ['e', mr('x')], ['sub', mr('1')], ['sup', mr('2')]), 'x_1^2'],
  ['a root', m('rad', ['deg', ''], ['e', mr('x+1')]), '√(x+1)'],
  ['a cube root', m('rad', ['deg', mr('3')], ['e', mr('8')]), '3√(8)'],
  [
    'a sum',
    '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>' + mr('i=1') + '</m:sub><m:sup>' +
    mr('n') + '</m:sup><m:e>' + mr('i') + '</m:e></m:nary>',
    '∑_(i=1)^n i',
  ],
  [
    'brackets',
    '<m:d><m:dPr><m:begChr m:val="["/><m:endChr m:val="]"/></m:dPr><m:e>' + mr('a') +
    '</m:e></m:d>',
    '[a]',
  ],
  [
    'a matrix',
    `<m:m><m:mr><m:e>${mr('1')}</m:e><m:e>${mr('2')}</m:e></m:mr><m:mr><m:e>${mr('3')}</m:e><m:e>${
      mr('4')
    }</m:e></m:mr></m:m>`,
    '[1, 2; 3, 4]',
  ],
  ['digits in several runs', mr('12') + mr('34'), '1234'],
  [
    'a power of a power',
    m('sSup', ['e', m('sSup', ['e', mr('2')], ['sup', mr('3')])], ['sup', mr('4')]),
    '2^3^4',
  ],
])('equation: %s', async (_, equation, text) => {
  expect(await read(p(r('so ') + `<m:oMath>${equation}</m:oMath>` + r('.')))).toBe(`so ${text}.`);
});

const level = (at: number, format: string, text: string, more = '') =>
  `<w:lvl w:ilvl="${at}"><w:start w:val="1"/><w:numFmt w:val="${format}"/>${more}<w:lvlText w:val="${text}"/></w:lvl>`;
const numbering = part(
  'numbering',
  wordXml(
    'numbering',
    `<w:abstractNum w:abstractNumId="0">${level(0, 'decimal', '%1.')}${
      level(1, 'lowerLetter', '%2)')
    }${level(2, 'lowerRoman', '%1.%2.%3')}</w:abstractNum><w:abstractNum w:abstractNumId="1">${
      level(0, 'bullet', '•')
    }</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>` +
      '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="3"><w:abstractNumId ' +
      'w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>',
  ),
);
const item = (list: number, depth: number, text: string) =>
  p(r(text), `<w:numPr><w:ilvl w:val="${depth}"/><w:numId w:val="${list}"/></w:numPr>`);

test('lists have the numbers that Word counts', async () => {
  const body = item(1, 0, 'one') + item(1, 1, 'sub') + item(1, 1, 'sub') + item(1, 2, 'deep') +
    item(2, 0, 'bullet') + item(1, 0, 'two') + item(1, 1, 'again') + item(3, 0, 'five') +
    item(3, 0, 'six') + item(1, 0, '') + item(1, 0, 'behind a blank one');
  expect(await read(body, [numbering])).toBe(
    '1. one\n  a) sub\n  b) sub\n    1.b.i deep\n- bullet\n2. two\n  a) again\n5. five\n6. six\n' +
      '8. behind a blank one',
  );
});

test('a paragraph that was deleted takes no number', async () => {
  const deleted = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr>' +
    `<w:del w:id="1"/></w:rPr></w:pPr><w:del>${r('gone')}</w:del></w:p>`;
  expect(await read(item(1, 0, 'one') + deleted + item(1, 0, 'two'), [numbering]))
    .toBe('1. one\n2. two');
});

test.each([
  [1, 'a', 'i', 'I'],
  [4, 'd', 'iv', 'IV'],
  [26, 'z', 'xxvi', 'XXVI'],
  [27, 'aa', 'xxvii', 'XXVII'],
  [53, 'aaa', 'liii', 'LIII'],
])('formatNumber() of %i', (number, letter, small, large) => {
  expect(formatNumber(number, 'lowerLetter')).toBe(letter);
  expect(formatNumber(number, 'lowerRoman')).toBe(small);
  expect(formatNumber(number, 'upperRoman')).toBe(large);
});

test('notes are numbered as they are referred to, comments have their author', async () => {
  const reference = (kind: string, id: number) =>
    `<w:r><w:rPr>${up}</w:rPr><w:${kind}Reference w:id="${id}"/></w:r>`;
  const note = (kind: string, id: number, text: string, more = '') =>
    `<w:${kind} w:id="${id}" ${more}>${p(r(text))}</w:${kind}>`;
  const body = p(
    r('a') + reference('footnote', 7) + r(' b') + reference('footnote', 3) + r(' c') +
      reference('endnote', 2) + `<w:del>${reference('footnote', 9)}</w:del>`,
  );
  const text = await read(body, [
    part(
      'footnotes',
      wordXml(
        'footnotes',
        note('footnote', 0, 'line', 'w:type="separator"') +
          note('footnote', 7, 'first') + note('footnote', 3, 'second') +
          note('footnote', 9, 'deleted'),
      ),
    ),
    part('endnotes', wordXml('endnotes', note('endnote', 2, 'end'))),
    part('comments', wordXml('comments', note('comment', 0, 'look', 'w:author="Ann"'))),
  ]);
  expect(text).toBe('a[1] b[2] c[i]\n\n[1] first\n\n[2] second\n\n[i] end\n\nComment (Ann): look');
});

test('headers and footers are those that some page shows, each once', async () => {
  const reference = (kind: string, type: string, id: string) =>
    `<w:${kind}Reference w:type="${type}" r:id="${id}"/>`;
  const header = (id: string, text: string): OfficePart => ({
    id,
    type: 'header',
    name: `${id}.xml`,
    content: wordXml('hdr', p(r(text))),
  });
  const section = (references: string, more = '') => `<w:sectPr>${references}${more}</w:sectPr>`;
  const body = p(
    r('one'),
    section(reference('header', 'default', 'h1') + reference('header', 'first', 'h2')),
  ) +
    p(r('two'), section(reference('header', 'default', 'h3'), '<w:titlePg/>')) +
    p(r('three')) +
    section(reference('header', 'even', 'h4') + reference('footer', 'default', 'h5'));
  const parts = [
    header('h1', 'H'),
    header('h2', 'T'),
    header('h3', 'H'),
    header('h4', 'E'),
    header('h5', 'F'),
  ];
  expect(await read(body, parts)).toBe('H\n\nT\n\none\n\ntwo\n\nthree\n\nF');
});

test('merged cells stand in every row that they reach into', async () => {
  const tc = (text: string, properties = '') =>
    `<w:tc><w:tcPr>${properties}</w:tcPr>${p(r(text))}</w:tc>`;
  const rows = [
    tc('North', '<w:vMerge w:val="restart"/>') + tc('Jan') + tc('1'),
    tc('', '<w:vMerge/>') + tc('Feb') + tc('2'),
    tc('Both', '<w:gridSpan w:val="2"/>') + tc('3'),
  ];
  const table = `<w:tbl>${rows.map((row) => `<w:tr>${row}</w:tr>`).join('')}</w:tbl>`;
  expect(await read(table)).toBe('North | Jan | 1\nNorth | Feb | 2\nBoth |  | 3');
});

test('a text box stands before its paragraph, which stays whole', async () => {
  const box =
    `<w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:anchor><wp:docPr id="1" name="Box" ` +
    `descr="A red box"/><w:txbxContent>${
      p(r('in the box'))
    }</w:txbxContent></wp:anchor></w:drawing>` +
    `</mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>${p(r('in the box'))}` +
    '</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>';
  expect(await read(p(r('half a ') + box + r('sentence')))).toBe(
    'A red box\n\nin the box\n\nhalf a sentence',
  );
});

test('form fields, ruby and symbols of a font are shown', async () => {
  const body = p(
    '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/>' +
      '</w:checkBox></w:ffData></w:fldChar></w:r>' + r(' yes ') +
      `<w:ruby><w:rt>${r('とうきょう')}</w:rt><w:rubyBase>${r('東京')}</w:rubyBase></w:ruby> ` +
      r('m', '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>') +
      r('\uf0fe', '<w:rFonts w:ascii="Wingdings"/>') +
      '<w:r><w:sym w:font="Nobody knows" w:char="F041"/></w:r>',
  );
  expect(await read(body)).toBe('☑ yes 東京(とうきょう)μ☑\ufffd');
});

test.each([
  ['HTML', 'chunk.html', '<html><body><p>from <b>HTML</b></p></body></html>', 'from HTML'],
  ['RTF', 'chunk.rtf', '{\\rtf1\\ansi from RTF}', 'from RTF'],
  ['text', 'chunk.txt', 'from text', 'from text'],
  [
    'a web archive',
    'chunk.mht',
    'MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>from MHT</p>',
    'from MHT',
  ],
  ['Word', 'chunk.docx', makeDocx(['from Word']), 'from Word'],
])('a chunk of %s is part of the document', async (_, name, content, text) => {
  const chunk = { id: 'c', type: 'aFChunk', name, content };
  expect(await read(p(r('Main')) + '<w:altChunk r:id="c"/>', [chunk])).toBe(`Main\n\n${text}`);
});

test('what cannot be read is named in a notice', async () => {
  const bytes = makeWordPackage(p(r('Main')) + '<w:altChunk r:id="c"/>', [
    { id: 'c', type: 'aFChunk', name: 'chunk.bin', content: 'bytes' },
    { id: 'o', type: 'oleObject', name: 'embeddings/drawing.vsd', content: 'bytes' },
  ]);
  const events = await run({ processor: docxProcessor, bytes });
  expect(events.flatMap((event) => event.type === 'parts' ? event.notices ?? [] : [])).toEqual([
    { code: 'parts_missing', params: { count: 2, names: ['chunk.bin', 'drawing.vsd'] } },
  ]);
});
