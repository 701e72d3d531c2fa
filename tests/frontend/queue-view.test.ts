import { describe, expect, it } from 'vitest';
import type { QueueJob, Throughput } from '#contract/queue.ts';
import {
  actionsOf,
  expectedAfter,
  reasonText,
  viewGraph,
} from '../../frontend/src/lib/components/queue/queue-view.ts';
import { englishMessages as messages } from '../../frontend/src/lib/messages/index.ts';
import { fileOf } from './fakes.ts';

const jobOf = (given: Partial<QueueJob>): QueueJob => ({
  ...fileOf(),
  session_id: 's1',
  knowledge_id: 'k1',
  knowledge_name: 'Novels',
  user_id: 'u1',
  user_name: 'Elinor',
  priority: 'low',
  held: false,
  worker: null,
  created_at: 900,
  ...given,
});

describe('actionsOf()', () => {
  it.each<[Partial<QueueJob>, string[]]>([
    [{ status: 'completed' }, []],
    [{ status: 'error' }, ['retry']],
    [{ status: 'cancelled' }, ['retry']],
    [{ status: 'error', file_id: null }, []],
    [{ status: 'error', file_id: null, kind: 'report' }, ['retry']],
    [{ status: 'queued' }, ['promote', 'cancel']],
    [{ status: 'queued', held: true }, ['promote', 'cancel']],
    [{ status: 'interrupted', priority: 'high' }, ['cancel']],
    [{ status: 'processing' }, ['cancel']],
    [{ status: 'uploading' }, ['cancel']],
    [{ status: 'paused' }, ['cancel']],
  ])('of %j are %j', (given, actions) => {
    expect(actionsOf(jobOf(given))).toEqual(actions);
  });
});

it('expectedAfter() an action, a job offers no longer what was done', () => {
  for (
    const [status, action] of [
      ['error', 'retry'],
      ['queued', 'promote'],
      ['queued', 'cancel'],
    ] as const
  ) {
    const after = { ...jobOf({ status }), ...expectedAfter(action) };
    expect(actionsOf(after)).not.toContain(action);
  }
});

it('reasonText() names what it knows', () => {
  expect(reasonText('broken_file', messages)).toBe('Damaged file');
  expect(reasonText('new_code', messages)).toBe('Unknown reason');
  expect(reasonText(null, messages)).toBe('Unknown reason');
});

describe('viewGraph()', () => {
  const of = (...given: [completed: number, failed: number, waiting: number][]): Throughput => ({
    bucket_seconds: 60,
    buckets: given.map(([completed, failed, waiting], index) => ({
      at: index * 60,
      completed,
      failed,
      waiting,
      work_seconds: 0,
    })),
  });

  it('shares the height of the largest bucket', () => {
    const view = viewGraph(of([3, 1, 0], [1, 0, 8]));
    expect(view.bars.map(({ completed, failed, waiting }) => [completed, failed, waiting]))
      .toEqual([[0.75, 0.25, 0], [0.25, 0, 1]]);
    expect(view).toMatchObject({ mostEnded: 4, mostWaiting: 8, completed: 4, failed: 1 });
    expect(view.line).toBe('M0 1V1H0.5V0H1V1Z');
  });

  it('stays flat where nothing happened', () => {
    const view = viewGraph(of([0, 0, 0]));
    expect(view.bars[0]).toMatchObject({ completed: 0, failed: 0, waiting: 0 });
    expect(view.mostEnded).toBe(1);
    expect(viewGraph(of()).line).toBe('M0 1V1Z');
  });
});
