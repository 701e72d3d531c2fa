/** Visible text of presentations, kind by kind. */
import { expect, test } from 'vitest';
import { pptxProcessor } from '../../../../backend/processing/extract/pptx.ts';
import { makeSlides } from '../../../support/documents.ts';
import { checkpointsIn, collect, partsIn, partsOf, withInput } from './running.ts';

type Slides = Parameters<typeof makeSlides>[0];

const run = (text: string, properties = '') =>
  `<a:r><a:rPr ${properties}/><a:t>${text}</a:t></a:r>`;
const line = (content: string, properties = '') => `<a:p>${properties}${content}</a:p>`;
const shape = (paragraphs: string, placeholder = '', description = '') =>
  `<p:sp><p:nvSpPr><p:cNvPr id="2" name="x" descr="${description}"/><p:nvPr>${
    placeholder && `<p:ph type="${placeholder}"/>`
  }</p:nvPr></p:nvSpPr><p:txBody>${paragraphs}</p:txBody></p:sp>`;

async function read(slides: Slides) {
  const parts = await partsOf({ processor: pptxProcessor, bytes: makeSlides(slides) });
  return parts.map(({ label, text }) => [label, text]);
}

const textOf = async (xml: string, parts: Slides[number]['parts'] = []) =>
  (await read([{ xml, parts }]))[0]![1];

test('the title comes first, wherever its shape lies', async () => {
  const xml = shape(line(run('body'))) + shape(line(run('Title')), 'ctrTitle');
  expect(await read([{ xml }])).toEqual([['Title', 'Title\nbody']]);
});

test('raised, lowered and symbol characters', async () => {
  const symbol = '<a:r><a:rPr><a:sym typeface="Wingdings"/></a:rPr><a:t>\uf0e0</a:t></a:r>';
  const xml = shape(line(
    run('10') + run('6', 'baseline="30000"') + run(' H') + run('2', 'baseline="-25000"') +
      run('O ') + symbol,
  ));
  expect(await textOf(xml)).toBe('10^6 H2O →');
});

test('numbers of lists', async () => {
  const numbered = (type: string, text: string, level = 0, start = '') =>
    line(run(text), `<a:pPr lvl="${level}"><a:buAutoNum type="${type}" ${start}/></a:pPr>`);
  const xml = shape(
    numbered('arabicPeriod', 'one') + numbered('alphaLcParenR', 'sub', 1) +
      numbered('alphaLcParenR', 'sub', 1) + numbered('arabicPeriod', 'two') + line('') +
      numbered('arabicPeriod', 'three') + line(run('plain')) +
      numbered('romanUcPeriod', 'four', 0, 'startAt="4"'),
  );
  expect(await textOf(xml)).toBe('1. one\na) sub\nb) sub\n2. two\n3. three\nplain\nIV. four');
});

test('merged cells of tables', async () => {
  const cell = (text: string, attributes = '') =>
    `<a:tc ${attributes}><a:txBody>${line(run(text))}</a:txBody></a:tc>`;
  const rows = [
    cell('North', 'rowSpan="2"') + cell('Jan') + cell('1'),
    cell('', 'vMerge="1"') + cell('Feb') + cell('2'),
    cell('Both', 'gridSpan="2"') + cell('', 'hMerge="1"') + cell('3'),
  ];
  const xml = `<p:graphicFrame><a:tbl>${
    rows.map((row) => `<a:tr>${row}</a:tr>`).join('')
  }</a:tbl></p:graphicFrame>`;
  expect(await textOf(xml)).toBe('North | Jan | 1\nNorth | Feb | 2\nBoth |  | 3');
});

const strings = (...texts: string[]) =>
  `<c:strRef><c:strCache>${
    texts.map((text, at) => `<c:pt idx="${at}"><c:v>${text}</c:v></c:pt>`).join('')
  }</c:strCache></c:strRef>`;
const numbers = (format: string, ...values: number[]) =>
  `<c:numRef><c:numCache><c:formatCode>${format}</c:formatCode>${
    values.map((value, at) => `<c:pt idx="${at}"><c:v>${value}</c:v></c:pt>`).join('')
  }</c:numCache></c:numRef>`;

