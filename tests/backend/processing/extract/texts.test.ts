import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CsvRecords } from '../../../../backend/processing/extract/csv-records.ts';
import { csvProcessor } from '../../../../backend/processing/extract/csv.ts';
import { htmlProcessor } from '../../../../backend/processing/extract/html.ts';
import { jsonProcessor } from '../../../../backend/processing/extract/json.ts';
import { markdownProcessor } from '../../../../backend/processing/extract/markdown.ts';
import { plainTextProcessor } from '../../../../backend/processing/extract/plain-text.ts';
import { rtfProcessor } from '../../../../backend/processing/extract/rtf.ts';
import { cleanText, decodeText } from '../../../../backend/processing/extract/text.ts';
import { checkpointsIn, collect, partsIn, partsOf, run, textsOf, withInput } from './running.ts';

function utf16(text: string, bigEndian = false, mark = true): Uint8Array {
  const codes = [...(mark ? ['\ufeff'] : []), ...text.split('')].map((unit) => unit.charCodeAt(0));
  return Uint8Array.from(
    codes.flatMap((code) => bigEndian ? [code >> 8, code & 255] : [code & 255, code >> 8]),
  );
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

test.each([
  ['UTF-8', new TextEncoder().encode('Grüße, 世界 😀')],
  ['UTF-8 with a mark', new TextEncoder().encode('\ufeffGrüße, 世界 😀')],
  ['UTF-16 LE', utf16('Grüße, 世界 😀')],
  ['UTF-16 BE', utf16('Grüße, 世界 😀', true)],
])('plainTextProcessor reads %s', async (_, bytes) => {
  expect(await textsOf({ processor: plainTextProcessor, bytes })).toEqual(['Grüße, 世界 😀']);
});

test('plainTextProcessor reads Windows-1252, also when its first letter comes late', async () => {
  const bytes = latin1(`${'plain '.repeat(60_000)}\x93Gr\xfc\xdfe\x94`);
  const texts = await textsOf({ processor: plainTextProcessor, bytes });
  expect(texts.at(-1)).toMatch(/“Grüße”$/);
});

test('plainTextProcessor reads UTF-16 without a mark', async () => {
  const bytes = utf16('Just some ordinary words', false, false);
  expect(await textsOf({ processor: plainTextProcessor, bytes })).toEqual([
    'Just some ordinary words',
  ]);
});

test.each(
  [['utf-8', (text: string) => new TextEncoder().encode(text)], ['utf-16', utf16]] as const,
)(
  'plainTextProcessor resumes %s text at the byte behind each section',
  (_, encode) => {
    const text = Array.from({ length: 9000 }, (_, at) => `Zeile ${at}: Größe 😀\r\n`).join('');
    const sample = { processor: plainTextProcessor, bytes: encode(text) };
    return withInput(sample, async (input) => {
      const events = await collect(plainTextProcessor, input);
      const whole = partsIn(events);
      for (const [at, checkpoint] of checkpointsIn(events).entries()) {
        if (at % 9 && at < whole.length - 2) continue;
        const rest = partsIn(await collect(plainTextProcessor, { ...input, checkpoint }));
        expect(rest).toEqual(whole.slice(at + 1));
      }
    });
  },
);

test('cleanText() leaves no NUL, no lone surrogate and no carriage return', () => {
  expect(cleanText('a\0b\ud800c\r\nd\re\ff\u0007\t😀')).toBe('abc\nd\ne\nf\t😀');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    const clean = cleanText(text);
    expect(clean.isWellFormed()).toBe(true);
    expect(clean).not.toMatch(/[\0\r]/);
    expect(cleanText(clean)).toBe(clean);
  }));
});

test('decodeText() believes a declared encoding only where the bytes are no UTF-8', () => {
  const declared = '<?xml version="1.0" encoding="windows-1251"?>';
  const bytes = latin1(`${declared}\xd2\xe0\xf2\xe0\xf0`);
  expect(decodeText(bytes)).toBe(`${declared}Татар`);
  expect(decodeText(new TextEncoder().encode(`${declared}Привет`))).toBe(`${declared}Привет`);
  const unknown = '<?xml version="1.0" encoding="no-such-encoding"?>';
  expect(decodeText(latin1(`${unknown}caf\xe9`))).toBe(`${unknown}café`);
});

test('decodeText() forgives UTF-8 a last character that was cut off', () => {
  const bytes = new TextEncoder().encode('Größe für alle, süß 😀');
  expect(decodeText(bytes.slice(0, -1))).toMatch(/^Größe für alle, süß/);
});

test('markdownProcessor labels sections with their headings and keeps the text', async () => {
  const bytes = 'Before\n\n# One\n\n* a\n* b\n\n## Two\n\n```\n# not a heading\n```\n';
  const parts = await partsOf({ processor: markdownProcessor, bytes });
  expect(parts.map(({ label }) => label)).toEqual([null, 'One', 'Two']);
  expect(parts[1]!.text).toBe('# One\n\n* a\n* b');
  expect(parts.every(({ kind }) => kind === 'section')).toBe(true);
});

