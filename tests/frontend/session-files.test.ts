/**
 * The files of a long session: loaded once, then only what changes.
 *
 * @module
 */
import { message, text } from '#contract/messages/catalogue.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileProgress } from '#contract/progress.ts';
import type { SessionFilesQuery } from '../../frontend/src/lib/api/client.ts';
import { waitDetails } from '../../frontend/src/lib/components/wait-details.ts';
import { englishMessages as messages } from '../../frontend/src/lib/components/messages.ts';
import { SessionFileList } from '../../frontend/src/lib/state/session-files.svelte.ts';
import { fileOf } from './fakes.ts';

/** Files with the moment of their last change. */
let files: { changed: number; file: FileProgress }[];
let now: number;
let asked: SessionFilesQuery[];
let down: boolean;
let hidden: boolean;
let list: SessionFileList;

function sessionFiles(_id: string, query: SessionFilesQuery = {}) {
  asked.push(query);
  if (down) return Promise.reject(new Error('No answer'));
  const { since, ids = [], offset = 0 } = query;
  const found = files.filter(({ changed, file }) =>
    since === undefined || changed >= since || ids.includes(file.job_id)
  );
  const items = found.slice(offset, offset + 100).map(({ file }) => file);
  return Promise.resolve({ items, total: found.length, cursor: now });
}

function change(index: number, given: Partial<FileProgress>): void {
  const { file } = files[index]!;
  files[index] = { changed: ++now, file: { ...file, ...given } };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  now = 10;
  asked = [];
  down = hidden = false;
  files = Array.from({ length: 250 }, (_, n) => ({
    changed: 1,
    file: fileOf({ job_id: `j${n}`, status: 'queued', queue_position: n }),
  }));
  const options = { interval: 1_000, isHidden: () => hidden };
  list = new SessionFileList({ sessionFiles } as never, 's1', options);
  list.start();
});

afterEach(() => {
  list.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('SessionFileList', () => {
  it('loads page by page, and then asks only for what has changed', async () => {
    await pass(0);
    expect(asked.map(({ offset }) => offset)).toEqual([0, 100, 200]);
    expect(list.current.map(({ job_id }) => job_id)).toEqual(files.map(({ file }) => file.job_id));
    asked = [];
    change(7, { status: 'processing', progress: 40 });
    await pass(1_000);
    expect(asked).toEqual([{ since: 10, ids: [], offset: 0 }]);
    expect(list.current[7]).toMatchObject({ status: 'processing', progress: 40 });
    expect(list.current).toHaveLength(250);
  });

  it('asks for the places in the queue of what is on show and waits', async () => {
    await pass(0);
    change(0, { status: 'processing' });
    await pass(1_000);
    list.show(['j0', 'j1', 'j2']);
    files[1]!.file = { ...files[1]!.file, queue_position: 77 };
    asked = [];
    await pass(1_000);
    expect(asked[0]?.ids).toEqual(['j1', 'j2']);
    expect(list.current[1]?.queue_position).toBe(77);
  });

  it('misses nothing that changed while it could not ask', async () => {
    await pass(0);
    down = true;
    change(3, { status: 'error' });
    await pass(3_000);
    expect(list.error).toMatchObject({ message: 'No answer' });
    down = false;
    await pass(1_000);
    expect([list.error, list.current[3]?.status]).toEqual([null, 'error']);
  });

  it('asks nothing while nobody can see it, or nothing can change', async () => {
    await pass(0);
    hidden = true;
    asked = [];
    await pass(5_000);
    expect(asked).toEqual([]);
    hidden = false;
    change(1, { status: 'completed' });
    list.follow(false);
    await pass(10_000);
    expect(asked).toHaveLength(1);
    expect(list.current[1]?.status).toBe('completed');
  });
});

describe('waitDetails()', () => {
  const details = (given: Partial<FileProgress>) => waitDetails(fileOf(given), messages, 100_000);

  it('tells how many go first', () => {
    expect(details({ status: 'queued', queue_position: 3 })).toEqual(['3 before it']);
    expect(details({ status: 'queued', queue_position: 0 })).toEqual(['next in line']);
    expect(details({ status: 'queued' })).toEqual([]);
  });

  it('tells to what a file gave way, and where it goes on', () => {
    const by = text('talk.mp3');
    const at = message('unit', { unit: 'page', at: 3, of: 9 });
    const interrupted = {
      status: 'interrupted',
      interrupted_by: 'talk.mp3',
      interrupted_by_details: by,
      message_details: message('preempted', { by, at }),
    } as const;
    expect(details(interrupted)).toEqual([
      'gave way to talk.mp3, goes on afterwards',
      'goes on from: Page 3 of 9',
    ]);
  });

  it('tells when the next try comes', () => {
    const failed = { status: 'queued', attempt: 2, queue_position: 9 } as const;
    expect(details({ ...failed, next_attempt_at: 108 })).toEqual(['try 3 in 8 sec']);
    expect(details({ ...failed, next_attempt_at: 99 })).toEqual(['try 3 is about to start']);
  });
});
