import fc from 'fast-check';
import { expect, test } from 'vitest';
import { insidePattern, rangesIn } from '#contract/inside.ts';
import { isHeader, tableRows } from '#contract/tables.ts';
import { rowLine, TableSections } from '../../../backend/processing/extract/table.ts';

const cellTexts = (text: string) => tableRows(text).map((row) => row.map((cell) => cell.text));

test('rows are read back as the reader of tables wrote them', () => {
  const cell = fc.string({ unit: 'grapheme' }).map((text) =>
    text.replace(/[\s|\p{C}]+/gu, ' ').trim().normalize('NFC')
  );
  fc.assert(fc.property(fc.array(fc.array(cell, { minLength: 1 }), { minLength: 1 }), (rows) => {
    const lines = rows.map(rowLine).filter(Boolean);
    fc.pre(lines.length > 0);
    const text = lines.join('\n');
    expect(cellTexts(text).map(rowLine)).toEqual(lines);
    for (const { text: own, start, end } of tableRows(text).flat()) {
      expect(text.slice(start, end)).toBe(own);
    }
  }));
});

test('empty cells at the beginning and in the middle keep the others in their columns', () => {
  expect(cellTexts(rowLine(['', 'b', '', 'd', '']))).toEqual([['', 'b', '', 'd']]);
  expect(cellTexts('a|b | c')).toEqual([['a|b', 'c']]);
});

test('a header is told as the reader of tables tells it', () => {
  for (const row of [['Name', 'Sum'], ['Name', '12.5'], ['A', 'A'], ['Alone'], ['a', '', 'c']]) {
    const sections = new TableSections();
    [...sections.push(row)];
    const [cells = []] = tableRows(rowLine(row));
    // Null behind a title, where the names of the columns may follow.
    expect([row, isHeader(cells)]).toEqual([row, Boolean(sections.header)]);
  }
});

test('rangesIn() finds words whatever their case and the space between', () => {
  const pattern = insidePattern('Straße  (b)');
  expect(pattern && rangesIn('STRASSE straße\n(B), Straße (b)', pattern)).toEqual([[8, 18], [
    20,
    30,
  ]]);
  expect(insidePattern(' x ')).toBeNull();
});
