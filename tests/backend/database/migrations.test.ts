/**
 * The files of `migrations/` and their journal say the same.
 *
 * @module
 */
import { expect, test } from 'vitest';
import journal from '../../../migrations/meta/_journal.json' with { type: 'json' };

const FOLDER = new URL('../../../migrations/', import.meta.url);
/** Of migration 0; each number is a millisecond later. */
const FIRST_WHEN = 1_795_000_000_000;

const numberOf = (name: string) => Number(/^(\d{4})_[a-z0-9_]+$/.exec(name)?.[1]);

const names = (await Array.fromAsync(Deno.readDir(FOLDER), ({ name }) => name))
  .filter((name) => name.endsWith('.sql'))
  .map((name) => name.slice(0, -'.sql'.length))
  .toSorted();
const numbers = names.map(numberOf);

test('every migration has a number of four digits, and no other has it', () => {
  expect(numbers).not.toContain(NaN);
  expect(numbers).toEqual([...new Set(numbers)]);
});

test('the journal lists every file, in the order of the numbers', () => {
  expect(journal.entries.map(({ tag }) => tag)).toEqual(names);
  expect(journal.entries.map(({ idx }) => idx)).toEqual(names.map((_, index) => index));
});

test('the time of a migration follows from its number: a database applies what is later', () => {
  expect(journal.entries.map(({ when }) => when - FIRST_WHEN)).toEqual(numbers);
});

test('the numbers without a file are named', async () => {
  const readme = await Deno.readTextFile(new URL('README.md', FOLDER));
  const listed = /Numbers without a file: ([\d,\s]*)\./.exec(readme)?.[1]?.split(/,\s*/);
  const all = Array.from({ length: Math.max(...numbers) }, (_, number) => number);
  const missing = all.filter((number) => !numbers.includes(number));
  expect(listed).toEqual(missing.map((number) => `${number}`.padStart(4, '0')));
});
