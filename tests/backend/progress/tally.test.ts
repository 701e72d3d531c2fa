import { formatMessage, text } from '../../../backend/contract/messages/catalogue.ts';
import { describe, expect, test } from 'vitest';
import { describeOutcome, tallyStatus } from '../../../backend/progress/tally.ts';
import { tallyOf } from './tallies.ts';

describe('tallyStatus()', () => {
  test.each([
    ['completed', {}],
    ['queued', { queued: 3 }],
    ['processing', { queued: 2, processing: 1 }],
    ['processing', { uploading: 1 }],
    ['processing', { processing: 1, paused: 1, failed: 1 }],
    ['processing', { queued: 2, completed: 1 }],
    ['processing', { queued: 1, cancelled: 1 }],
    ['queued', { queued: 1, paused: 1 }],
    ['paused', { paused: 1, completed: 1 }],
    ['completed', { completed: 1, failed: 2 }],
    ['completed', { completed: 1, cancelled: 2 }],
    ['error', { failed: 1, cancelled: 1 }],
    ['cancelled', { cancelled: 2 }],
  ])('is %s for %o', (status, counts) => {
    expect(tallyStatus(tallyOf(counts))).toBe(status);
  });
});

describe('describeOutcome()', () => {
  const firstFailure = { kind: 'file', name: 'a.pdf', error: text('It is damaged') };

  test.each([
    [{}, 'Nothing to process', null],
    [{ completed: 1 }, '1 of 1 file', null],
    [{ completed: 3 }, '3 of 3 files', null],
    [{ completed: 2, cancelled: 1 }, '2 of 3 files; 1 cancelled', null],
    [
      { completed: 2, failed: 1, firstFailure },
      '2 of 3 files; 1 failed: a.pdf: It is damaged',
      '1 failed: a.pdf: It is damaged',
    ],
    [
      { completed: 1, failed: 2, cancelled: 1, firstFailure },
      '1 of 4 files; 1 cancelled; 2 failed: a.pdf: It is damaged',
      '2 failed: a.pdf: It is damaged',
    ],
    [{ failed: 1, firstFailure }, 'a.pdf: It is damaged', 'a.pdf: It is damaged'],
  ])('%o', (counts, message, error) => {
    const outcome = describeOutcome(tallyOf(counts));
    expect({
      message: formatMessage(outcome.message),
      error: outcome.error && formatMessage(outcome.error),
    }).toEqual({ message, error });
  });
});
