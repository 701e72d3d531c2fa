/** Order of reading and characters of PDF pages that are drawn in many ways. */
import { describe, expect, test } from 'vitest';
import { pdfProcessor as processor } from '../../../../backend/processing/extract/pdf.ts';
import {
  column,
  type Drawn,
  ITALIC_X,
  makeDrawnPdf,
} from '../../../support/documents/drawn-pdf.ts';
import { textsOf } from './running.ts';

async function textOf(drawn: readonly Drawn[]): Promise<string> {
  const [text = ''] = await textsOf({ processor, bytes: makeDrawnPdf([drawn]) });
  return text;
}

const LEFT = [
  'Parcels are brought to the depot',
  'before noon, where they are sorted',
  'by the district they go to, and',
  'leave again in the afternoon.',
];
const RIGHT = [
  'The price of diesel fuel changed',
  'less than in the year before, yet',
  'more than anybody had expected of',
  'a market that is so well supplied.',
];
const THIRD = ['Whoever complains about it is', 'sent a letter, which is then read', 'by no one.'];
const joined = (...columns: readonly string[][]) => columns.flat().join('\n');

/** The same pieces in another order, the same one each time. */
function shuffled<T>(pieces: readonly T[]): T[] {
  return pieces.map((piece, at) => [at * 7 % pieces.length, piece] as const)
    .toSorted(([a], [b]) => a - b).map(([, piece]) => piece);
}

describe('columns', () => {
  const left = column(LEFT, { x: 50 });
  const right = column(RIGHT, { x: 310 });
  const rows = left.flatMap((piece, at) => [piece, right[at]!]);

  test.each([
    ['column by column', [...left, ...right]],
    ['row by row', rows],
    ['the right one first', [...right, ...left]],
    ['in no order', shuffled(rows)],
  ])('that are drawn %s are read one after the other', async (_, drawn) => {
    expect(await textOf(drawn)).toBe(joined(LEFT, RIGHT));
  });

  test('stand between what goes across the page', async () => {
    const across = 'A heading that is as wide as both of the columns that stand below it';
    const drawn = [
      { text: across, x: 50, y: 740, size: 14 },
      ...rows,
      { text: `${across}, at the foot of the page`, x: 50, y: 600 },
    ];
    expect(await textOf(drawn)).toBe(
      `${across}\n\n${joined(LEFT, RIGHT)}\n\n${across}, at the foot of the page`,
    );
  });

  test('may be three, with lines that are not level with each other', async () => {
    const drawn = shuffled([
      ...column(LEFT, { x: 30, size: 9 }),
      ...column(RIGHT, { x: 215, y: 695, size: 9 }),
      ...column(THIRD, { x: 400, y: 698, size: 9 }),
    ]);
    expect(await textOf(drawn)).toBe(joined(LEFT, RIGHT, THIRD));
  });

  test('may be a text and a box of facts beside it', async () => {
    const text = column([...LEFT, ...RIGHT], { x: 50 });
    const facts = ['Facts', 'Depots: 12', 'Since: 1987', 'Vans: 340', 'Seat: Kiel', 'Staff: 2,100'];
    const drawn = [...column(facts, { x: 310, y: 697, leading: 15.5, size: 9 }), ...text];
    expect(await textOf(drawn)).toBe(joined(LEFT, RIGHT, facts));
  });

  test('of a table are read row by row', async () => {
    const cells = [['Item', 'Price'], ['Bread rolls', '2.40'], ['Butter', '3.10'], [
      'Milk',
      '1.20',
    ]];
    const drawn = cells.flatMap(([item = '', price = ''], at) => [
      { text: item, x: 50, y: 700 - at * 14 },
      { text: price, x: 250, y: 700 - at * 14 },
    ]);
    expect(await textOf(drawn)).toBe(cells.map((row) => row.join(' ')).join('\n'));
  });

  test('of a table with words are read row by row', async () => {
    const cells = [
      ['Delivery on Monday', 'From the depot in Kiel'],
      ['Delivery on Tuesday', 'From the depot in Bonn'],
      ['Collection on Friday', 'To the depot in Ulm'],
    ];
    const drawn = cells.flatMap(([what = '', from = ''], at) => [
      { text: what, x: 50, y: 700 - at * 14 },
      { text: from, x: 250, y: 700 - at * 14 },
    ]);
    expect(await textOf(drawn)).toBe(cells.map((row) => row.join(' ')).join('\n'));
  });
});

