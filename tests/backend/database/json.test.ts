/**
 * JSON for PostgreSQL: what it cannot hold goes, and nothing else.
 *
 * @module
 */
import { expect, test } from 'vitest';
import { isStorable, storableJson } from '../../../backend/database/json.ts';

/** A backslash and five characters, as source code and regular expressions have them. */
const ESCAPE_AS_TEXT = String.raw`C:\u0000 and \\u0000 and \ud800`;

test('storableJson keeps a backslash before u0000, which is no NUL', () => {
  const value = { text: ESCAPE_AS_TEXT, [ESCAPE_AS_TEXT]: [ESCAPE_AS_TEXT] };
  expect(JSON.parse(storableJson(value))).toEqual(value);
  expect(isStorable(value)).toBe(true);
});

test('storableJson drops NUL and replaces half a pair, in keys and at any depth', () => {
  const value = { 'a\0': ['x\0y', { b: '\ud800 \ud83d\ude00' }], n: null, at: new Date(0) };
  expect(isStorable(value)).toBe(false);
  expect(JSON.parse(storableJson(value))).toEqual({
    a: ['xy', { b: '\ufffd \ud83d\ude00' }],
    n: null,
    at: '1970-01-01T00:00:00.000Z',
  });
  expect(storableJson(undefined)).toBe('null');
});

test('isStorable looks at keys, and no deeper than it may', () => {
  expect(isStorable({ 'a\0': 1 })).toBe(false);
  expect([isStorable([['a']], 2), isStorable([['a']], 1)]).toEqual([true, false]);
});
