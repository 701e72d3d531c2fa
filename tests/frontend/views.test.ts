/**
 * What rows and cards show, and how numbers are put.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { spokenProgress, viewFile } from '../../frontend/src/lib/components/file-view.ts';
import {
  formatAgo,
  formatBytes,
  formatClock,
  formatDuration,
  formatPercent,
  regional,
} from '../../frontend/src/lib/components/formatting.ts';
import { defaultHrefs } from '../../frontend/src/lib/components/hrefs.ts';
import { englishMessages as messages } from '../../frontend/src/lib/components/messages.ts';
import { mostTelling } from '../../frontend/src/lib/components/session-filter.ts';
import { viewSession } from '../../frontend/src/lib/components/session-view.ts';
import { uploadTotals } from '../../frontend/src/lib/uploads/totals.ts';
import type { Upload } from '../../frontend/src/lib/uploads/upload.ts';
import { fileOf, sessionOf } from './fakes.ts';

const none = uploadTotals([]);
const uploadOf = (state: Upload['state']): Upload => ({
  sessionId: 's1',
  jobId: 'j1',
  knowledgeId: 'k1',
  file: new File([new Uint8Array(1_000)], 'a.pdf'),
  state,
});

describe('viewFile()', () => {
  it('shows step, message and time left of a file at work', () => {
    const view = viewFile(
      fileOf({ message: 'Page 3 of 8', eta_seconds: 130 }),
      undefined,
      messages,
    );
    expect(view.label).toBe('Reading');
    expect(view.details).toEqual(['Page 3 of 8', 'about 3 min left']);
    expect(spokenProgress(view)).toBe('Reading, 10%, Page 3 of 8, about 3 min left');
  });

  it('shows this tab’s own upload while the server waits for the bytes', () => {
    const file = fileOf({ status: 'uploading', file_id: null, progress: 0 });
    const sending = {
      kind: 'sending',
      sentBytes: 250,
      bytesPerSecond: 50,
      secondsLeft: 15,
    } as const;
    const view = viewFile(file, uploadOf(sending), messages);
    expect([view.progress, view.buffer]).toEqual([0, 25]);
    expect(view.details).toEqual(['25%', '250 byte of 1 kB', '50 byte/s', 'about 15 sec left']);
  });

  it('offers to send again what could not be sent', () => {
    const file = fileOf({ status: 'uploading', file_id: null });
    const view = viewFile(
      file,
      uploadOf({ kind: 'failed', error: new Error('Too large'), passing: false }),
      messages,
    );
    expect(view.reason).toBe('Upload failed: Too large');
    expect(view.actions).toContain('retry');
  });

  it('says why a file failed, even when the server does not know', () => {
    expect(viewFile(fileOf({ status: 'error', error: 'Broken' }), undefined, messages).reason)
      .toBe('Broken');
    expect(viewFile(fileOf({ status: 'error' }), undefined, messages).reason).not.toBe('');
  });

  it('keeps one bar from the first byte to the end, and never moves it back', () => {
    const sent = uploadOf({ kind: 'sent' });
    const bars = [
      viewFile(fileOf({ status: 'uploading', progress: 0 }), sent, messages),
      viewFile(fileOf({ status: 'processing', progress: 10 }), sent, messages),
    ].map(({ progress, buffer }) => [progress, buffer]);
    expect(bars).toEqual([[0, 100], [10, 100]]);
  });

  it('never shows a bar without a word', () => {
    for (const status of ['uploading', 'queued', 'processing', 'paused'] as const) {
      expect(viewFile(fileOf({ status, progress: 0 }), undefined, messages).label).not.toBe('');
    }
  });
});

describe('viewSession()', () => {
  it.each(
    [
      ['queued', ['pause', 'cancel']],
      ['processing', ['pause', 'cancel']],
      ['paused', ['resume', 'cancel']],
      ['cancelled', ['retry']],
      ['error', ['retry']],
      ['completed', []],
    ] as const,
  )('offers what can be done while %s', (status, actions) => {
    expect(viewSession(sessionOf({ status }), none, messages).actions).toEqual(actions);
  });

  it('offers to retry what failed in a session that completed', () => {
    const session = sessionOf({ status: 'completed', failed_files: 1 });
    expect(viewSession(session, none, messages)).toMatchObject({
      tone: 'waiting',
      actions: ['retry'],
    });
  });

  it('always has a word beside the bar', () => {
    const session = sessionOf({ message: '', progress: 0 });
    expect(viewSession(session, none, messages).details).toEqual(['Starting']);
  });
});

describe('mostTelling()', () => {
  it('puts failures and work before what waits or is done', () => {
    const files = (['completed', 'queued', 'processing', 'error'] as const)
      .map((status) => fileOf({ status, job_id: status }));
    expect(mostTelling(files, 3).map(({ job_id }) => job_id)).toEqual([
      'error',
      'processing',
      'queued',
    ]);
  });
});

describe('formatting', () => {
  it('puts sizes, times and percents', () => {
    expect(formatBytes(0)).toBe('0 byte');
    expect(formatBytes(1_450_000)).toBe('1.5 MB');
    expect(formatDuration(0.2)).toBe('1 sec');
    expect(formatDuration(4_800)).toBe('1 hr 20 min');
    expect(formatClock(3_723.9)).toBe('1:02:03');
    expect(formatPercent(99.9)).toBe('99%');
    expect(formatAgo(1_000, 1_000_000 + 7_200_000)).toBe('2 hours ago');
  });

  it('puts them in the language of the messages', () => {
    expect(formatBytes(1_450_000, 'de')).toBe('1,5 MB');
    expect(formatDuration(4_800, 'de')).toBe('1 Std. 20 Min.');
    expect(formatPercent(42.7, 'de')).toBe('42\u00a0%');
    expect(formatAgo(1_000, 1_000_000 + 7_200_000, 'de')).toBe('vor 2 Stunden');
    expect(formatAgo(0, 30 * 86_400_000, 'de')).toBe('01.01.1970');
  });

  it('keeps to the region that this person asks for', () => {
    expect(regional('en', ['de-AT', 'en-GB', 'en-US'])).toBe('en-GB');
    expect(regional('fr', ['de-AT'])).toBe('fr');
    expect(regional('de-CH', ['de-AT'])).toBe('de-CH');
  });

  it('links to a page counted from one, or to a time', () => {
    expect(defaultHrefs.file('k', 'f', { part: 0 })).toBe('/knowledge/k/files/f?part=1');
    expect(defaultHrefs.file('k', 'f', { t: 12.345 })).toBe('/knowledge/k/files/f?t=12.35');
  });
});