describe('text', () => {
  test.each([0, 90, 180, 270, 30])(
    'turned by %d degrees has its lines in order',
    async (turned) => {
      const [cos, sin] = [Math.cos, Math.sin].map((f) => f(turned * Math.PI / 180)) as [
        number,
        number,
      ];
      const drawn = shuffled(LEFT.map((text, at) => ({
        text,
        x: 300 + sin * at * 14 - cos * 100,
        y: 400 - cos * at * 14 - sin * 100,
        turned,
      })));
      expect(await textOf(drawn)).toBe(joined(LEFT));
    },
  );

  test('beside the main direction follows it', async () => {
    const drawn = [{ text: 'Draft of May', x: 20, y: 300, turned: 90 }, ...column(LEFT, { x: 50 })];
    expect(await textOf(drawn)).toBe(`${joined(LEFT)}\n\nDraft of May`);
  });

  test('drawn word by word in no order is in order', async () => {
    const drawn = LEFT.flatMap((line, row) =>
      line.split(' ').map((text, at) => ({ text, x: 50 + at * 70, y: 700 - row * 14 }))
    );
    expect(await textOf(shuffled(drawn))).toBe(joined(LEFT));
  });

  test('of a negative size is upside down', async () => {
    const drawn = LEFT.map((text, at) => ({ text, x: 400, y: 300 + at * 14, size: -12 }));
    expect(await textOf(drawn)).toBe(joined(LEFT));
  });

  test('may have characters beyond U+FFFF', async () => {
    expect(await textOf([{ text: `${ITALIC_X} ${ITALIC_X}`, x: 50, y: 700 }]))
      .toBe(`${ITALIC_X} ${ITALIC_X}`);
  });

  test('outside of the page is left out', async () => {
    const drawn = [{ text: 'Cut off', x: 50, y: -200 }, { text: 'Shown', x: 50, y: 700 }];
    expect(await textOf(drawn)).toBe('Shown');
  });
});

describe('text drawn twice', () => {
  const line: Drawn = { text: 'Payable within 14 days', x: 50, y: 700 };

  test.each([
    ['at the same place', [line, line]],
    ['a little to the right', [line, { ...line, x: 50.3 }]],
    ['three times', [line, { ...line, x: 50.2 }, { ...line, x: 50.4 }]],
    ['as a shadow', [line, { ...line, x: 51, y: 699 }]],
    [
      'letter by letter',
      [...'ALL'].flatMap((text, at) =>
        [0, 0.3].map((by) => ({ text, x: 50 + at * 9 + by, y: 700 }))
      ),
    ],
  ])('%s is read once', async (_, drawn) => {
    expect((await textOf(drawn)).replaceAll(' ', '')).toBe(
      drawn[0]!.text === 'A' ? 'ALL' : line.text.replaceAll(' ', ''),
    );
  });

  test('at two places is read twice', async () => {
    expect(await textOf([line, { ...line, y: 686 }])).toBe(`${line.text}\n${line.text}`);
  });
});

describe('letter spacing', () => {
  test.each([2, 4, 6, 9])('of %d points makes no spaces', async (spacing) => {
    const drawn = [{ text: 'SUMMARY', x: 50, y: 700, spacing }];
    expect(await textOf(drawn)).toBe('SUMMARY');
  });

  test('of letters that are placed one by one makes no spaces', async () => {
    const drawn = [...'SUMMARY'].map((text, at) => ({ text, x: 50 + at * 14, y: 700 }));
    expect(await textOf(drawn)).toBe('SUMMARY');
  });
});

describe('text that is written to the left', () => {
  const SHALOM = '\u05e9\u05dc\u05d5\u05dd';
  const OLAM = '\u05e2\u05d5\u05dc\u05dd';
  const reversed = (text: string) => [...text].reverse().join('');

  test('is in the order of reading', async () => {
    const drawn = [{ text: reversed(`${SHALOM} ${OLAM}`), x: 50, y: 700 }];
    expect(await textOf(drawn)).toBe(`${SHALOM} ${OLAM}`);
  });

  test('is so whatever the order of its words', async () => {
    const drawn = [
      { text: reversed(SHALOM), x: 120, y: 700 },
      { text: reversed(OLAM), x: 60, y: 700 },
    ];
    expect(await textOf(drawn)).toBe(`${SHALOM} ${OLAM}`);
    expect(await textOf(drawn.toReversed())).toBe(`${SHALOM} ${OLAM}`);
  });

  test('keeps its numbers', async () => {
    const drawn = [{ text: `${reversed(OLAM)} 125 ${reversed(SHALOM)}`, x: 50, y: 700 }];
    expect(await textOf(drawn)).toBe(`${SHALOM} 125 ${OLAM}`);
  });
});

describe('raised and lowered characters', () => {
  const raised = (text: string, x: number, by = 5): Drawn => ({ text, x, y: 700 + by, size: 7 });
  const at = (text: string, x: number): Drawn => ({ text, x, y: 700 });

  test.each([
    ['10^6 units', [at('10', 50), raised('6', 63.4), at('units', 71)]],
    ['10^-6 units', [at('10', 50), raised('-6', 63.4), at('units', 74)]],
    ['mc^2', [at('mc', 50), raised('2', 66)]],
    ['CO2', [at('CO', 50), raised('2', 68, -3)]],
    ['the 1st day', [at('the 1', 50), raised('st', 76.8), at('day', 86)]],
    ['one^1, two^2 and', [
      at('one', 50),
      raised('1', 70.1),
      at(', two', 74),
      raised('2', 99.5),
      at('and', 110),
    ]],
    ['a note^3 here', [at('a note', 50), raised('3', 83.5), at('here', 92)]],
    ['2 1/2 cups', [
      at('2', 50),
      raised('1', 57),
      at('/', 61),
      raised('2', 64.5, -1),
      at('cups', 72),
    ]],
    ['is 12/345 of it', [
      at('is', 38),
      raised('12', 50, 6),
      raised('345', 48, -4),
      at('of it', 63),
    ]],
  ])('%s', async (expected, drawn) => {
    expect(await textOf(drawn)).toBe(expected);
  });
});
