import { expect, test } from 'vitest';
import { AppError } from '../../../backend/contract/error.ts';
import {
  insufficientStorage,
  storageFailureOf,
} from '../../../backend/contract/storage-failure.ts';

const withCode = (code: string) => Object.assign(new Error(code), { code });

test.each<[string, unknown, ReturnType<typeof storageFailureOf>]>([
  ['no space', withCode('ENOSPC'), 'full'],
  ['quota of the disk', withCode('EDQUOT'), 'full'],
  ['disk of the database', new Error('Failed query', { cause: withCode('53100') }), 'full'],
  ['quota of a bucket', Object.assign(new Error(), { name: 'QuotaExceeded' }), 'full'],
  ['S3 status 507', Object.assign(new Error(), { $metadata: { httpStatusCode: 507 } }), 'full'],
  ['no permission', withCode('EACCES'), 'denied'],
  ['read-only', withCode('EROFS'), 'denied'],
  ['S3 access', Object.assign(new Error(), { name: 'AccessDenied' }), 'denied'],
  ['one of several', new AggregateError([new Error('x'), withCode('ENOSPC')]), 'full'],
  ['suppressed', new SuppressedError(withCode('EIO'), withCode('ENOSPC')), 'full'],
  ['another code', withCode('ECONNRESET'), null],
  ['another type', 'ENOSPC', null],
])('storageFailureOf() %s', (_what, error, failure) => {
  expect(storageFailureOf(error)).toBe(failure);
});

test('insufficientStorage() keeps its own and leaves other refusals alone', () => {
  const own = insufficientStorage(withCode('ENOSPC'));
  expect(own).toMatchObject({ code: 'insufficient_storage', status: 507 });
  expect(insufficientStorage(own)).toBe(own);
  const other = new AppError('invalid', 'x', { cause: withCode('ENOSPC') });
  expect(insufficientStorage(other)).toBeNull();
});

test('storageFailureOf() ends on causes that refer to each other', () => {
  const first = new Error('first');
  first.cause = new Error('second', { cause: first });
  expect(storageFailureOf(first)).toBeNull();
});