test('charts with their titles, series, categories and values as shown', async () => {
  const title = (text: string) =>
    `<c:title><c:tx><c:rich>${line(run(text))}</c:rich></c:tx></c:title>`;
  const chart = `<c:chartSpace><c:chart>${title('Growth')}<c:plotArea><c:lineChart>` +
    `<c:ser><c:tx>${strings('North')}</c:tx><c:cat>${numbers('dd.mm.yyyy', 45352, 45383)}</c:cat>` +
    `<c:val>${numbers('0%', 0.25, 0.5)}</c:val></c:ser><c:ser><c:tx>${strings('South')}</c:tx>` +
    `<c:cat>${numbers('dd.mm.yyyy', 45352, 45383)}</c:cat><c:val>${
      numbers('0%', 0.1, 0.2)
    }</c:val></c:ser>` +
    `</c:lineChart><c:valAx>${title('Share')}</c:valAx></c:plotArea></c:chart></c:chartSpace>`;
  const xml =
    '<p:graphicFrame><a:graphic><a:graphicData><c:chart r:id="rc"/></a:graphicData></a:graphic></p:graphicFrame>';
  expect(
    await textOf(xml, [{ id: 'rc', type: 'chart', name: 'charts/chart1.xml', content: chart }]),
  )
    .toBe(
      'Growth\nShare\nNorth: 01.03.2024 25%; 01.04.2024 50%\nSouth: 01.03.2024 10%; 01.04.2024 20%',
    );
});

test('diagrams in the order of their boxes', async () => {
  const point = (id: string, text: string, type = 'node') =>
    `<dgm:pt modelId="${id}" type="${type}"><dgm:t>${line(run(text))}</dgm:t></dgm:pt>`;
  const link = (from: string, to: string, order: number) =>
    `<dgm:cxn srcId="${from}" destId="${to}" srcOrd="${order}"/>`;
  const data = `<dgm:dataModel><dgm:ptLst>${point('0', '', 'doc')}${point('3', 'third')}${
    point('1', 'first')
  }${point('2', 'below first')}</dgm:ptLst><dgm:cxnLst>${link('0', '3', 1)}${link('0', '1', 0)}${
    link('1', '2', 0)
  }</dgm:cxnLst></dgm:dataModel>`;
  const xml = '<p:graphicFrame><dgm:relIds r:dm="rd"/></p:graphicFrame>';
  expect(
    await textOf(xml, [{
      id: 'rd',
      type: 'diagramData',
      name: 'diagrams/data1.xml',
      content: data,
    }]),
  )
    .toBe('first\nbelow first\nthird');
});

test('hidden slides are marked, in their text and their label', async () => {
  const slide = { xml: shape(line(run('Prices')), 'title'), attributes: 'show="0"' };
  expect(await read([slide, { xml: '', attributes: 'show="0"' }])).toEqual([
    ['Prices (hidden)', 'Hidden slide\n\nPrices'],
    ['Hidden slide', ''],
  ]);
});

test('answers to comments follow them', async () => {
  const body = (text: string) => `<p188:txBody>${line(run(text))}</p188:txBody>`;
  const content =
    `<p188:cmLst><p188:cm authorId="{1}">${body('Is this right?')}<p188:replyLst><p188:reply ` +
    `authorId="{2}">${body('Yes')}</p188:reply></p188:replyLst></p188:cm></p188:cmLst>`;
  expect(await textOf('', [{ id: 'rc', type: 'comments', name: 'comments/c.xml', content }]))
    .toBe('Comment: Is this right?\nComment: Yes');
});

test('a footer is written where it comes first, also behind a checkpoint', async () => {
  const slide = (title: string, footer: string) => ({
    xml: shape(line(run(title)), 'title') + shape(line(run(footer)), 'ftr') +
      shape(line(run('7')), 'sldNum'),
  });
  const bytes = makeSlides([slide('A', 'Secret'), slide('B', 'Secret'), slide('C', 'Public')]);
  await withInput({ processor: pptxProcessor, bytes }, async (input) => {
    const events = await collect(pptxProcessor, input);
    const texts = partsIn(events).map(({ text }) => text);
    expect(texts).toEqual(['A\n\nSecret', 'B', 'C\n\nPublic']);
    const resumed = await collect(pptxProcessor, {
      ...input,
      checkpoint: checkpointsIn(events)[0]!,
    });
    expect(partsIn(resumed).map(({ text }) => text)).toEqual(texts.slice(1));
  });
});

test('text of layouts and masters is written once, their places for text are not', async () => {
  const layout = (type: string, text: string) => ({
    id: type,
    type,
    name: `x/${type}.xml`,
    content: `<p:sldLayout>${shape(line(run(text)))}${
      shape(line(run('Click to edit')), 'body')
    }</p:sldLayout>`,
  });
  const slide = (title: string, attributes = '') => ({
    xml: shape(line(run(title)), 'title'),
    attributes,
    parts: [layout('slideLayout', 'Confidential')],
  });
  expect(await read([slide('A', 'showMasterSp="0"'), slide('B'), slide('C')])).toEqual([
    ['A', 'A'],
    ['B', 'B\n\nConfidential'],
    ['C', 'C'],
  ]);
});
