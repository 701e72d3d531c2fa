import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BatchStatus, SessionStatusDocument } from '../../../backend/contract/progress.ts';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { createReporter } from '../../../backend/progress/reporting.ts';
import { notProblem, startTestApp, type TestApp } from '../../support/app.ts';
import { announceWorker } from '../../support/living-worker.ts';

const MISSING = '00000000-0000-4000-8000-000000000000';

let app: TestApp;
/** Another process, as far as the API can tell. */
let elsewhere: Database;
let knowledgeId: string;
let id: string;
let endWorker: () => Promise<void>;
beforeAll(async () => {
  app = await startTestApp();
  elsewhere = connect(app.db.url, { max: 2, name: 'elsewhere' });
});
beforeEach(async () => {
  endWorker = await announceWorker(app.sql);
  knowledgeId = await app.knowledge();
  await app.send('a.txt', 'a', { knowledge_id: knowledgeId }, { process: false });
  id = (await app.post(`/knowledge/${knowledgeId}/sessions`)).body.session_id;
});
afterAll(async () => {
  await endWorker();
  await elsewhere.close();
  await app.stop();
});

const statusPath = (of = id, query = '') => `/progress/${encodeURIComponent(of)}/status${query}`;

/** A session of the app's own work. */
async function appSession(progress = 10): Promise<string> {
  const sessionId = crypto.randomUUID();
  await app.headway.progress.updateProgress({ sessionId, knowledgeId }, { progress });
  return sessionId;
}

