/**
 * The queue of uploads against an API that the test answers for.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StartSession } from '#contract/sessions.ts';
import type { PendingUpload } from '#contract/uploads.ts';
import { ApiError } from '../../frontend/src/lib/api/api-error.ts';
import type { FileToSend, SendFileOptions } from '../../frontend/src/lib/api/send-file.ts';
import { uploadTotals } from '../../frontend/src/lib/uploads/totals.ts';
import type { Upload } from '../../frontend/src/lib/uploads/upload.ts';
import {
  UploadQueue,
  type UploadQueueOptions,
} from '../../frontend/src/lib/uploads/upload-queue.ts';
import { fileOf } from './fakes.ts';

interface Sending {
  name: string;
  jobId: string | null | undefined;
  progress(bytes: number): void;
  finish(): void;
  fail(error: unknown): void;
  signal: AbortSignal | undefined;
}

/** Keeps every file that is sent until the test decides. */
function fakeApi() {
  const sendings: Sending[] = [];
  const started: { knowledgeId: string; body: StartSession; operationId: string }[] = [];
  return {
    sendings,
    started,
    startSession(knowledgeId: string, body: StartSession, operationId: string) {
      started.push({ knowledgeId, body, operationId });
      const session = `s${started.length}`;
      const files = (body.uploads ?? []).map((file, index) =>
        fileOf({ name: file.name, job_id: `${session}-${index}`, status: 'uploading' })
      );
      return Promise.resolve({
        session_id: session,
        status: 'processing',
        total_files: files.length,
        status_url: '',
        message: '',
        files,
      });
    },
    sendFile({ name, metadata }: FileToSend, { onProgress, signal }: SendFileOptions = {}) {
      return new Promise<unknown>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        sendings.push({
          name,
          jobId: metadata.job_id,
          progress: (bytes) => onProgress?.(bytes),
          finish: () => resolve(undefined),
          fail: reject,
          signal,
        });
      });
    },
  };
}

let api: ReturnType<typeof fakeApi>;
let changes: Upload[];

beforeEach(() => {
  vi.useFakeTimers();
  api = fakeApi();
  changes = [];
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const filesOf = (count: number, size = 1_000) =>
  Array.from({ length: count }, (_, index) => new File([new Uint8Array(size)], `${index}.pdf`));

function queueOf(options: UploadQueueOptions = {}): UploadQueue {
  return new UploadQueue(api, { onChange: (upload) => changes.push(upload), ...options });
}

/** As the server lists a file that is not whole yet. */
const pendingOf = (file: File, given: Partial<PendingUpload> = {}): PendingUpload => ({
  job_id: `old-${file.name}`,
  session_id: 'old',
  knowledge_id: 'k1',
  name: file.name,
  size: file.size,
  media_type: null,
  last_modified: file.lastModified,
  upload_id: 'u',
  received: 400,
  paused: false,
  folder: null,
  active: false,
  expires_at: null,
  ...given,
});

const stateOf = (queue: UploadQueue, jobId: string) => queue.uploads.get(jobId)?.state;

describe('a file that looks like one that was begun', () => {
  const pending = (file: File, given: Partial<PendingUpload> = {}) => ({
    ...api,
    pendingUploads: () => Promise.resolve({ items: [pendingOf(file, given)] }),
  });

  it('is announced as a new one where it lies in another folder', async () => {
    const [file] = filesOf(1);
    const queue = new UploadQueue(pending(file!, { folder: 'reports' }));
    await queue.add('k1', [file!]);
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['s1-0']);
    expect(api.started[0]?.body.uploads).toMatchObject([{ folder: '' }]);
    queue.stop();
  });

  it('is announced as a new one where the server has the bytes of another', async () => {
    const [file] = filesOf(1);
    const queue = new UploadQueue(pending(file!, { folder: '' }));
    await queue.add('k1', [file!], { language: 'de' });
    expect(api.started).toHaveLength(0);
    api.sendings[0]?.fail(new ApiError('No', { code: 'upload_mismatch', status: 409 }));
    await settle();
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual([`old-${file!.name}`, 's1-0']);
    expect(api.started[0]?.body).toMatchObject({ language: 'de', uploads: [{ folder: '' }] });
    expect(stateOf(queue, `old-${file!.name}`)).toEqual({ kind: 'cancelled' });
    queue.stop();
  });
});

describe('UploadQueue.add()', () => {
  it('announces one drop as one session, under an id of its own', async () => {
    const queue = queueOf({ newId: () => 'op-1' });
    await queue.add('k1', filesOf(5));
    expect(api.started).toHaveLength(1);
    expect(api.started[0]).toMatchObject({ knowledgeId: 'k1', operationId: 'op-1' });
    expect(api.started[0]?.body.uploads?.map(({ name, size }) => [name, size]))
      .toEqual([0, 1, 2, 3, 4].map((index) => [`${index}.pdf`, 1_000]));
    queue.stop();
  });

  it('sends three at a time, each under the job of its own place', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(5));
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['s1-0', 's1-1', 's1-2']);
    api.sendings[1]?.finish();
    await settle();
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['s1-0', 's1-1', 's1-2', 's1-3']);
    queue.stop();
  });

  it('shares the three between sessions', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(2));
    await queue.add('k2', filesOf(2));
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['s1-0', 's1-1', 's2-0']);
    queue.stop();
  });

  it('rejects and sends nothing when the session cannot be started', async () => {
    api.startSession = () => Promise.reject(new ApiError('No', { code: 'forbidden', status: 403 }));
    const queue = queueOf();
    await expect(queue.add('k1', filesOf(1))).rejects.toMatchObject({ code: 'forbidden' });
    expect(queue.busy).toBe(false);
  });

  it('is busy until everything is sent', async () => {
    const queue = queueOf({ concurrency: 1 });
    await queue.add('k1', filesOf(2));
    expect(queue.busy).toBe(true);
    api.sendings[0]?.finish();
    await settle();
    api.sendings[1]?.finish();
    await settle();
    expect(queue.busy).toBe(false);
    expect([...queue.uploads.values()].map(({ state }) => state.kind)).toEqual(['sent', 'sent']);
  });
});

