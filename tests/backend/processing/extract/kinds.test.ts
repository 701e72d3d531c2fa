/** Random documents of each kind of file that once came out wrong. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvProcessor } from '../../../../backend/processing/extract/csv.ts';
import { epubProcessor } from '../../../../backend/processing/extract/epub.ts';
import { htmlToText } from '../../../../backend/processing/extract/html.ts';
import { rtfToText } from '../../../../backend/processing/extract/rtf-text.ts';
import { makeEpub } from '../../../support/documents.ts';
import { encode, TONGUES } from '../../../support/sentences.ts';
import { textsOf } from './running.ts';

/** A table of merged cells: which cell covers each place, and the cells in the order of HTML. */
interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly html: string;
  /** Text of the cell that begins in a column, or reaches into it from a row above. */
  readonly texts: string[][];
}

const grid: fc.Arbitrary<Grid> = fc.tuple(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 2, max: 5 }),
  fc.infiniteStream(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))),
).map(([rows, columns, spans]) => {
  const texts = Array.from({ length: rows }, () => Array<string>(columns).fill(''));
  const isTaken = Array.from({ length: rows }, () => Array<boolean>(columns).fill(false));
  let html = '';
  let next = 0;
  for (let row = 0; row < rows; row++) {
    html += '<tr>';
    for (let column = 0; column < columns; column++) {
      if (isTaken[row]![column]) continue;
      const [wide, high] = spans.next().value!;
      let width = 1;
      while (width < wide && column + width < columns && !isTaken[row]![column + width]) width++;
      const height = Math.min(high, rows - row);
      const text = `c${next++}`;
      html += `<td colspan=${width} rowspan=${height}>${text}`;
      for (let y = row; y < row + height; y++) {
        texts[y]![column] = text;
        for (let x = column; x < column + width; x++) isTaken[y]![x] = true;
      }
    }
  }
  return { rows, columns, html: `<table>${html}</table>`, texts };
});

test('cells of an HTML table stand under their columns, however they are merged', () => {
  fc.assert(fc.property(grid, ({ html, texts }) => {
    const read = htmlToText(html).text.split('\n').map((line) => line.split(' | '));
    // A row without cells of its own is none.
    const rows = texts.filter((_, at) => html.split('<tr>')[at + 1]!.startsWith('<td'));
    const trimmed = rows.map((row) => row.join(' | ').replace(/( \| )+$/, '').split(' | '));
    expect(read).toEqual(trimmed);
  }));
});

test('numbers never run into each other, raised, lowered or stacked', () => {
  const number = fc.nat({ max: 99_999 });
  fc.assert(fc.property(number, number, number, (a, b, c) => {
    const words = (html: string) => htmlToText(html).text.match(/\d+/g)?.map(Number);
    expect(words(`${a}<sup>${b}</sup>${c}`)).toEqual([a, b, c]);
    expect(words(`${a}<sub>${b}</sub>${c}`)).toEqual([a, b, c]);
    const mn = (n: number) => `<mn>${n}</mn>`;
    for (const name of ['mfrac', 'msup', 'msub', 'mrow', 'mover', 'munder']) {
      expect(words(`<math><${name}>${mn(a)}${mn(b)}</${name}>${mn(c)}</math>`)).toEqual([a, b, c]);
    }
    expect(rtfToText(`{\\rtf1 ${a}{\\super ${b}}}`)?.match(/\d+/g)?.map(Number)).toEqual([a, b]);
  }));
});

test('a table is divided where it was, below a title and with decimal commas', async () => {
  const cell = fc.oneof(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.tuple(fc.nat(999), fc.nat(99)).map(([whole, part]) => `${whole},${part}`),
  );
  const table = fc.integer({ min: 2, max: 5 }).chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
      minLength: 4,
      maxLength: 12,
    })
  );
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom(';', '\t', '|'),
      fc.boolean(),
      async (rows, mark, titled) => {
        const lines = rows.map((row) => row.join(mark)).join('\r\n');
        const bytes = titled ? `Report of the month\r\n\r\n${lines}` : lines;
        const read = (await textsOf({ processor: csvProcessor, bytes })).join('\n').split('\n');
        expect(read.slice(titled ? 1 : 0)).toEqual(rows.map((row) => row.join(' | ')));
      },
    ),
    { numRuns: 60 },
  );
});

test('tables and pages are read in every encoding that they may be in', async () => {
  for (const { sentences, encodings } of Object.values(TONGUES)) {
    for (const encoding of encodings.filter((name) => name !== 'cp437')) {
      const rows = sentences.map((sentence, at) => `${at};2024-03-01;"${sentence}"`);
      const bytes = encode(`id;date;comment\r\n${rows.join('\r\n')}\r\n`, encoding);
      const text = (await textsOf({ processor: csvProcessor, bytes })).join('\n');
      expect(text.split('\n').slice(1).map((line) => line.split(' | ')[2])).toEqual(sentences);
    }
  }
});

test('an element that closes itself swallows nothing in a chapter', async () => {
  const names = fc.constantFrom(
    ...['script', 'style', 'iframe', 'object', 'title', 'textarea', 'a', 'div', 'p', 'td', 'span'],
    ...['noscript', 'template', 'svg', 'math', 'li', 'select', 'option', 'video', 'canvas', 'xmp'],
  );
  await fc.assert(
    fc.asyncProperty(fc.array(names, { minLength: 1, maxLength: 6 }), async (closed) => {
      const html = closed.map((name, at) => `<p>word${at}</p><${name}/>`).join('') + '<p>end</p>';
      const text = (await textsOf({
        processor: epubProcessor,
        bytes: makeEpub([{ title: 'One', html }]),
      })).join('\n');
      const words = [...closed.map((_, at) => `word${at}`), 'end'];
      expect(text.match(/word\d|end/g)).toEqual(words);
    }),
    { numRuns: 60 },
  );
});

test('binary data in RTF is skipped, whatever is in it', () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes));
  fc.assert(fc.property(bytes, fc.boolean(), (data, inPicture) => {
    const binary = `\\bin${data.length} ${data}`;
    const group = inPicture ? `{\\pict${binary}}` : binary;
    expect(rtfToText(`{\\rtf1 before{\\b ${group}}after}`)).toBe('beforeafter');
  }));
});
