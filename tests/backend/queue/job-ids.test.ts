import { expect, test } from 'vitest';
import { newJobIds } from '../../../backend/queue/job-ids.ts';

const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

test('ids grow within a call, over calls, and over a clock that is set back', () => {
  const now = Date.now();
  const ids = [
    ...newJobIds(3, now),
    ...newJobIds(2, now),
    ...newJobIds(2, now - TWO_HOURS_MS),
    ...newJobIds(1, now - TWO_HOURS_MS + 1),
    ...newJobIds(1, now + 60_000),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});