describe('an upload', () => {
  it('tells percent, speed and time left', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(1, 10_000));
    await vi.advanceTimersByTimeAsync(1_000);
    api.sendings[0]?.progress(2_000);
    expect(stateOf(queue, 's1-0')).toEqual({
      kind: 'sending',
      sentBytes: 2_000,
      bytesPerSecond: 2_000,
      secondsLeft: 4,
    });
    queue.stop();
  });

  it('is tried again when the connection is lost, later each time', async () => {
    const queue = queueOf({ retries: 2 });
    await queue.add('k1', filesOf(1));
    const lost = new ApiError('Lost', { code: 'network', status: 0 });
    api.sendings[0]?.fail(lost);
    await vi.advanceTimersByTimeAsync(1_000);
    api.sendings[1]?.fail(lost);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(api.sendings).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    api.sendings[2]?.fail(lost);
    await settle();
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'failed', error: lost, passing: true });
  });

  it('waits as long as the server asks', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(1));
    api.sendings[0]?.fail(
      new ApiError('Busy', { code: 'unavailable', status: 503, retryAfterMs: 9_000 }),
    );
    await vi.advanceTimersByTimeAsync(8_999);
    expect(api.sendings).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(api.sendings).toHaveLength(2);
    queue.stop();
  });

  it('fails at once when another try cannot help, and lets the others go on', async () => {
    const queue = queueOf({ concurrency: 1 });
    await queue.add('k1', filesOf(2));
    api.sendings[0]?.fail(new ApiError('Too large', { code: 'too_large', status: 413 }));
    await settle();
    expect(stateOf(queue, 's1-0'))
      .toEqual({ kind: 'failed', error: expect.any(ApiError), passing: false });
    expect(api.sendings[1]?.jobId).toBe('s1-1');
    queue.stop();
  });

  it('can be retried in place, under the same job', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(1));
    api.sendings[0]?.fail(new ApiError('Bad', { code: 'invalid', status: 422 }));
    await settle();
    queue.retry('s1-0');
    expect(api.sendings[1]?.jobId).toBe('s1-0');
    api.sendings[1]?.finish();
    await settle();
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'sent' });
    queue.retry('s1-0');
    expect(api.sendings).toHaveLength(2);
  });
});

describe('UploadQueue.retryFailed()', () => {
  async function queueWithFailures(): Promise<UploadQueue> {
    const queue = queueOf({ retries: 0 });
    await queue.add('k1', filesOf(2));
    api.sendings[0]?.fail(new ApiError('Lost', { code: 'network', status: 0 }));
    api.sendings[1]?.fail(new ApiError('Too large', { code: 'too_large', status: 413 }));
    await settle();
    return queue;
  }

  it('sends again what a lost network has stopped, and nothing that cannot work', async () => {
    const queue = await queueWithFailures();
    queue.retryFailed();
    expect(api.sendings.slice(2).map(({ jobId }) => jobId)).toEqual(['s1-0']);
    queue.stop();
  });

  it('sends again all of a session when asked for', async () => {
    const queue = await queueWithFailures();
    queue.retryFailed('s1');
    expect(api.sendings).toHaveLength(4);
    queue.stop();
  });
});

