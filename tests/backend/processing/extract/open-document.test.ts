/** Visible text of OpenDocument files, kind by kind. */
import { expect, test } from 'vitest';
import {
  odpProcessor,
  odtProcessor,
} from '../../../../backend/processing/extract/open-document.ts';
import { makeStyledOdt } from '../../../support/documents.ts';
import { partsOf, run, textsOf } from './running.ts';

type Text = Parameters<typeof makeStyledOdt>[0];

const read = async (text: Text) =>
  (await textsOf({ processor: odtProcessor, bytes: makeStyledOdt(text) })).join('\n\n');

const textStyle = (name: string, position: string) =>
  `<style:style style:name="${name}" style:family="text"><style:text-properties ` +
  `style:text-position="${position}"/></style:style>`;
const span = (style: string, text: string) =>
  `<text:span text:style-name="${style}">${text}</text:span>`;

test.each([
  ['super 58%', '6', '10^6'],
  ['33% 58%', '6', '10^6'],
  ['sub 58%', '2', '10_2'],
  ['-33% 58%', '2', '10_2'],
  ['0% 100%', '6', '106'],
])('text at %s', async (position, digit, text) => {
  const body = `<text:p>10${span('T1', digit)}</text:p>`;
  expect(await read({ automatic: textStyle('T1', position), body })).toBe(text);
});

test('headings and lists have their numbers', async () => {
  const styles =
    '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1"/>' +
    '<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>';
  const automatic =
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" ' +
    'style:num-suffix=")" style:num-format="a"/><text:list-level-style-bullet text:level="2"/></text:list-style>';
  const item = (content: string, attributes = '') =>
    `<text:list-item ${attributes}>${content}</text:list-item>`;
  const list = (items: string, attributes = '') =>
    `<text:list text:style-name="L1" ${attributes}>${items}</text:list>`;
  const p = (text: string) => `<text:p>${text}</text:p>`;
  const body =
    '<text:h text:outline-level="1">Terms</text:h><text:h text:outline-level="2">Payment</text:h>' +
    '<text:h text:outline-level="2">Liability</text:h>' +
    list(item(p('one') + p('more') + list(item(p('sub')))) + item(p('two'))) + p('between') +
    list(item(p('three')), 'text:continue-numbering="true"') + p('again') + list(item(p('one'))) +
    list(item(p('seven'), 'text:start-value="7"'));
  expect(await read({ styles, automatic, body })).toBe(
    '# 1 Terms\n\n## 1.1 Payment\n\n## 1.2 Liability\n\na) one\n\nmore\n\n  - sub\nb) two\n\nbetween\n\n' +
      'c) three\n\nagain\n\na) one\ng) seven',
  );
});

test('headers, footers, comments, descriptions and text boxes are read', async () => {
  const styles =
    '<office:master-styles><style:master-page><style:header><text:p>Head</text:p></style:header>' +
    '<style:header-first style:display="false"><text:p>Never</text:p></style:header-first>' +
    '<style:footer><text:p>Foot</text:p></style:footer></style:master-page></office:master-styles>';
  const body =
    '<text:p>half a <office:annotation><dc:creator>Ann</dc:creator><dc:date>2024-01-01</dc:date>' +
    '<text:p>Check</text:p></office:annotation>sentence <draw:frame><draw:text-box><text:p>in the box</text:p>' +
    '</draw:text-box><svg:title>Box</svg:title><svg:desc>A red box</svg:desc></draw:frame>' +
    'of <text:date>1 March</text:date></text:p>';
  expect(await read({ styles, body })).toBe(
    'Head\n\nComment (Ann): Check\n\nin the box\n\nBox\n\nA red box\n\nhalf a sentence of 1 March\n\nFoot',
  );
});

