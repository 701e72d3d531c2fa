import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readFilters,
  withFilter,
  writeFilters,
} from '../../frontend/src/lib/components/address.ts';
import { HISTORY_FILTERS } from '../../frontend/src/lib/components/history/history-view.ts';
import { QUEUE_FILTERS } from '../../frontend/src/lib/components/queue/queue-view.ts';

const read = (query: string) => readFilters(QUEUE_FILTERS, new URLSearchParams(query));

describe('readFilters()', () => {
  it('takes what is known and leaves out the rest', () => {
    expect(read('?state=error&priority=odd&user=%20Elinor%20&q=&other=1')).toEqual({
      state: 'error',
      user: 'Elinor',
    });
    expect(readFilters(HISTORY_FILTERS, new URLSearchParams('outcome=partly'))).toEqual({
      outcome: 'partly',
    });
  });

  it('takes no more text than the server would', () => {
    expect(read(`q=${'a'.repeat(500)}`).q).toHaveLength(200);
  });
});

describe('writeFilters()', () => {
  it('is nothing without filters, and in one order always', () => {
    expect(writeFilters(QUEUE_FILTERS, {})).toBe('');
    expect(writeFilters(QUEUE_FILTERS, { user: 'a&b', state: 'queued' }))
      .toBe('state=queued&user=a%26b');
  });

  it('is read again as it was', () => {
    const text = fc.string({ minLength: 1, maxLength: 50 }).filter((value) => value.trim() !== '')
      .map((value) => value.trim().toWellFormed());
    const filters = fc.record({
      state: fc.constantFrom(...QUEUE_FILTERS.state),
      reason: fc.constantFrom(...QUEUE_FILTERS.reason),
      q: text,
      user: text,
    }, { requiredKeys: [] });
    fc.assert(fc.property(filters, (given) => {
      expect(read(writeFilters(QUEUE_FILTERS, given))).toEqual(given);
    }));
  });
});

describe('withFilter()', () => {
  it('sets one filter, or takes it away', () => {
    const filters = { state: 'error', q: 'a' } as const;
    expect(withFilter(filters, 'q', 'b')).toEqual({ state: 'error', q: 'b' });
    expect(withFilter(filters, 'state', '')).toEqual({ q: 'a' });
  });
});
