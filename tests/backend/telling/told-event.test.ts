/** What receivers are sent of messages, and of events that an older version stored. */
import { expect, test } from 'vitest';
import { message, text } from '../../../backend/contract/messages/catalogue.ts';
import { toSessionEnd } from '../../../backend/telling/told-event.ts';

const first = { name: 'Report', reason: message('image_only') };
const error = message('files_failed', { failed: 1, first });

test('toSessionEnd() has English text beside the message', () => {
  const counts = { completed: 1, of: 2, noticed: 0, cancelled: 0, failed: 1, first };
  const end = toSessionEnd({ session_id: 's', message: message('session_ended', counts), error });
  expect(end).toEqual({
    session_id: 's',
    message: expect.stringMatching(
      /^1 of 2 files; 1 failed: Report: This PDF contains only pictures/,
    ),
    message_details: message('session_ended', counts),
    error: expect.stringMatching(/^1 failed: Report: This PDF contains only pictures/),
    error_details: error,
  });
});

test('toSessionEnd() takes the text of an event of an older version', () => {
  expect(toSessionEnd({ message: 'All done', error: null })).toEqual({
    message: 'All done',
    message_details: text('All done'),
    error: null,
    error_details: null,
  });
});

test('toSessionEnd() cuts what an app wrote at length', () => {
  const { message: words, message_details } = toSessionEnd({
    message: text('📚'.repeat(5_000)),
    error: null,
  });
  expect(words).toHaveLength(1_000);
  expect(words.isWellFormed()).toBe(true);
  expect(message_details).toEqual(text(words));
});