test('a shape with text leaves the sentence whole that it is anchored in', async () => {
  const body =
    '<text:p>half a <draw:custom-shape><text:p>in the shape</text:p><draw:enhanced-geometry/>' +
    '</draw:custom-shape>sentence</text:p>';
  expect(await read({ body })).toBe('in the shape\n\nhalf a sentence');
});

test('merged cells stand in every row that they reach into', async () => {
  const cell = (text: string, attributes = '') =>
    `<table:table-cell ${attributes}><text:p>${text}</text:p></table:table-cell>`;
  const covered = '<table:covered-table-cell/>';
  const rows = [
    cell('North', 'table:number-rows-spanned="2"') + cell('Jan') + cell('1'),
    covered + cell('Feb') + cell('2'),
    cell('Both', 'table:number-columns-spanned="2"') + covered + cell('3'),
  ];
  const body = `<table:table>${
    rows.map((row) => `<table:table-row>${row}</table:table-row>`).join('')
  }</table:table>`;
  expect(await read({ body })).toBe('North | Jan | 1\nNorth | Feb | 2\nBoth |  | 3');
});

test('charts and formulas in the text are read, what is missing is named', async () => {
  const object = (name: string) => `<draw:frame><draw:object xlink:href="./${name}"/></draw:frame>`;
  const cell = (text: string) => `<table:table-cell><text:p>${text}</text:p></table:table-cell>`;
  const row = (...texts: string[]) =>
    `<table:table-row>${texts.map(cell).join('')}</table:table-row>`;
  const objects = {
    'Object 1':
      '<office:document-content><office:body><office:chart><chart:chart><chart:title><text:p>Parcels' +
      '</text:p></chart:title><table:table>' + row('', 'North', 'South') + row('Jan', '1', '2') +
      row('Feb', '3', '4') +
      '</table:table></chart:chart></office:chart></office:body></office:document-content>',
    'Object 2':
      '<math:math><math:mfrac><math:mn>3</math:mn><math:mn>8</math:mn></math:mfrac></math:math>',
  };
  const body =
    `<text:p>${object('Object 1')}</text:p><text:p>Half: ${object('Object 2')} of it</text:p>` +
    `<text:p>${object('Object 3')}end</text:p>`;
  const bytes = makeStyledOdt({ body, objects });
  const events = await run({ processor: odtProcessor, bytes });
  const found = events.flatMap((event) => event.type === 'parts' ? [event] : []);
  expect(found.flatMap(({ parts }) => parts.map(({ text }) => text))).toEqual([
    'Parcels\nNorth: Jan 1; Feb 3\nSouth: Jan 2; Feb 4\n\nHalf: 3/8 of it\n\nend',
  ]);
  expect(found.flatMap(({ notices }) => notices ?? [])).toEqual([
    { code: 'parts_missing', params: { count: 1, names: ['Object 3'] } },
  ]);
});

test('hidden slides of a flat presentation are marked', async () => {
  const slide = (style: string, text: string) =>
    `<draw:page draw:style-name="${style}"><draw:frame presentation:class="title"><draw:text-box><text:p>${text}` +
    '</text:p></draw:text-box></draw:frame></draw:page>';
  const bytes =
    '<office:document office:mimetype="application/vnd.oasis.opendocument.presentation">' +
    '<office:automatic-styles><style:style style:name="dp1" style:family="drawing-page">' +
    '<style:drawing-page-properties presentation:visibility="hidden"/></style:style></office:automatic-styles>' +
    `<office:body><office:presentation>${slide('dp0', 'Shown')}${slide('dp1', 'Prices')}` +
    '</office:presentation></office:body></office:document>';
  const mediaType = odpProcessor.mediaTypes.find((type) => type.endsWith('-flat-xml'))!;
  const parts = await partsOf({ processor: odpProcessor, bytes, mediaType });
  expect(parts.map(({ label, text }) => [label, text])).toEqual([
    ['Shown', 'Shown'],
    ['Prices (hidden)', 'Hidden slide\n\nPrices'],
  ]);
});