describe('UploadQueue.cancel()', () => {
  it('stops a file that is being sent and takes the next', async () => {
    const queue = queueOf({ concurrency: 1 });
    await queue.add('k1', filesOf(2));
    queue.cancel('s1-0');
    await settle();
    expect(api.sendings[0]?.signal?.aborted).toBe(true);
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'cancelled' });
    expect(api.sendings[1]?.jobId).toBe('s1-1');
    queue.stop();
  });

  it('takes a waiting file out of the line', async () => {
    const queue = queueOf({ concurrency: 1 });
    await queue.add('k1', filesOf(2));
    queue.cancel('s1-1');
    api.sendings[0]?.finish();
    await settle();
    expect(api.sendings).toHaveLength(1);
    expect(queue.busy).toBe(false);
  });

  it('is not undone by progress that comes late', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(1));
    queue.cancel('s1-0');
    api.sendings[0]?.progress(500);
    await settle();
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'cancelled' });
  });

  it('ends the wait for another try', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(1));
    api.sendings[0]?.fail(new ApiError('Lost', { code: 'network', status: 0 }));
    await settle();
    queue.cancelSession('s1');
    await settle();
    expect(queue.busy).toBe(false);
  });

  it('can be followed by a retry at once', async () => {
    const queue = queueOf({ concurrency: 1 });
    await queue.add('k1', filesOf(1));
    queue.cancel('s1-0');
    queue.retry('s1-0');
    await settle();
    api.sendings.at(-1)?.finish();
    await settle();
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'sent' });
    expect(queue.busy).toBe(false);
  });
});

describe('UploadQueue.pause()', () => {
  it('stops sending and lets the next one in; resume() goes on', async () => {
    const queue = queueOf({ concurrency: 1 });
    await queue.add('k1', filesOf(2, 10_000));
    await vi.advanceTimersByTimeAsync(1_000);
    api.sendings[0]?.progress(4_000);
    queue.pause('s1-0');
    await settle();
    expect(api.sendings[0]?.signal?.aborted).toBe(true);
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'paused', sentBytes: 4_000 });
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['s1-0', 's1-1']);
    queue.resume('s1-0');
    api.sendings[1]?.finish();
    await settle();
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['s1-0', 's1-1', 's1-0']);
    queue.stop();
  });

  it('is for a whole session too', async () => {
    const queue = queueOf({ concurrency: 1 });
    await queue.add('k1', filesOf(2));
    queue.pauseSession('s1');
    await settle();
    expect(queue.busy).toBe(false);
    queue.resumeSession('s1');
    expect(queue.busy).toBe(true);
    queue.stop();
  });

  it('follows one that was paused on another page', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(1));
    api.sendings[0]?.fail(new ApiError('Paused', { code: 'upload_paused', status: 409 }));
    await settle();
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'paused', sentBytes: 0, agreed: true });
  });
});

describe('UploadQueue.heed()', () => {
  const said = (queue: UploadQueue, paused: boolean) =>
    queue.heed(
      [...queue.uploads.values()].map(({ file, jobId }) =>
        pendingOf(file, { job_id: jobId, paused })
      ),
    );

  it('pauses what was paused elsewhere, also what still waits, and goes on when it is resumed', async () => {
    const queue = queueOf({ concurrency: 1 });
    await queue.add('k1', filesOf(2));
    said(queue, true);
    await settle();
    expect(api.sendings[0]?.signal?.aborted).toBe(true);
    expect(api.sendings).toHaveLength(1);
    expect(queue.busy).toBe(false);
    said(queue, false);
    await settle();
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['s1-0', 's1-0']);
    expect(stateOf(queue, 's1-1')).toEqual({ kind: 'waiting' });
    queue.stop();
  });

  it('goes on with what was paused here and is resumed elsewhere, once the server knew of it', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(1));
    queue.pause('s1-0');
    await settle();
    said(queue, false);
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'paused', sentBytes: 0 });
    said(queue, true);
    said(queue, false);
    expect(stateOf(queue, 's1-0')).toMatchObject({ kind: 'sending' });
    queue.stop();
  });

  it('leaves alone what has failed, was sent or is not of this queue', async () => {
    const queue = queueOf();
    await queue.add('k1', filesOf(2));
    api.sendings[0]?.finish();
    api.sendings[1]?.fail(new Error('broken'));
    await settle();
    const before = [...queue.uploads.values()];
    said(queue, true);
    queue.heed([pendingOf(filesOf(1)[0]!)]);
    expect([...queue.uploads.values()]).toEqual(before);
  });
});

