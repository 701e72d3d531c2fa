import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ProgressReporter } from '../../../backend/mod.ts';
import { notProblem, startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
let progress: ProgressReporter;
let knowledgeId: string;
let sessionId: string;
beforeAll(async () => {
  app = await startTestApp();
  progress = app.headway.progress;
});
beforeEach(async () => {
  knowledgeId = await app.knowledge();
  sessionId = crypto.randomUUID();
});
afterAll(() => app.stop());

describe('updateProgress()', () => {
  test('makes the session, shows it in meta and over HTTP, and moves it on', async () => {
    const reference = { sessionId, knowledgeId };
    const report = { totalFiles: 4, processedFiles: 1, currentFile: 'a.pdf', message: 'Reading' };
    expect(await progress.updateProgress(reference, { ...report, progress: 25 })).toBe(true);
    expect(await progress.updateProgress({ sessionId }, { progress: 31.26 })).toBe(true);
    const document = await progress.getProgress(sessionId);
    expect(document).toMatchObject({
      session_id: sessionId,
      status: 'processing',
      total_files: 4,
      processed_files: 1,
      current_file: 'a.pdf',
      progress: 31.3,
      message: 'Reading',
      error: null,
    });
    const { body } = await app.get(`/progress/${sessionId}/status`);
    expect(body).toMatchObject({ ...document, knowledge_id: knowledgeId });
  });

  test('never goes back, and never says 100 before the end', async () => {
    const seen: number[] = [];
    for (const reported of [10, 40, 20, -5, NaN, 99.9, 100, 1e9, Infinity, 3]) {
      await progress.updateProgress({ sessionId, knowledgeId }, { progress: reported });
      seen.push((await progress.getProgress(sessionId))?.progress ?? -1);
    }
    expect(seen).toEqual([10, 40, 40, 40, 40, 99, 99, 99, 99, 99]);
    await progress.markSessionComplete(sessionId);
    expect((await progress.getProgress(sessionId))?.progress).toBe(100);
  });

  test('makes one session when ten reports race to be the first', async () => {
    const results = await Promise.all(
      Array.from(
        { length: 10 },
        (_, n) => progress.updateProgress({ sessionId, knowledgeId }, { progress: n }),
      ),
    );
    expect(results).not.toContain(false);
    expect((await progress.getProgress(sessionId))?.progress).toBe(9);
  });

  test('may pause and wait; a current file can be taken away', async () => {
    const reference = { sessionId, knowledgeId };
    await progress.updateProgress(reference, { currentFile: 'a', status: 'queued' });
    expect((await progress.getProgress(sessionId))?.status).toBe('queued');
    await progress.updateProgress(reference, { status: 'paused', currentFile: null });
    expect(await progress.getProgress(sessionId)).toMatchObject({
      status: 'paused',
      current_file: null,
    });
    await progress.updateProgress(reference, { progress: 1 });
    expect((await progress.getProgress(sessionId))?.status).toBe('processing');
  });

  test('takes any text for a message', async () => {
    const message = 'half \ud83d, NUL \0, and 📚';
    await progress.updateProgress({ sessionId, knowledgeId }, { message, currentFile: message });
    expect(await progress.getProgress(sessionId)).toMatchObject({
      message: 'half \ufffd, NUL , and 📚',
      current_file: 'half \ufffd, NUL , and 📚',
    });
    await progress.markSessionError(sessionId, 'broken \0\udc00');
    expect((await progress.getProgress(sessionId))?.error).toBe('broken \ufffd');
    const [row] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
    expect(row?.meta.processing_progress.error).toBe('broken \ufffd');
  });

  test('belongs to the owner of the knowledge base unless somebody is named', async () => {
    await app.sql`update knowledge set user_id = 'ann' where id = ${knowledgeId}`;
    const named = crypto.randomUUID();
    await progress.updateProgress({ sessionId, knowledgeId }, {});
    await progress.updateProgress({ sessionId: named, knowledgeId, userId: 'bob' }, {});
    const rows = await app.sql`select user_id from headway.session
      where id in (${sessionId}, ${named}) order by user_id`;
    expect(rows.map((row) => row.user_id)).toEqual(['ann', 'bob']);
  });

  test('works without a knowledge base when somebody is named', async () => {
    expect(await progress.updateProgress({ sessionId, userId: 'local' }, { progress: 5 })).toBe(
      true,
    );
    expect((await progress.getProgress(sessionId))?.progress).toBe(5);
  });

  test.each([undefined, null, 'unknown'])(
    'throws where nobody owns a new session of knowledge base %s',
    async (unknown) => {
      const reference = unknown === undefined ? { sessionId } : { sessionId, knowledgeId: unknown };
      await expect(progress.updateProgress(reference, {})).rejects.toMatchObject({
        code: 'knowledge_not_found',
      });
      expect(await progress.getProgress(sessionId)).toBeNull();
    },
  );
});

describe('the end of a session', () => {
  test('completes at 100 with a message of its own', async () => {
    await progress.updateProgress({ sessionId, knowledgeId }, { progress: 3, currentFile: 'a' });
    expect(await progress.markSessionComplete(sessionId, 'All done')).toBe(true);
    expect(await progress.getProgress(sessionId)).toMatchObject({
      status: 'completed',
      progress: 100,
      message: 'All done',
      current_file: null,
      error: null,
    });
    const { body } = await app.get(`/progress/${sessionId}/status`);
    expect(body.finished_at).toBeGreaterThanOrEqual(body.created_at);
  });

  test('as an error keeps the bar where it was, with the reason', async () => {
    await progress.updateProgress({ sessionId, knowledgeId }, { progress: 33 });
    expect(await progress.markSessionError(sessionId, 'The disk is full')).toBe(true);
    expect(await progress.getProgress(sessionId)).toMatchObject({
      status: 'error',
      progress: 33,
      message: 'The disk is full',
      error: 'The disk is full',
    });
  });

  test.each(['completed', 'error'] as const)('late reports change nothing: %s', async (end) => {
    await progress.updateProgress({ sessionId, knowledgeId }, { progress: 50 });
    if (end === 'completed') await progress.markSessionComplete(sessionId);
    else await progress.markSessionError(sessionId, 'reason');
    const before = await progress.getProgress(sessionId);
    const [metaBefore] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
    expect(await progress.updateProgress({ sessionId, knowledgeId }, { progress: 60 })).toBe(false);
    expect(await progress.markSessionComplete(sessionId)).toBe(false);
    expect(await progress.markSessionError(sessionId, 'other')).toBe(false);
    expect(await progress.getProgress(sessionId)).toEqual(before);
    const [metaAfter] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
    expect(metaAfter).toEqual(metaBefore);
  });

  test('of what does not exist is false', async () => {
    expect(await progress.markSessionComplete(sessionId)).toBe(false);
    expect(await progress.markSessionError(sessionId, 'x')).toBe(false);
    expect(await progress.getProgress(sessionId)).toBeNull();
  });
});

describe('updateFileProgress()', () => {
  async function running(): Promise<{ session: string; fileId: string }> {
    const { body: file } = await app.send('a.txt', 'a', { knowledge_id: knowledgeId });
    const { body } = await app.get(`/sessions?knowledge_id=${knowledgeId}`);
    await app.sql`update headway.job set status = 'processing', step = 'extract', worker = 'app',
      started_at = now() where file_id = ${file.id}`;
    return { session: body.items[0].session_id, fileId: file.id };
  }
  const fileOf = async (session: string) =>
    (await app.get(`/progress/${session}/status?files=true`)).body.files[0];

  test('moves a running file and its session, and never back', async () => {
    const { session, fileId } = await running();
    const report = (percent: number, message?: string) =>
      progress.updateFileProgress({
        sessionId: session,
        fileId,
        progress: percent,
        ...(message && { message }),
      });
    expect(await report(50, 'Page 5 of 10')).toBe(true);
    expect(await fileOf(session)).toMatchObject({ progress: 48.5, message: 'Page 5 of 10' });
    expect(await progress.getProgress(session)).toMatchObject({
      progress: 48.5,
      message: 'a.txt: Page 5 of 10',
      current_file: 'a.txt',
      status: 'processing',
    });
    for (const late of [20, -1, NaN]) await report(late);
    expect(await fileOf(session)).toMatchObject({ progress: 48.5, message: 'Page 5 of 10' });
    await report(1e9);
    expect((await fileOf(session)).progress).toBe(97);
  });

  test('is false for a file that does not run, or of another session', async () => {
    const { session, fileId } = await running();
    const report = (sessionId: string, file: string) =>
      progress.updateFileProgress({ sessionId, fileId: file, progress: 5 });
    expect(await report(session, 'unknown')).toBe(false);
    expect(await report('unknown', fileId)).toBe(false);
    await app.post(`/sessions/${session}/cancel`);
    expect(await report(session, fileId)).toBe(false);
    expect((await fileOf(session)).status).toBe('cancelled');
    expect(notProblem(await app.post(`/sessions/${session}/cancel`), 'conflict')).toBeNull();
  });
});

test('getProgress() does not wait for whoever writes', async () => {
  await progress.updateProgress({ sessionId, knowledgeId }, { progress: 5 });
  await app.sql.begin(async (tx) => {
    await tx`select 1 from headway.session where id = ${sessionId} for update`;
    expect((await progress.getProgress(sessionId))?.progress).toBe(5);
  });
});