test('htmlProcessor keeps headings, lists, tables and code, and no scripts', async () => {
  const bytes = `<!doctype html><title>Title</title><style>p{}</style><script>alert(1)</script>
    <h1>Head  line</h1><p>One<br>two &amp; <b>three</b></p>
    <ul><li>a<ul><li>b</li></ul></li></ul><ol start=3><li><p>c</p></li><li>d</ol>
    <table><tr><th>x<th>y<tr><td>1<td>2</table><pre>  if (a)\n    b</pre>`;
  const texts = await textsOf({ processor: htmlProcessor, bytes });
  expect(texts).toEqual([
    '# Head line\n\nOne\ntwo & three\n\n- a\n  - b\n3. c\n4. d\n\nx | y\n1 | 2\n\n  if (a)\n    b',
  ]);
});

test('htmlProcessor reads a fragment without a block, and one that breaks off', async () => {
  const sample = { processor: htmlProcessor, bytes: 'just <b>words</b>' };
  expect(await textsOf(sample)).toEqual(['just words']);
  const cut = { processor: htmlProcessor, bytes: '<p>one<table><tr><td>two<td>thr' };
  expect(await textsOf(cut)).toEqual(['one\n\ntwo | thr']);
});

test('htmlProcessor obeys the encoding that a page declares', async () => {
  const bytes = latin1('<meta charset="windows-1251"><p>\xcf\xf0\xe8\xe2\xe5\xf2');
  expect(await textsOf({ processor: htmlProcessor, bytes })).toEqual(['Привет']);
});

test('htmlProcessor reads a page of 50,000 elements in each other', async () => {
  const bytes = `${'<div>'.repeat(50_000)}deep${'</div>'.repeat(50_000)}`;
  expect(await textsOf({ processor: htmlProcessor, bytes })).toEqual(['deep']);
});

test.each([
  ['spaces in a heading', markdownProcessor, `# a${' '.repeat(300_000)}b`],
  ['line breaks', htmlProcessor, `a${'<br>'.repeat(300_000)}b`],
  ['marks of sentences', plainTextProcessor, '.'.repeat(1_000_000)],
  ['separators', csvProcessor, ','.repeat(1_000_000) + 'x'],
  ['braces', rtfProcessor, `{\\rtf1 ${'{'.repeat(300_000)}x${'}'.repeat(300_000)}}`],
])('a file of nothing but %s takes no longer than others', async (_, processor, bytes) => {
  const startedAt = performance.now();
  await run({ processor, bytes }).catch(() => null);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
});

test('jsonProcessor indents what was written without spaces', async () => {
  const bytes = '{"name":"Ada","tags":["a\\u0000b"]}';
  expect(await textsOf({ processor: jsonProcessor, bytes })).toEqual([
    '{\n  "name": "Ada",\n  "tags": [\n    "a\\u0000b"\n  ]\n}',
  ]);
});

test('csvProcessor repeats the names of the columns in every section', async () => {
  const rows = Array.from({ length: 500 }, (_, at) => `Person ${at};"Wien; ""Mitte""";${at}`);
  const bytes = `Name;City;Sum\n${rows.join('\n')}`;
  const texts = await textsOf({ processor: csvProcessor, bytes });
  expect(texts.length).toBeGreaterThan(2);
  for (const text of texts) {
    expect(text).toMatch(/^Name \| City \| Sum\nPerson \d+ \| Wien; "Mitte"/);
  }
  const lines = texts.flatMap((text) => text.split('\n').slice(1));
  expect(lines.map((line) => line.split(' | ')[2])).toEqual(rows.map((_, at) => String(at)));
});

test('csvProcessor takes no row of numbers for names of columns', async () => {
  const bytes = Array.from({ length: 1500 }, (_, at) => `${at}\t${at * 2}`).join('\n');
  const texts = await textsOf({ processor: csvProcessor, bytes });
  const lines = texts.flatMap((text) => text.split('\n'));
  expect(lines).toHaveLength(1500);
});

test('csvProcessor says in which row a quotation mark is not closed', async () => {
  const failed = run({ processor: csvProcessor, bytes: 'a,b\n1,2\n3,"4\n5,6' });
  await expect(failed).rejects.toThrow(/row 3/);
});

test('CsvRecords gives back what was written, however it arrives', () => {
  const field = fc.string({
    unit: fc.constantFrom('a', ' ', '"', ',', '\n', '\r', '€'),
    maxLength: 6,
  });
  const table = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 });
  const ends = fc.constantFrom('\n', '\r\n', '\r');
  fc.assert(fc.property(table, ends, fc.integer({ min: 1, max: 9 }), (rows, end, step) => {
    const text = rows.map((row) =>
      row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',') + end
    ).join('');
    const records = new CsvRecords(',');
    const found = [];
    for (let at = 0; at < text.length; at += step) {
      found.push(...records.push(text.slice(at, at + step)));
    }
    found.push(...records.end());
    expect(found.map(({ fields }) => fields)).toEqual(rows);
    expect(found.map(({ source }) => source).join('')).toBe(text);
  }));
});

test('CsvRecords takes a mark inside a field for a character', () => {
  const records = new CsvRecords(',');
  const found = [...records.push('5" pipe,"x"y,\na,b'), ...records.end()];
  expect(found.map(({ fields }) => fields)).toEqual([['5" pipe', 'xy', ''], ['a', 'b']]);
});

test('rtfProcessor reads accents, Unicode and tables, and no fonts', async () => {
  const bytes = String.raw`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator X;}` +
    String.raw`\f0 Gr\'fc\'dfe \u8364?100\par \{braces\}\par A\cell B\cell\row}`;
  expect(await textsOf({ processor: rtfProcessor, bytes })).toEqual([
    'Grüße €100\n\n{braces}\n\nA | B',
  ]);
});