describe('a file that another tab sends', () => {
  it('is followed for as long as it takes, and not counted as a failure', async () => {
    const queue = queueOf({ retries: 0 });
    await queue.add('k1', filesOf(1));
    const locked = { code: 'upload_locked', status: 423, retryAfterMs: 2_000 };
    for (let times = 0; times < 20; times++) {
      api.sendings.at(-1)?.fail(new ApiError('Locked', locked));
      await settle();
      expect(stateOf(queue, 's1-0')).toEqual({ kind: 'elsewhere' });
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(api.sendings).toHaveLength(21);
    api.sendings.at(-1)?.finish();
    await settle();
    expect(stateOf(queue, 's1-0')).toEqual({ kind: 'sent' });
  });
});

describe('a lost network', () => {
  it('is waited for without an end, and no try is lost to it', async () => {
    const back = Promise.withResolvers<void>();
    let online = true;
    const network = { isOnline: () => online, untilOnline: () => back.promise };
    const queue = queueOf({ retries: 0, network });
    await queue.add('k1', filesOf(1));
    online = false;
    api.sendings[0]?.fail(new ApiError('Lost', { code: 'network', status: 0 }));
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(api.sendings).toHaveLength(1);
    online = true;
    back.resolve();
    await settle();
    expect(api.sendings).toHaveLength(2);
    queue.stop();
  });

  it('takes no try away from a file that gets further each time', async () => {
    const queue = queueOf({ retries: 1 });
    await queue.add('k1', filesOf(1, 10_000));
    for (let times = 1; times <= 5; times++) {
      api.sendings.at(-1)?.progress(times * 1_000);
      api.sendings.at(-1)?.fail(new ApiError('Lost', { code: 'network', status: 0 }));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(api.sendings).toHaveLength(6);
    queue.stop();
  });
});

describe('files that are still to be sent', () => {
  it('go on under their own jobs when they are chosen again; the others are announced', async () => {
    const files = filesOf(3);
    const queue = queueWith([pendingOf(files[1]!)]);
    await queue.add('k1', files);
    expect(api.started[0]?.body.uploads?.map(({ name }) => name)).toEqual(['0.pdf', '2.pdf']);
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['old-1.pdf', 's1-0', 's1-1']);
    queue.stop();
  });

  it('start no session where there are no others, and are sent once', async () => {
    const files = filesOf(2);
    const queue = queueWith(files.map((file) => pendingOf(file)));
    const accepted = await queue.add('k1', files);
    await queue.add('k1', files);
    expect(accepted.session_id).toBe('old');
    expect(api.started).toEqual([]);
    expect(api.sendings).toHaveLength(2);
    queue.stop();
  });

  it.each<[string, Partial<PendingUpload>]>([
    ['name', { name: 'other.pdf' }],
    ['size', { size: 999 }],
    ['time of its last change', { last_modified: 1 }],
  ])('are not those of another %s', async (_what, given) => {
    const [file] = filesOf(1);
    const queue = queueWith([pendingOf(file!, given)]);
    await queue.add('k1', [file!]);
    expect(api.sendings.map(({ jobId }) => jobId)).toEqual(['s1-0']);
    queue.stop();
  });

  function queueWith(items: PendingUpload[]): UploadQueue {
    Object.assign(api, { pendingUploads: () => Promise.resolve({ items }) });
    return queueOf();
  }
});

describe('uploadTotals()', () => {
  it('adds up what was not cancelled', async () => {
    const queue = queueOf({ concurrency: 2 });
    await queue.add('k1', filesOf(4, 1_000));
    api.sendings[0]?.finish();
    await settle();
    await vi.advanceTimersByTimeAsync(1_000);
    api.sendings[1]?.progress(400);
    queue.cancel('s1-3');
    expect(uploadTotals(queue.uploads.values())).toMatchObject({
      files: 3,
      sentFiles: 1,
      bytes: 3_000,
      sentBytes: 1_400,
      busy: true,
    });
    queue.stop();
  });
});

describe('new UploadQueue()', () => {
  it('throws RangeError without a place to send in', () => {
    expect(() => queueOf({ concurrency: 0 })).toThrow(RangeError);
  });
});
