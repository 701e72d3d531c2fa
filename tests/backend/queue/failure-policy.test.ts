/** Which errors say something of a job, and which of its environment. */
import { text } from '../../../backend/contract/messages/catalogue.ts';
import { expect, test } from 'vitest';
import { environmentFailureOf } from '../../../backend/processing/environment.ts';
import { exceptionKey } from '../../../backend/processing/exception-key.ts';
import { ProcessingError } from '../../../backend/processing/processor.ts';
import { environmentOf, failureOf, isFinal } from '../../../backend/queue/failure-policy.ts';

const coded = (code: string, cause?: unknown) =>
  Object.assign(new Error('Failed', { cause }), { code });
const named = (name: string, cause?: unknown) =>
  Object.assign(new Error('Failed query', { cause }), { name });

test('environmentOf(): by codes of the system, the database and the network, however wrapped', () => {
  const wrapped = new ProcessingError('broken_file', text('Cannot be read'), {
    cause: coded('ENOSPC'),
  });
  const cases: [unknown, string | null][] = [
    [coded('ENOSPC'), 'storage_full'],
    [coded('EDQUOT'), 'storage_full'],
    [coded('EROFS'), 'storage_denied'],
    [coded('EACCES'), 'storage_denied'],
    [coded('ENOMEM'), 'memory'],
    [coded('EMFILE'), 'memory'],
    [wrapped, 'storage_full'],
    [coded('ECONNREFUSED'), 'network'],
    [new TypeError('error sending request for url (http://s3/)'), 'network'],
    [coded('CONNECTION_CLOSED'), 'database'],
    [named('PostgresError', coded('57P01')), 'database'],
    [named('DrizzleQueryError', coded('ECONNREFUSED')), 'database'],
    [named('DrizzleQueryError', coded('40P01')), 'database'],
    [named('DrizzleQueryError', coded('53100')), 'storage_full'],
    [new Error('Connection terminated unexpectedly'), 'database'],
    [named('DrizzleQueryError', coded('22P05')), null],
    [new Error('A bug'), null],
    [new ProcessingError('broken_file', text('Broken')), null],
    ['no error', null],
  ];
  for (const [error, expected] of cases) {
    expect([error, environmentOf(error, true)]).toEqual([error, expected]);
  }
  // An app's own function may ask at an address of its own that is wrong for good.
  expect(environmentOf(coded('ECONNREFUSED'), false)).toBeNull();
  expect(environmentFailureOf(coded('EPIPE'))).toBe('network');
});

test('exceptionKey(): the same failure has one key, without paths, addresses and ids', () => {
  const fail = (message: string) => exceptionKey(new RangeError(message));
  const [one, two, other] = [
    '/tmp/headway-1/input at 0xdeadbeef of 6f1c2d3e-0000-4000-8000-123456789abc',
    '/tmp/headway-22/input at 0xfeedface of 7f1c2d3e-0000-4000-8000-123456789abd',
    'Index 5',
  ].map(fail);
  expect(one).toBe(two);
  expect(one).toMatch(/^RangeError: <path> at <address> of <id> at failure-policy\.test\.ts:\d+$/);
  expect(other).not.toBe(one);
  expect(exceptionKey('text')).toBeNull();
});

test('isFinal(): what never passes, what repeats itself, what was tried often enough', () => {
  const passing = failureOf(new Error('A bug'));
  const state = { failures: 1, repeated: false, suspect: false };
  expect(isFinal(new ProcessingError('broken_file', text('Broken')), state, 4)).toBe(true);
  expect(isFinal(passing, state, 4)).toBe(false);
  expect(isFinal(passing, { ...state, repeated: true }, 4)).toBe(true);
  expect(isFinal(passing, { ...state, failures: 5 }, 4)).toBe(true);
});
