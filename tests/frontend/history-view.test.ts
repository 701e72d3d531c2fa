import { describe, expect, it } from 'vitest';
import type { ListedSession } from '#contract/sessions.ts';
import {
  durationsOf,
  outcomeOf,
  replaysOf,
  tellDurations,
  tellFile,
  tellFiles,
} from '../../frontend/src/lib/components/history/history-view.ts';
import { englishMessages as messages } from '../../frontend/src/lib/messages/index.ts';
import { fileOf, sessionOf } from './fakes.ts';

const past = (given: Partial<ListedSession>): ListedSession => ({
  ...sessionOf({ status: 'completed', started_at: 1_060, finished_at: 1_240 }),
  queued_at: 1_000,
  work_seconds: 90,
  ...given,
});

describe('durations', () => {
  it('tell waiting, taking and working apart, counted from the present attempt', () => {
    expect(durationsOf(past({}))).toEqual({ waited: 60, took: 180, worked: 90 });
    expect(tellDurations(durationsOf(past({})), messages)).toEqual([
      'waited 1 min',
      'took 3 min',
      '2 min of work',
    ]);
  });

  it('leave out a wait that nobody noticed, and work that was none', () => {
    const quick = past({ queued_at: 1_059.8, work_seconds: 0 });
    expect(tellDurations(durationsOf(quick), messages)).toEqual(['took 3 min']);
  });

  it('say so where it never began', () => {
    const cancelled = past({ status: 'cancelled', started_at: null });
    expect(durationsOf(cancelled)).toMatchObject({ waited: null, took: null });
    expect(tellDurations(durationsOf(cancelled), messages)).toEqual(['never began']);
    expect(tellFile(fileOf({ status: 'cancelled' }), messages)).toEqual(['never began']);
  });

  it('are told of one file too', () => {
    const file = fileOf({ started_at: 10, finished_at: 30, work_seconds: 5 });
    expect(tellFile(file, messages)).toEqual(['took 20 sec', '5 sec of work']);
  });
});

it.each<[Partial<ListedSession>, string, string[]]>([
  [{ status: 'completed' }, 'done', ['again']],
  [{ status: 'completed', total_files: 0 }, 'done', []],
  [{ status: 'completed', failed_files: 1, total_files: 2 }, 'partly', ['retry', 'again']],
  [{ status: 'error', failed_files: 1 }, 'failed', ['retry']],
  [{ status: 'cancelled' }, 'cancelled', ['retry']],
  [{ status: 'completed', kind: 'job' }, 'done', []],
  [{ status: 'completed', kind: 'background' }, 'done', ['again']],
])('a session %j is %s and can be replayed by %j', (given, outcome, replays) => {
  expect(outcomeOf(past(given))).toBe(outcome);
  expect(replaysOf(past(given))).toEqual(replays);
});

it('tellFiles() says what became of them', () => {
  const files = (given: Partial<ListedSession>) => tellFiles(past(given), messages);
  expect(files({ total_files: 3, processed_files: 3 })).toBe('3 files');
  expect(files({ total_files: 3, processed_files: 1 })).toBe('1 of 3 files done');
  expect(files({ total_files: 3, failed_files: 2 })).toBe('2 of 3 files failed');
});
