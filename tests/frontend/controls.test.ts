/**
 * Cancelling, bringing back, trying again: on the server and with this tab's own uploads.
 *
 * @module
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../frontend/src/lib/api/api-error.ts';
import { Controls } from '../../frontend/src/lib/state/controls.svelte.ts';
import type { Upload } from '../../frontend/src/lib/uploads/upload.ts';
import { fileOf, sessionOf } from './fakes.ts';

let done: string[];
let current: Map<string, Upload>;
let refuse: string | null;
let controls: Controls;

function call(what: string): Promise<void> {
  done.push(what);
  if (refuse === null || !what.startsWith(refuse)) return Promise.resolve();
  return Promise.reject(new ApiError('Nothing to do', { code: 'conflict', status: 409 }));
}

function upload(jobId: string, kind: Upload['state']['kind']): void {
  const state = { kind } as Upload['state'];
  current.set(jobId, {
    sessionId: 's1',
    jobId,
    knowledgeId: 'k1',
    file: new File(['x'], `${jobId}.txt`),
    state,
  });
}

beforeEach(() => {
  done = [];
  current = new Map();
  refuse = null;
  controls = new Controls({
    client: {
      controlSession: (id, action) => call(`${action} ${id}`),
      controlFile: (id, job, action) => call(`${action} ${id}/${job}`),
      retryFailedFiles: (id) => call(`retry failed of ${id}`),
      setPriority: (id, priority, job) => call(`${priority} ${id}${job ? `/${job}` : ''}`),
    },
    uploads: {
      current,
      cancel: (job) => void call(`stop ${job}`),
      retry: (job) => void call(`send ${job}`),
      retryFailed: (id) => void call(`send failed of ${id}`),
      pause: (job) => void call(`hold ${job}`),
      resume: (job) => void call(`go on with ${job}`),
      pauseSession: (id) => void call(`hold all of ${id}`),
      resumeSession: (id) => void call(`go on with all of ${id}`),
    },
    announce: async (files) => {
      await call(`announce ${files.map(({ name }) => name)}`);
      return { session_id: 's2' } as never;
    },
    follow: (id) => void call(`follow ${id}`),
  });
});

describe('Controls', () => {
  it('cancels a session with its uploads, and brings both back', async () => {
    upload('sent', 'sent');
    upload('half', 'sending');
    upload('next', 'waiting');
    await controls.act('s1', 'cancel');
    expect(done).toEqual(['stop half', 'stop next', 'cancel s1', 'follow s1']);
    expect(controls.canUndo('s1')).toBe(true);
    done = [];
    await controls.undoCancel('s1');
    expect(done).toEqual(['retry s1', 'follow s1', 'announce half.txt,next.txt', 'follow s2']);
    expect(controls.canUndo('s1')).toBe(false);
  });

  it('brings back a session of which nothing had arrived', async () => {
    upload('half', 'sending');
    await controls.act('s1', 'cancel');
    refuse = 'retry';
    await controls.undoCancel('s1');
    expect(controls.error).toBeNull();
    expect(done).toContain('announce half.txt');
  });

  it('offers no undo of what could not be cancelled, and says why', async () => {
    refuse = 'cancel';
    await controls.act('s1', 'cancel');
    expect(controls.canUndo('s1')).toBe(false);
    expect(controls.error).toMatchObject({ detail: 'Nothing to do' });
  });

  it('knows which files are sent from elsewhere: their loss cannot be undone here', () => {
    upload('j1', 'sending');
    const files = ['j1', 'j2', 'j3'].map((job_id) => fileOf({ job_id, status: 'uploading' }));
    expect(controls.sentElsewhere(sessionOf({ files }))).toBe(2);
    expect(controls.sentElsewhere(sessionOf({ phase: 'upload', total_files: 900 }))).toBe(899);
    expect(controls.sentElsewhere(sessionOf({ phase: 'extract', total_files: 900 }))).toBe(0);
  });

  it('sends a file again where its bytes are here and not there', async () => {
    upload('j1', 'failed');
    const unsent = { job_id: 'j1', file_id: null } as const;
    await controls.actOnFile('s1', fileOf({ ...unsent, status: 'uploading' }), 'retry');
    expect(done).toEqual(['send j1', 'follow s1']);
    done = [];
    await controls.actOnFile('s1', fileOf({ ...unsent, status: 'cancelled' }), 'retry');
    expect(done).toEqual(['announce j1.txt', 'follow s2', 'follow s1']);
    done = [];
    await controls.actOnFile('s1', fileOf({ job_id: 'j1', status: 'error' }), 'retry');
    expect(done).toEqual(['retry s1/j1', 'follow s1']);
  });

  it('stops sending before the server is told to pause, and goes on after it has resumed', async () => {
    await controls.act('s1', 'pause');
    await controls.act('s1', 'resume');
    await controls.actOnFile('s1', fileOf(), 'pause');
    await controls.actOnFile('s1', fileOf(), 'resume');
    expect(done.filter((each) => !each.startsWith('follow'))).toEqual([
      'hold all of s1',
      'pause s1',
      'resume s1',
      'go on with all of s1',
      'hold j1',
      'pause s1/j1',
      'resume s1/j1',
      'go on with j1',
    ]);
  });

  it('passes on priorities and what failed', async () => {
    await controls.setPriority('s1', 'low');
    await controls.setPriority('s1', 'high', 'j1');
    await controls.retryFailed('s1');
    expect(done.filter((each) => !each.startsWith('follow'))).toEqual([
      'low s1',
      'high s1/j1',
      'send failed of s1',
      'retry failed of s1',
    ]);
  });
});
