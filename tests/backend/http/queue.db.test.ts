import { text } from '../../../backend/contract/messages/catalogue.ts';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { JobProgress } from '../../../backend/contract/context.ts';
import { QueueJobs, QueueStatus, Throughput } from '../../../backend/contract/queue.ts';
import { refreshSession } from '../../../backend/progress/store.ts';
import { addUpFailures } from '../../../backend/queue/failures.ts';
import {
  type Ask,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';
import { announceWorker } from '../../support/living-worker.ts';

const MISSING = '00000000-0000-4000-8000-000000000000';

let app: TestApp;
let knowledgeId: string;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET });
  for (const [id, role] of [['me', 'user'], ['other', 'user'], ['boss', 'admin']] as const) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${`${id}@example.org`}, ${role}, 1)`;
    tokens[id] = await signToken({ id });
  }
});
beforeEach(async () => {
  await app.sql`delete from headway.session`;
  await app.sql`delete from headway_queue.job`;
  await app.sql`delete from headway.worker`;
  knowledgeId = await app.knowledge('Mine', as('me'));
});
afterAll(() => app.stop());

const as = (id: string): Ask => ({ token: tokens[id]! });

async function start(names: string[], priority = 'medium'): Promise<string> {
  const file_ids: string[] = [];
  for (const name of names) {
    const about = { knowledge_id: knowledgeId };
    file_ids.push((await app.send(name, name, about, { process: false, ...as('me') })).body.id);
  }
  const body = { file_ids, priority };
  return (await app.post(`/knowledge/${knowledgeId}/sessions`, body, as('me'))).body.session_id;
}

const jobs = async (sessionId: string): Promise<string[]> =>
  (await app.sql`select id from headway.job where session_id = ${sessionId} order by position`)
    .map((row) => row.id);

async function fail(jobId: string, code: string): Promise<void> {
  await app.sql`delete from headway_queue.job where id = ${jobId}`;
  const [row] = await app.sql`update headway.job set status = 'error', error_code = ${code},
    error = ${
    JSON.stringify(text('Broken'))
  }::text::jsonb, finished_at = now() where id = ${jobId} returning session_id`;
  await app.db.orm.transaction((tx) => refreshSession(tx, row?.session_id));
}

const priorityInQueue = async (jobId: string) =>
  (await app.sql`select priority from headway_queue.job where id = ${jobId}
    and state = 'created'`)[0]?.priority;

test.each<[string, string]>([
  ['GET', '/queue'],
  ['GET', '/queue/jobs'],
  ['GET', '/queue/throughput'],
  ['POST', '/queue/pause'],
  ['POST', '/queue/resume'],
  ['POST', '/queue/jobs/retry-failed'],
  ['POST', `/queue/jobs/${MISSING}/retry`],
  ['POST', `/queue/jobs/${MISSING}/cancel`],
  ['POST', `/queue/jobs/${MISSING}/promote`],
])('%s %s is for administrators alone', async (method, path) => {
  expect(notProblem(await app.ask(method, path, as('me')), 'forbidden')).toBeNull();
  expect(notProblem(await app.ask(method, path), 'unauthenticated')).toBeNull();
});

describe('GET /queue', () => {
  test('counts by state and priority, and names workers with what they do', async () => {
    const [running, failed] = await jobs(await start(['a', 'b', 'c'], 'high'));
    await start(['d'], 'low');
    await app
      .sql`insert into headway.worker (id, host, pid, concurrency, version, seen_at) values
      ('w1', 'here', 7, 2, '1.2.3', now()), ('w2', 'there', 8, 1, null, now() - interval '1 minute')`;
    await app.sql`update headway.job set status = 'processing', worker = 'w1', step = 'extract',
      progress = 12.34 where id = ${running!}`;
    await fail(failed!, 'broken_file');
    const { status, body } = await app.get('/queue', as('boss'));
    expect(status).toBe(200);
    expect(v.parse(v.strictObject(QueueStatus.entries), body)).toMatchObject({
      paused: false,
      paused_by: null,
      paused_at: null,
      states: { queued: 2, processing: 1, error: 1, completed: 0 },
      waiting: { low: 1, medium: 0, high: 1 },
      held: 0,
      oldest_waiting_seconds: expect.any(Number),
      workers: [
        {
          id: 'w2',
          alive: false,
          silent_seconds: expect.closeTo(60, -1),
          concurrency: 1,
          version: null,
          jobs: [],
        },
        {
          id: 'w1',
          host: 'here',
          pid: 7,
          alive: true,
          concurrency: 2,
          version: '1.2.3',
          jobs: [{ job_id: running, name: 'a', step: 'extract', progress: 12.3 }],
        },
      ].sort((a, b) => a.id.localeCompare(b.id)),
      last_hour: { completed: 0, failed: 1 },
      last_day: { completed: 0, failed: 1 },
    });
  });
});

test('GET /queue groups what failed by its reason, the largest group first', async () => {
  const [a, b, c] = await jobs(await start(['a', 'b', 'c', 'd']));
  await fail(a!, 'broken_file');
  await fail(b!, 'stalled');
  await fail(c!, 'stalled');
  await app.sql`update headway.job set error = ${JSON.stringify(text('The latest'))}::text::jsonb,
    finished_at = now() + interval '1 s',
    file_id = null where id = ${c!}`;
  const { body } = await app.get('/queue', as('boss'));
  expect(body.failures).toMatchObject([
    { error_code: 'stalled', files: 2, retryable: 1, example: 'The latest' },
    { error_code: 'broken_file', files: 1, retryable: 1, example: 'Broken' },
  ]);
});

describe('what failed is counted as it stands', () => {
  const failures = async () => {
    const { failures, states } = (await app.get('/queue', as('boss'))).body;
    return [states.error, ...failures.map(({ files }: { files: number }) => files)];
  };

  test('after replays, after a session is gone, and after the changes are added up', async () => {
    const sessionId = await start(['a', 'b', 'c']);
    const ids = await jobs(sessionId);
    await app.sql`insert into headway.failed_change select 'stalled', step, step
      from generate_series(1, 100), unnest(array[1, -1]) as step`;
    for (const id of ids) await fail(id, 'stalled');
    await app.sql`update headway.job set error_code = 'broken_file' where id = ${ids[0]!}`;
    expect(await failures()).toEqual([3, 2, 1]);
    await Promise.all([1, 2, 3].map(() => addUpFailures(app.db.orm)));
    const [kept] = await app.sql`select count(*)::int as rows from headway.failed_change`;
    expect(kept).toEqual({ rows: 2 });
    expect(await failures()).toEqual([3, 2, 1]);
    await app.post(`/queue/jobs/${ids[1]}/retry`, {}, as('boss'));
    expect(await failures()).toEqual([2, 1, 1]);
    await app.sql`delete from headway.session where id = ${sessionId}`;
    expect(await failures()).toEqual([0]);
  });

  test('not where the transaction came to nothing, nor after the table is emptied', async () => {
    const [id] = await jobs(await start(['a']));
    await app.sql.begin(async (sql) => {
      await sql`update headway.job set status = 'error' where id = ${id!}`;
      throw new Error('undone');
    }).catch(() => {});
    expect(await failures()).toEqual([0]);
    await fail(id!, 'stalled');
    await app.sql`truncate headway.job`;
    expect(await failures()).toEqual([0]);
  });
});

describe('a session that its owner clears', () => {
  const seenByOperators = async () => {
    const { body: queue } = await app.get('/queue', as('boss'));
    const { body: failed } = await app.get('/queue/jobs?state=error', as('boss'));
    const { body: throughput } = await app.get('/queue/throughput', as('boss'));
    return {
      states: queue.states,
      lately: [queue.last_hour, queue.last_day],
      failures: queue.failures,
      failed: failed.items.map(({ job_id }: { job_id: string }) => job_id),
      buckets: throughput.buckets.map(({ at: _, ...counts }: { at: number }) => counts),
    };
  };
  const ended = async () => {
    const sessionId = await start(['a', 'b']);
    const [done, failed] = await jobs(sessionId);
    await app.sql`delete from headway_queue.job where id = ${done!}`;
    await app.sql`update headway.job set status = 'completed', finished_at = now(), size = 7,
      work_seconds = 3 where id = ${done!}`;
    await fail(failed!, 'broken_file');
    return { sessionId, failed: failed! };
  };

  test('stays in the figures and in the failed list', async () => {
    const { sessionId } = await ended();
    const before = await seenByOperators();
    expect(before.lately[0]).toMatchObject({ completed: 1, failed: 1 });
    expect((await app.delete(`/progress/${sessionId}`, as('me'))).status).toBe(200);
    expect(await seenByOperators()).toEqual(before);
  });

  test('is hidden from its owner and from administrators, by every way of asking', async () => {
    const { sessionId, failed } = await ended();
    await app.delete(`/progress/${sessionId}`, as('me'));
    for (const who of ['me', 'boss']) {
      for (
        const [method, path] of [
          ['GET', `/progress/${sessionId}/status`],
          ['GET', `/progress/job/${failed}`],
          ['POST', `/sessions/${sessionId}/retry`],
          ['DELETE', `/progress/${sessionId}`],
        ] as const
      ) {
        const { status } = await app.ask(method, path, as(who));
        expect([method, path, status]).toEqual([method, path, 404]);
      }
      expect((await app.get('/sessions', as(who))).body).toMatchObject({ items: [], total: 0 });
    }
    expect(await app.headway.progress.getProgress(sessionId)).toBeNull();
  });

  test('comes back when an operator retries a job of it', async () => {
    const { sessionId, failed } = await ended();
    await app.delete(`/progress/${sessionId}`, as('me'));
    expect((await app.post(`/queue/jobs/${failed}/retry`, {}, as('boss'))).status).toBe(200);
    const { body } = await app.get(`/progress/${sessionId}/status`, as('me'));
    expect(body).toMatchObject({ status: 'processing', processed_files: 1, total_files: 2 });
    const [row] = await app.sql`select meta from knowledge where id = ${knowledgeId}`;
    expect(row?.meta.processing_progress.session_id).toBe(sessionId);
  });

  test('takes no late bytes, and its Operation-Id may be used again', async () => {
    const headers = { ...as('me'), headers: { 'operation-id': 'once' } };
    const body = { uploads: [{ name: 'late.txt', size: 4 }] };
    const path = `/knowledge/${knowledgeId}/sessions`;
    const { session_id: sessionId } = (await app.post(path, body, headers)).body;
    const [job] = await jobs(sessionId);
    await app.sql`update headway.job set status = 'error', error_code = 'upload_lost',
      finished_at = now() where id = ${job!}`;
    await app.delete(`/progress/${sessionId}`, as('me'));
    const late = await app.send('late.txt', 'late', { job_id: job! }, as('me'));
    expect(notProblem(late, 'conflict')).toBeNull();
    const again = await app.post(path, body, headers);
    expect(again.status).toBe(202);
    expect(again.body.session_id).not.toBe(sessionId);
  });
});

describe('GET /queue/throughput', () => {
  test('has a bucket for each minute of the last hour, or as many as asked for', async () => {
    const [job] = await jobs(await start(['a', 'b']));
    await fail(job!, 'stalled');
    const { status, body, headers } = await app.get('/queue/throughput', as('boss'));
    expect(status).toBe(200);
    const { buckets, bucket_seconds } = v.parse(v.strictObject(Throughput.entries), body);
    expect([buckets.length, bucket_seconds]).toEqual([60, 60]);
    expect(buckets.reduce((sum, { failed }) => sum + failed, 0)).toBe(1);
    expect(buckets.at(-1)).toMatchObject({ completed: 0, waiting: 1 });
    expect(headers.get('etag')).toMatch(/^".+"$/);
    const day = await app.get('/queue/throughput?minutes=1440', as('boss'));
    expect(day.body.buckets.length).toBe(48);
  });

  test.each(['0', '1441', 'x'])('refuses %s minutes', async (minutes) => {
    const answer = await app.get(`/queue/throughput?minutes=${minutes}`, as('boss'));
    expect(notProblem(answer, 'invalid')).toBeNull();
  });
});

describe('POST /queue/pause and /resume', () => {
  test('say who paused it and when; twice changes nothing', async () => {
    const paused = await app.post('/queue/pause', undefined, as('boss'));
    expect([paused.status, paused.body]).toMatchObject([
      200,
      { paused: true, paused_by: 'boss', paused_by_name: 'boss' },
    ]);
    const again = await app.post('/queue/pause', undefined, as('boss'));
    expect(again.body.paused_at).toBe(paused.body.paused_at);
    expect((await app.get('/queue', as('boss'))).body.paused).toBe(true);
    const resumed = await app.post('/queue/resume', undefined, as('boss'));
    expect(resumed.body).toMatchObject({ paused: false, paused_by: null, paused_at: null });
    expect((await app.post('/queue/resume', undefined, as('boss'))).body.paused).toBe(false);
  });

  test('are told by what waits, which does not say how long', async () => {
    const endWorker = await announceWorker(app.sql);
    const session = await start(['a', 'b']);
    const told = (document: object) =>
      expect.poll(async () => (await app.get(`/progress/${session}/status`, as('me'))).body)
        .toMatchObject(document);
    await told({ message: '0 of 2 files · Waiting for its turn' });
    await app.post('/queue/pause', undefined, as('boss'));
    await told({ message: '0 of 2 files · The queue is paused', eta_seconds: null });
    await app.post('/queue/resume', undefined, as('boss'));
    await told({ message: '0 of 2 files · Waiting for its turn' });
    await endWorker();
    await told({
      message: '0 of 2 files · No worker is running',
      held_by: 'no_worker',
      eta_seconds: null,
    });
  });
});

describe('GET /queue/jobs', () => {
  const list = async (query: string) => (await app.get(`/queue/jobs${query}`, as('boss'))).body;
  const names = ({ items }: QueueJobs) => items.map(({ name }) => name);

  test('is newest first, page by page, also while more come', async () => {
    await start(['a', 'b', 'c', 'd', 'e']);
    const first = await list('?limit=2');
    expect(v.parse(v.strictObject(QueueJobs.entries), first).items[0]).toMatchObject({
      name: 'e',
      knowledge_id: knowledgeId,
      knowledge_name: 'Mine',
      user_id: 'me',
      priority: 'medium',
      held: false,
      worker: null,
    });
    await start(['later']);
    const second = await list(`?limit=2&cursor=${first.next_cursor}`);
    const third = await list(`?limit=2&cursor=${second.next_cursor}`);
    expect([first, second, third].map(names)).toEqual([['e', 'd'], ['c', 'b'], ['a']]);
    expect(third.next_cursor).toBeNull();
  });

  test('finds by state, knowledge base and part of a name', async () => {
    const session = await start(['Report_1.pdf', 'report-2.pdf', 'other.txt']);
    const [first] = await jobs(session);
    await fail(first!, 'broken_file');
    const failed = await list('?state=error');
    expect(failed.items).toMatchObject([{ error: 'Broken', error_code: 'broken_file' }]);
    expect(names(await list('?q=REPORT'))).toEqual(['report-2.pdf', 'Report_1.pdf']);
    expect(names(await list('?q=t_1'))).toEqual(['Report_1.pdf']);
    expect((await list(`?knowledge_id=${knowledgeId}`)).items).toHaveLength(3);
    expect((await list(`?knowledge_id=${MISSING}`)).items).toEqual([]);
  });

  test('finds by priority, reason of failure, and names of knowledge base and user', async () => {
    const [a, b] = await jobs(await start(['a', 'b'], 'low'));
    await start(['c'], 'high');
    await fail(a!, 'stalled');
    await app.sql`update headway_queue.job set priority = 1 where id = ${b!}`;
    expect(names(await list('?priority=medium'))).toEqual(['b']);
    expect(names(await list('?priority=low'))).toEqual(['a']);
    expect(names(await list('?priority=high'))).toEqual(['c']);
    expect(names(await list('?error_code=stalled'))).toEqual(['a']);
    expect((await list('?knowledge=MIN')).items).toHaveLength(3);
    expect((await list(`?knowledge=${knowledgeId}`)).items).toHaveLength(3);
    expect((await list('?knowledge=%25')).items).toEqual([]);
    expect((await list('?user=me&priority=high')).items).toMatchObject([{ user_name: 'me' }]);
    expect((await list('?user=other')).items).toEqual([]);
  });

  test.each([
    '?state=odd',
    '?priority=odd',
    '?error_code=odd',
    '?limit=0',
    '?limit=201',
    '?cursor=x',
  ])('refuses %s', async (query) => {
    const answer = await app.get(`/queue/jobs${query}`, as('boss'));
    expect(notProblem(answer, 'invalid')).toBeNull();
  });
});

describe('POST /queue/jobs/{id}/…', () => {
  const steer = (id: string, action: string, json?: unknown) =>
    app.post(`/queue/jobs/${id}/${action}`, json, as('boss'));

  test('cancel and retry answer with the job, and with a conflict where there is nothing to do', async () => {
    const [job] = await jobs(await start(['a']));
    expect(notProblem(await steer(job!, 'retry'), 'conflict')).toBeNull();
    const cancelled = await steer(job!, 'cancel');
    expect(v.parse(v.strictObject(JobProgress.entries), cancelled.body)).toMatchObject({
      job_id: job,
      status: 'cancelled',
    });
    expect(notProblem(await steer(job!, 'cancel'), 'conflict')).toBeNull();
    expect((await steer(job!, 'retry')).body).toMatchObject({ status: 'queued' });
  });

  test('promote raises one job', async () => {
    const [a, b] = await jobs(await start(['a', 'b'], 'low'));
    expect((await steer(a!, 'promote', { priority: 'high' })).body.priority).toBe('high');
    expect([await priorityInQueue(a!), await priorityInQueue(b!)]).toEqual([2, 0]);
    const again = await steer(a!, 'promote', { priority: 'medium' });
    expect(notProblem(again, 'conflict')).toBeNull();
    expect(notProblem(await steer(b!, 'promote', { priority: 'now' }), 'invalid')).toBeNull();
    expect(notProblem(await steer(b!, 'promote', {}), 'invalid')).toBeNull();
  });

  test.each(['retry', 'cancel', 'promote'])(
    '%s is 404 where there is no such job',
    async (action) => {
      for (const id of [MISSING, 'x']) {
        const answer = await steer(id, action, { priority: 'high' });
        expect(notProblem(answer, 'file_not_found')).toBeNull();
      }
    },
  );
});

describe('POST /queue/jobs/retry-failed', () => {
  const replay = (json: unknown) => app.post('/queue/jobs/retry-failed', json, as('boss'));
  const states = async () =>
    (await app.sql`select status from headway.job order by name`).map((row) => row.status);

  test('replays what failed, by its reason or all, and not what was cancelled', async () => {
    const session = await start(['a', 'b', 'c', 'd']);
    const [a, b, c] = await jobs(session);
    await fail(a!, 'stalled');
    await fail(b!, 'broken_file');
    await app.post(`/queue/jobs/${c}/cancel`, undefined, as('boss'));
    expect((await replay({ error_code: 'stalled' })).body).toEqual({ files: 1, sessions: 1 });
    expect(await states()).toEqual(['queued', 'error', 'cancelled', 'queued']);
    expect((await replay({})).body).toEqual({ files: 1, sessions: 1 });
    expect(await states()).toEqual(['queued', 'queued', 'cancelled', 'queued']);
    expect((await replay({})).body).toEqual({ files: 0, sessions: 0 });
  });

  test.each([{ error_code: 'odd' }, { code: 'stalled' }, []])('refuses %j', async (json) => {
    expect(notProblem(await replay(json), 'invalid')).toBeNull();
  });
});

describe('POST /sessions/{id}/promote', () => {
  const promote = (path: string, who = 'me', priority = 'high') =>
    app.post(`/sessions/${path}/promote`, { priority }, as(who));

  test('raises a session, or one file of it, for its owner', async () => {
    const session = await start(['a', 'b'], 'low');
    const [a, b] = await jobs(session);
    const one = await promote(`${session}/files/${b}`);
    expect(one.body).toMatchObject({ session_id: session, priority: 'low' });
    expect([await priorityInQueue(a!), await priorityInQueue(b!)]).toEqual([0, 2]);
    expect((await promote(session, 'me', 'medium')).body.priority).toBe('medium');
    expect([await priorityInQueue(a!), await priorityInQueue(b!)]).toEqual([1, 2]);
  });

  test('is a conflict where there is nothing to raise, and 404 for others', async () => {
    const session = await start(['a'], 'high');
    expect(notProblem(await promote(session), 'conflict')).toBeNull();
    expect(notProblem(await promote(session, 'other'), 'session_not_found')).toBeNull();
    expect(notProblem(await promote(MISSING), 'session_not_found')).toBeNull();
    expect(notProblem(await promote(session, 'me', 'odd'), 'invalid')).toBeNull();
    const [job] = await jobs(await start(['z'], 'low'));
    expect(notProblem(await promote(`${session}/files/${job}`), 'conflict')).toBeNull();
  });
});

test('GET /sessions?live=false&files=true tells durations, attempts and reasons', async () => {
  const session = await start(['a', 'b']);
  const [a, b] = await jobs(session);
  await app.sql`update headway.job set status = 'processing' where id = ${a!}`;
  await app.db.orm.transaction((tx) => refreshSession(tx, session));
  await app.sql`update headway.job set status = 'completed', progress = 100, attempt = 2,
    interruptions = 3, interrupted_by = ${JSON.stringify(text('a file'))}::text::jsonb,
    work_seconds = 1.23456,
    started_at = now() - interval '5 s', finished_at = now() where id = ${a!}`;
  await fail(b!, 'broken_file');
  const { body } = await app.get('/sessions?live=false&files=true', as('me'));
  expect(body).toMatchObject({
    total: 1,
    items: [{
      session_id: session,
      started_at: expect.any(Number),
      finished_at: expect.any(Number),
      files: [
        {
          name: 'a',
          attempt: 2,
          interruptions: 3,
          interrupted_by: 'a file',
          work_seconds: 1.235,
          started_at: expect.any(Number),
          finished_at: expect.any(Number),
        },
        { name: 'b', error: 'Broken', error_code: 'broken_file' },
      ],
    }],
  });
});
