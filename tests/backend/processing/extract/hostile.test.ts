/**
 * Documents whose structure is wrong or made to take long: each is read, or refused with a reason,
 * within the time that a test has.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { docxProcessor } from '../../../../backend/processing/extract/docx.ts';
import { epubProcessor } from '../../../../backend/processing/extract/epub.ts';
import { htmlProcessor, htmlToText } from '../../../../backend/processing/extract/html.ts';
import { jsonProcessor } from '../../../../backend/processing/extract/json.ts';
import { odtProcessor } from '../../../../backend/processing/extract/open-document.ts';
import { pptxProcessor } from '../../../../backend/processing/extract/pptx.ts';
import { rtfProcessor } from '../../../../backend/processing/extract/rtf.ts';
import { makeDocx, makeEpub, makeOdt, makePptx } from '../../../support/documents.ts';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { partsOf, textsOf } from './running.ts';

const DEEP = 300_000;

/** A package with something put behind the first end tag of the name in one of its entries. */
function inserted(bytes: Uint8Array, entry: string, endTag: string, xml: string): Uint8Array {
  const entries = unzipSync(bytes);
  const content = strFromU8(entries[entry]!).replace(endTag, () => `${endTag}${xml}`);
  return zipSync({ ...entries, [entry]: strToU8(content) });
}

const nested = (name: string, text = '') =>
  `<${name}>${text}`.repeat(DEEP) +
  `</${name}>`.repeat(DEEP);

describe.each([
  ['paragraphs of a Word document', docxProcessor, makeDocx(['x'], nested('w:p'))],
  [
    'paragraphs with text of a Word document',
    docxProcessor,
    makeDocx(['x'], nested('w:p', '<w:r><w:t>x</w:t></w:r>')),
  ],
  ['tables of a Word document', docxProcessor, makeDocx(['x'], nested('w:tbl'))],
  [
    'sections of an OpenDocument text',
    odtProcessor,
    inserted(makeOdt(['x']), 'content.xml', '</text:p>', nested('text:section', 'x')),
  ],
  [
    'shapes of a slide',
    pptxProcessor,
    inserted(makePptx([{ title: 'x' }]), 'ppt/slides/slide1.xml', '</p:sp>', nested('p:grpSp')),
  ],
  ['elements of a web page', htmlProcessor, nested('div', 'x')],
  ['tables of a web page', htmlProcessor, '<table><tr><td>x'.repeat(DEEP)],
  ['lists of a web page', htmlProcessor, '<ul><li>x'.repeat(DEEP)],
  ['elements of a chapter', epubProcessor, makeEpub([{ title: 'x', html: nested('div', 'x') }])],
])('300,000 nested %s', (_, processor, bytes) => {
  test('are refused with a reason', async () => {
    await expect(partsOf({ processor, bytes })).rejects.toMatchObject({
      code: 'too_large_inside',
      message: expect.stringContaining('nested'),
    });
  });
});

test.each([
  ['arrays of JSON', jsonProcessor, '['.repeat(DEEP) + '"quokka"' + ']'.repeat(DEEP)],
  ['groups of RTF', rtfProcessor, `{\\rtf1 ${'{'.repeat(DEEP)}quokka${'}'.repeat(DEEP)}}`],
  ['tables of a web page', htmlProcessor, `${'<table><tr><td>'.repeat(2_000)}quokka`],
])('%s nested deeply are read', async (_, processor, bytes) => {
  const texts = await textsOf({ processor, bytes });
  expect(texts.join('')).toContain('quokka');
});

test('the text of tables nested more than is kept apart is in the cell around them', () => {
  const depth = 40;
  const html = Array.from({ length: depth }, (_, n) => `<table><tr><td>c${n}</td><td>`).join('') +
    `inner${'</td></tr></table>'.repeat(depth)}<p>after</p>`;
  const { text } = htmlToText(html);
  const [table, after] = text.split('\n\n');
  for (let n = 0; n < depth; n++) expect(table).toContain(`c${n}`);
  expect(table).toContain('inner');
  expect(after).toBe('after');
});

test.each([
  ['<li>one<li>two', '- one\n- two'],
  ['<p>before</p><li>outside', 'before\n\n- outside'],
  ['<ul><li>in</ul><li>out', '- in\n- out'],
  ['</ul></ol><li>closed before it was opened', '- closed before it was opened'],
  ['<ol start="abc"><li>one', '1. one'],
  ['<ol start=""><li>one', '1. one'],
  ['<ol start="-2"><li>one<li>two', '-2. one\n-1. two'],
])('a list item wherever it stands: %s', (html, text) => {
  expect(htmlToText(html).text).toBe(text);
});

test('an item outside of a list spoils neither a page nor the book that it is in', async () => {
  const bytes = makeEpub([{ title: 'One', html: '<li>alone</li>' }, { title: 'Two', html: 'two' }]);
  expect((await textsOf({ processor: epubProcessor, bytes })).join('\n')).toMatch(/- alone[^]*two/);
});

test('htmlToText() reads any order of tags, with every word in it', () => {
  const name = fc.constantFrom(
    ...['ul', 'ol', 'li', 'table', 'tr', 'td', 'th', 'p', 'pre', 'h1', 'h6', 'div', 'b', 'dd'],
  );
  const attribute = fc.constantFrom('', ' start="-5"', ' start="x"', ' start="1e9"');
  const tag = fc.oneof(
    fc.tuple(name, attribute).map(([name, attribute]) => `<${name}${attribute}>`),
    name.map((name) => `</${name}>`),
    fc.nat({ max: 999 }).map((n) => `word${n} `),
  );
  fc.assert(fc.property(fc.array(tag, { maxLength: 60 }), (tags) => {
    const { text } = htmlToText(tags.join(''));
    const words = (from: string) => [...from.matchAll(/word\d+/g)].map(([word]) => word).sort();
    expect(words(text)).toEqual(words(tags.join('')));
  }));
});

test.each(['-3', 'x', '1e99', ''])(
  'a list level of %j is read as one that exists',
  async (level) => {
    const body = `<w:p><w:pPr><w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="1"/></w:numPr>` +
      '</w:pPr><w:r><w:t>item</w:t></w:r></w:p>';
    const texts = await textsOf({ processor: docxProcessor, bytes: makeDocx([], body) });
    expect(texts.join('')).toMatch(/^ *- item$/);
  },
);

test.each(['-3', 'x', '1e99'])('a count of %j spaces is read as one that exists', async (count) => {
  const bytes = inserted(
    makeOdt(['x']),
    'content.xml',
    '</text:p>',
    `<text:p>a<text:s text:c="${count}"/>b</text:p>`,
  );
  expect((await textsOf({ processor: odtProcessor, bytes })).join('')).toMatch(/a ?b/);
});