describe('GET /progress/{id}/status', () => {
  test('is the document with every key', async () => {
    const { status, headers, body } = await app.get(statusPath());
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(v.parse(v.strictObject(SessionStatusDocument.entries), body)).toEqual({
      session_id: id,
      status: 'queued',
      total_files: 1,
      processed_files: 0,
      current_file: null,
      progress: 0,
      message: 'Waiting for its turn',
      message_details: { code: 'waiting_for_turn', params: {} },
      last_updated: expect.closeTo(Date.now() / 1000, -1),
      error: null,
      error_details: null,
      kind: 'files',
      title: null,
      knowledge_id: knowledgeId,
      phase: 'queue',
      eta_seconds: expect.any(Number),
      queue_position: expect.any(Number),
      attempt: 1,
      priority: 'medium',
      failed_files: 0,
      noticed_files: 0,
      created_at: expect.closeTo(Date.now() / 1000, -1),
      started_at: null,
      finished_at: null,
      stale: false,
      retry_after_ms: 1000,
    });
  });

  test.each(['true', '1'])('has the files with files=%s', async (value) => {
    const { body } = await app.get(statusPath(id, `?files=${value}`));
    expect(v.parse(v.strictObject(SessionStatusDocument.entries), body).files).toEqual([{
      job_id: expect.any(String),
      kind: 'file',
      file_id: expect.any(String),
      name: 'a.txt',
      size: 1,
      media_type: 'text/plain',
      status: 'queued',
      step: 'queue',
      progress: 0,
      message: expect.any(String),
      message_details: { code: 'text', params: { text: '' } },
      error: null,
      error_details: null,
      error_code: null,
      notices: [],
      eta_seconds: null,
      priority: 'medium',
      queue_position: expect.any(Number),
      attempt: 0,
      next_attempt_at: null,
      interruptions: 0,
      interrupted_by: null,
      interrupted_by_details: null,
      work_seconds: 0,
      started_at: null,
      finished_at: null,
      last_updated: expect.any(Number),
    }]);
    expect((await app.get(statusPath(id, '?files=false'))).body.files).toBeUndefined();
  });

  test('answers 304 to the tag it gave, until something changes', async () => {
    const session = await appSession();
    const first = await app.get(statusPath(session));
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    const same = await app.get(statusPath(session), { headers });
    expect([same.status, same.body]).toEqual([304, '']);
    expect(same.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(same.headers.get('retry-after')).toBe('1');
    await createReporter(elsewhere).updateProgress({ sessionId: session }, { progress: 20 });
    const changed = await app.get(statusPath(session), { headers });
    expect([changed.status, changed.body.progress]).toEqual([200, 20]);
  });

  test('says when to ask again only while it is live', async () => {
    expect((await app.get(statusPath())).headers.get('retry-after')).toBe('1');
    await app.post(`/sessions/${id}/pause`);
    expect((await app.get(statusPath())).headers.get('retry-after')).toBe('5');
    await app.post(`/sessions/${id}/cancel`);
    const { headers, body } = await app.get(statusPath());
    expect([body.status, headers.get('retry-after')]).toEqual(['cancelled', null]);
  });

  test('calls a live session stale that was not updated for five minutes', async () => {
    const session = await appSession();
    await app.sql`update headway.session set status = 'paused',
      updated_at = now() - interval '301 seconds' where id = ${session}`;
    expect((await app.get(statusPath(session))).body.stale).toBe(false);
    await app.sql`update headway.session set updated_at = now() - interval '301 seconds'
      where id = ${id}`;
    expect((await app.get(statusPath())).body.stale).toBe(true);
  });

  test.each([MISSING, 'x', 'a b/c', '日本', '%', 'x'.repeat(5000)])(
    'is 404 for an unknown id: %s',
    async (unknown) => {
      expect(notProblem(await app.get(statusPath(unknown)), 'session_not_found')).toBeNull();
    },
  );

  test('is 422 for NUL and for a broken escape it is 404', async () => {
    expect(notProblem(await app.get('/progress/%00/status'), 'invalid')).toBeNull();
    expect(notProblem(await app.get('/progress/%E0%A4%A/status'), 'session_not_found')).toBeNull();
    expect(notProblem(await app.get(statusPath(id, '?files=maybe')), 'invalid')).toBeNull();
  });
});

test('adaptive pollers are told a quarter of the time left, fixed ones a second', async () => {
  await app.sql`update headway.session set status = 'processing', eta_seconds = 26
    where id = ${id}`;
  const one = await app.get(statusPath());
  expect([one.body.retry_after_ms, one.headers.get('retry-after')]).toEqual([6_500, '1']);
  await app.sql`update headway.session set status = 'queued',
    eta_seconds = 20 + (select sum(weight) from headway.job where session_id = ${id})
    where id = ${id}`;
  const waiting = await app.get(statusPath());
  expect([waiting.body.retry_after_ms, waiting.headers.get('retry-after')]).toEqual([5_000, '1']);
});

describe('Prefer: wait', () => {
  /** Nobody waited for the 20 seconds to end. How fast it is, the bench measures. */
  const LONG_BEFORE_MS = 10_000;
  const waiting = (session: string, etag: string, prefer = 'wait=20') =>
    app.get(statusPath(session), { headers: { prefer, 'if-none-match': etag } });
  const etagOf = async (session: string) =>
    (await app.get(statusPath(session))).headers.get('etag') ?? '';

  test('waits for a change that another process makes, and returns at once when it comes', async () => {
    const session = await appSession();
    const asking = waiting(session, await etagOf(session));
    const early = await Promise.race([
      asking,
      new Promise((resolve) => setTimeout(resolve, 200, 'still waiting')),
    ]);
    expect(early).toBe('still waiting');
    const changedAt = performance.now();
    await createReporter(elsewhere).updateProgress({ sessionId: session }, { progress: 50 });
    const { status, headers, body } = await asking;
    expect(performance.now() - changedAt).toBeLessThan(LONG_BEFORE_MS);
    expect([status, body.progress]).toEqual([200, 50]);
    expect(headers.get('preference-applied')).toBe('wait=20');
  });

  test('wakes everyone who waits, each for their own session', async () => {
    const [one, other] = [await appSession(), await appSession()];
    const etags = [await etagOf(one), await etagOf(other)];
    const asking = Array.from({ length: 20 }, () => waiting(one, etags[0] ?? ''));
    const unmoved = waiting(other, etags[1] ?? '', 'wait=1');
    await createReporter(elsewhere).markSessionComplete(one);
    for (const answer of await Promise.all(asking)) expect(answer.body.status).toBe('completed');
    expect((await unmoved).status).toBe(304);
  });

  test('answers 304 when nothing changed in that time', async () => {
    const session = await appSession();
    const startedAt = performance.now();
    const { status, headers } = await waiting(session, await etagOf(session), 'wait=1');
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect([status, headers.get('preference-applied')]).toEqual([304, 'wait=1']);
  });

  test('does not wait without a tag, with an old one, or when it has ended', async () => {
    const session = await appSession();
    const startedAt = performance.now();
    const untagged = await app.get(statusPath(session), { headers: { prefer: 'wait=20' } });
    expect(untagged.status).toBe(200);
    expect((await waiting(session, '"old"')).status).toBe(200);
    await app.headway.progress.markSessionComplete(session);
    expect((await waiting(session, await etagOf(session))).status).toBe(304);
    expect(performance.now() - startedAt).toBeLessThan(LONG_BEFORE_MS);
  });

  test('ends with 404 when the session is cleared meanwhile', async () => {
    const session = await appSession();
    const asking = waiting(session, await etagOf(session));
    await app.delete(`/progress/${session}`);
    expect(notProblem(await asking, 'session_not_found')).toBeNull();
  });

  const step = 'wait=20; until=step';

  test('with until=step is not ended by every percent, but at once by another step', async () => {
    const session = await appSession();
    const etag = await etagOf(session);
    let answered = false;
    const reporter = createReporter(elsewhere);
    const asking = waiting(session, etag, step).finally(() => answered = true);
    for (const progress of [20, 30, 40]) {
      await reporter.updateProgress({ sessionId: session }, { progress });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(answered).toBe(false);
    const endedAt = performance.now();
    await reporter.markSessionComplete(session);
    expect((await asking).body.status).toBe('completed');
    expect(performance.now() - endedAt).toBeLessThan(LONG_BEFORE_MS);
  });

  test('with until=step holds whoever knows the step, even of older progress', async () => {
    const session = await appSession();
    const old = await etagOf(session);
    await app.headway.progress.updateProgress({ sessionId: session }, { progress: 70 });
    const startedAt = performance.now();
    const { status, body } = await waiting(session, old, 'wait=1; until=step');
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect([status, body.progress]).toEqual([200, 70]);
    await app.headway.progress.markSessionComplete(session);
    expect((await waiting(session, old, step)).body.status).toBe('completed');
  });

  test('waits for many sessions at once; any of them ends it', async () => {
    const ids = [await appSession(), await appSession()];
    const path = `/progress/status?ids=${ids.join()}`;
    const etag = (await app.get(path)).headers.get('etag') ?? '';
    for (const [prefer, change] of [['wait=20', 'updateProgress'], [step, 'complete']] as const) {
      const known = change === 'complete' ? (await app.get(path)).headers.get('etag') ?? '' : etag;
      const asking = app.get(path, { headers: { prefer, 'if-none-match': known } });
      const reporter = createReporter(elsewhere);
      if (change === 'complete') await reporter.markSessionComplete(ids[1]!);
      else await reporter.updateProgress({ sessionId: ids[1]! }, { progress: 55 });
      const { status, headers, body } = await asking;
      expect([status, headers.get('preference-applied')]).toEqual([200, 'wait=20']);
      expect(body.sessions).toHaveLength(2);
    }
  });

  test.each(['wait=20', step])('ends when the server stops: %s', async (prefer) => {
    const other = await startTestApp();
    const kb = await other.knowledge();
    await other.headway.progress.updateProgress({ sessionId: 's', knowledgeId: kb }, {});
    const etag = (await other.get(statusPath('s'))).headers.get('etag') ?? '';
    const asking = other.get(statusPath('s'), { headers: { prefer, 'if-none-match': etag } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedAt = performance.now();
    await other.stop();
    expect([200, 304, 503]).toContain((await asking).status);
    expect(performance.now() - startedAt).toBeLessThan(LONG_BEFORE_MS);
  });
});

describe('GET /progress/status', () => {
  test('has many sessions in one answer, and names the missing', async () => {
    const session = await appSession();
    const ids = [session, MISSING, id, session, ' ', 'x'].join(',');
    const { status, headers, body } = await app.get(`/progress/status?ids=${ids}&files=true`);
    expect(status).toBe(200);
    v.parse(BatchStatus, body);
    expect(body.sessions.map((s: { session_id: string }) => s.session_id)).toEqual([session, id]);
    expect(body.sessions[1].files).toHaveLength(1);
    expect(body.missing).toEqual([MISSING, 'x']);
    expect(headers.get('retry-after')).toBe('1');
    const again = await app.get(`/progress/status?ids=${ids}&files=true`, {
      headers: { 'if-none-match': headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  test('adds the files of those sessions only that `files` names', async () => {
    const session = await appSession();
    const { status, body } = await app.get(`/progress/status?ids=${session},${id}&files=${id}`);
    expect(status).toBe(200);
    v.parse(BatchStatus, body);
    expect(body.sessions.map((s: { files?: unknown[] }) => s.files?.length)).toEqual([
      undefined,
      1,
    ]);
    const other = await app.get(`/progress/status?ids=${id}&files=${MISSING}`);
    expect(other.body.sessions[0]).not.toHaveProperty('files');
  });

  test('has no Retry-After when nothing is live', async () => {
    await app.post(`/sessions/${id}/cancel`);
    const { headers, body } = await app.get(`/progress/status?ids=${id},${MISSING}`);
    expect(body.sessions).toHaveLength(1);
    expect(headers.get('retry-after')).toBeNull();
  });

  test('is empty for no ids, and refuses none, too many, and NUL', async () => {
    const { body } = await app.get('/progress/status?ids=,,');
    expect(body).toEqual({ sessions: [], missing: [] });
    const many = Array.from({ length: 201 }, (_, n) => n).join(',');
    for (const query of ['', '?ids=', `?ids=${many}`, '?ids=%00']) {
      expect(notProblem(await app.get(`/progress/status${query}`), 'invalid')).toBeNull();
    }
    expect((await app.get(`/progress/status?ids=${many.slice(0, -4)}`)).status).toBe(200);
  });
});

describe('DELETE /progress/{id}', () => {
  test('clears a live session: out of sight, out of the queue and out of meta', async () => {
    const { body: { files: [file] } } = await app.get(statusPath(id, '?files=true'));
    const { status, body } = await app.delete(`/progress/${id}`);
    expect(status).toBe(200);
    expect(body).toEqual({ message: 'Progress data cleared successfully' });
    expect(notProblem(await app.get(statusPath()), 'session_not_found')).toBeNull();
    expect(notProblem(await app.delete(`/progress/${id}`), 'session_not_found')).toBeNull();
    const [left] = await app.sql`select meta,
      (select count(*)::int from headway.job where session_id = ${id} and finished_at is null) as live,
      (select count(*)::int from headway_queue.job
        where id = ${file.job_id} and state in ('created', 'retry', 'active')) as queued
      from knowledge where id = ${knowledgeId}`;
    expect(left).toEqual({ meta: null, live: 0, queued: 0 });
    expect((await app.get('/sessions')).body.items.map((s: { session_id: string }) => s.session_id))
      .not.toContain(id);
    expect((await app.get(`/files/${file.file_id}`)).status).toBe(200);
  });

  test.each(['paused', 'completed', 'stale'])('clears a session that is %s', async (state) => {
    const session = await appSession();
    if (state === 'completed') await app.headway.progress.markSessionComplete(session);
    else {
      await app.sql`update headway.session set status = ${
        state === 'paused' ? state : 'processing'
      },
        updated_at = now() - interval '290 seconds' where id = ${session}`;
    }
    expect((await app.delete(`/progress/${session}`)).status).toBe(200);
    const [row] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
    expect(Object.keys(row?.meta.processing_sessions)).toEqual([id]);
    expect(row?.meta.processing_progress.session_id).toBe(id);
    expect(await app.headway.progress.getProgress(session)).toBeNull();
  });
});

describe('GET /progress/{id}, the old SSE endpoint', () => {
  test.each(['known', 'unknown id/ü'])('is gone, and says where to poll: %s', async (of) => {
    const asked = encodeURIComponent(of === 'known' ? id : of);
    const answer = await app.get(`/progress/${asked}`, {
      headers: { accept: 'text/event-stream' },
    });
    expect(notProblem(answer, 'endpoint_deprecated')).toBeNull();
    const address = `/api/v1/progress/${asked}/status`;
    expect(answer.headers.get('link')).toBe(`<${address}>; rel="successor-version"`);
    expect(answer.headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(answer.body.detail).toContain(address);
  });
});
