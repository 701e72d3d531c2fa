/**
 * What a row of the list of files shows.
 */
import { expect, test } from 'vitest';
import { CANCELLED } from '../../backend/contract/failures.ts';
import type { FileRow } from '../../backend/contract/files.ts';
import { tableRow } from '../../frontend/src/lib/components/file-table.ts';
import { germanMessages as messages } from '../../frontend/src/lib/messages/index.ts';

const row = (data: FileRow['data']) =>
  tableRow(
    {
      id: 'f',
      user_id: 'u',
      hash: null,
      filename: 'a.txt',
      data,
      meta: {},
      created_at: 0,
      updated_at: 0,
      state: 'attention',
    },
    messages,
    0,
  );

test('a file that failed gives its reason, and can be tried again', () => {
  expect(row({ status: 'failed', error: 'Damaged', error_code: 'broken_file' })).toMatchObject({
    reason: messages.server.failures?.broken_file,
    action: messages.retry,
  });
});

test('a file whose processing was cancelled is not processed, and can be', () => {
  const cancelled = row({ status: 'failed', error: 'Cancelled', error_code: CANCELLED });
  expect(cancelled).toMatchObject({ reason: null, action: messages.process });
  expect(cancelled.about).toContain(messages.notProcessed);
  expect(cancelled).toEqual(row({ status: 'pending' }));
});
