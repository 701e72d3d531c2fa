/** A right that is taken away: sessions, jobs, results, runs and mails of whoever had it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { defineJob, startHeadwayWorker } from '../../../backend/mod.ts';
import { createHost } from '../../../backend/queue/host.ts';
import { reports } from '../../../backend/reports/all.ts';
import {
  type Ask,
  eventually,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';
import { locationOf, tusOf } from '../../support/tus.ts';

/** Waits for the test in the middle of its run. */
const held = { began: Promise.withResolvers<void>(), goesOn: Promise.withResolvers<void>() };
const heldReport = defineJob({
  kind: 'held-report',
  title: 'A report that takes long',
  scope: 'knowledge',
  input: v.object({}),
  steps: { read: 'Reading' },
  async run({ step }) {
    await step('read');
    held.began.resolve();
    await held.goesOn.promise;
    return { secret: 'What was read' };
  },
});
const jobs = [...reports, heldReport];

let app: TestApp;
let knowledge: string;
let file: string;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET, jobs });
  for (const id of ['owner', 'guest', 'admin']) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${id}, ${id === 'admin' ? 'admin' : 'user'}, 1)`;
    tokens[id] = await signToken({ id });
  }
});
afterAll(() => app.stop());

const as = (person: string): Ask => ({ token: tokens[person]! });

beforeEach(async () => {
  knowledge = (await app.post('/knowledge/create', { name: 'Secret' }, as('owner'))).body.id;
  file = (await app.send('a.txt', crypto.randomUUID(), { knowledge_id: knowledge }, {
    process: false,
    ...as('owner'),
  })).body.id;
});

/** Null takes the right away. */
async function share(permission: 'read' | 'write' | null): Promise<void> {
  const grant = { principal_type: 'user', principal_id: 'guest', permission };
  const access_grants = permission === null ? [] : [grant];
  const path = `/knowledge/${knowledge}/access/update`;
  expect((await app.post(path, { access_grants }, as('owner'))).status).toBe(200);
}

async function startReport(kind = 'knowledge-report'): Promise<string> {
  const started = await app.post(`/jobs/${kind}`, { knowledge_id: knowledge }, as('guest'));
  expect(started.status).toBe(202);
  return started.body.session_id;
}

/** Everything that shows a session or changes it. */
const ROUTES = (id: string): [string, string][] => [
  ['GET', `/progress/${id}/status`],
  ['GET', `/sessions/${id}/files`],
  ['POST', `/sessions/${id}/retry`],
  ['POST', `/sessions/${id}/retry-failed`],
  ['POST', `/sessions/${id}/again`],
  ['POST', `/sessions/${id}/resume`],
  ['POST', `/sessions/${id}/pause`],
  ['POST', `/sessions/${id}/cancel`],
  ['DELETE', `/progress/${id}`],
];

async function expectGone(id: string): Promise<void> {
  for (const [method, path] of ROUTES(id)) {
    const answer = await app.ask(method, path, as('guest'));
    expect([path, notProblem(answer, 'session_not_found')]).toEqual([path, null]);
  }
  for (const path of ['/sessions', '/sessions?mine=true', '/jobs?mine=true']) {
    const { body } = await app.get(path, as('guest'));
    expect([path, JSON.stringify(body).includes(id)]).toEqual([path, false]);
  }
  const batch = await app.get(`/progress/status?ids=${id}`, as('guest'));
  expect(batch.body).toEqual({ sessions: [], missing: [id] });
  const global = await app.get('/progress/global', as('guest'));
  expect(JSON.stringify(global.body)).not.toContain(id);
}

describe('a reader whose right was revoked', () => {
  test('does not see, retry or read the report that they once started', async () => {
    await share('read');
    const id = await startReport();
    const seen = await app.get(`/progress/${id}/status`, as('guest'));
    expect(seen.status).toBe(200);
    expect((await app.post(`/sessions/${id}/cancel`, {}, as('guest'))).status).toBe(200);
    await share(null);
    await expectGone(id);
    const result = await app.get(`/jobs/${id}/result`, as('guest'));
    expect(notProblem(result, 'session_not_found')).toBeNull();
    expect((await app.get(`/progress/${id}/status`, as('owner'))).body.status).toBe('cancelled');
  });

  test('is not served from memory where the app changes its own table', async () => {
    await share('read');
    const id = await startReport();
    const poll = () => app.get(`/progress/${id}/status`, as('guest'));
    for (let times = 0; times < 3; times++) expect((await poll()).status).toBe(200);
    await app.sql`delete from access_grant where resource_id = ${knowledge}`;
    await eventually(poll, ({ status }) => status === 404);
    await expectGone(id);
  });

  test.each([
    ['a revoked right', () => share(null)],
    [
      'an account that was put back',
      () => app.sql`update "user" set role = 'pending' where id = 'guest'`,
    ],
  ])('gets no report from a job that waits: %s', async (_name, revoke) => {
    await share('read');
    const id = await startReport();
    await revoke();
    const worker = await startHeadwayWorker({
      databaseUrl: app.db.url,
      dataDir: app.dataDir,
      jobs: reports,
    });
    try {
      const { body } = await eventually(
        () => app.get(`/progress/${id}/status?files=true`, as('admin')),
        ({ body }) => body.finished_at !== null,
      );
      expect([body.status, body.files[0].error_code]).toEqual(['error', 'access_revoked']);
      const [job] = await app.sql`select result from headway.job where session_id = ${id}`;
      expect(job?.result).toBeNull();
    } finally {
      await worker.stop();
      await app.sql`update "user" set role = 'user' where id = 'guest'`;
    }
  });
});

test('a right that is revoked while a report is written: its result is not stored', async () => {
  await share('read');
  const id = await startReport('held-report');
  const { url: databaseUrl } = app.db;
  const worker = await startHeadwayWorker({ databaseUrl, dataDir: app.dataDir, jobs });
  try {
    await held.began.promise;
    await share(null);
    held.goesOn.resolve();
    const { body } = await eventually(
      () => app.get(`/progress/${id}/status?files=true`, as('admin')),
      ({ body }) => body.finished_at !== null,
    );
    expect([body.status, body.files[0].error_code]).toEqual(['error', 'access_revoked']);
    const [job] = await app.sql`select result from headway.job where session_id = ${id}`;
    expect(job?.result).toBeNull();
    await expectGone(id);
  } finally {
    await worker.stop();
  }
});

describe('a writer whose right was revoked', () => {
  async function startFiles(): Promise<string> {
    const body = { file_ids: [file] };
    const started = await app.post(`/knowledge/${knowledge}/sessions`, body, as('guest'));
    expect(started.status).toBe(202);
    return started.body.session_id;
  }

  test('neither sees nor controls the processing of files of others', async () => {
    await share('write');
    const id = await startFiles();
    await share(null);
    await expectGone(id);
  });

  describe('of files of their own that are not in it yet', () => {
    /** Small ones are read in a batch, large ones and recordings alone. */
    const FILES: [string, string][] = [['small.txt', 'Small'], [
      'large.txt',
      'Large. '.repeat(20_000),
    ]];

    async function send(name: string, text: string) {
      const about = { knowledge_id: knowledge };
      const { body } = await app.send(name, `${text} ${crypto.randomUUID()}`, about, as('guest'));
      const [job] = await app.sql`select session_id from headway.job where file_id = ${body.id}`;
      return { id: body.id as string, session: job!.session_id as string };
    }

    async function expectRefused({ id, session }: { id: string; session: string }) {
      const { body } = await eventually(
        () => app.get(`/progress/${session}/status?files=true`, as('admin')),
        ({ body }) => body.finished_at !== null,
      );
      expect(body).toMatchObject({ status: 'error', files: [{ error_code: 'access_revoked' }] });
      expect([...await app.sql`select 1 from knowledge_file where file_id = ${id}`]).toEqual([]);
    }

    test.each(FILES)('%s: does not get it in, when it waits', async (name, text) => {
      await share('write');
      const sent = await send(name, text);
      await share(null);
      const { url: databaseUrl } = app.db;
      const worker = await startHeadwayWorker({ databaseUrl, dataDir: app.dataDir });
      try {
        await expectRefused(sent);
      } finally {
        await worker.stop();
      }
    });

    test.each(FILES)('%s: nor when it is being read', async (name, text) => {
      await share('write');
      const sent = await send(name, text);
      let revoked = false;
      const worker = await startHeadwayWorker({
        databaseUrl: app.db.url,
        dataDir: app.dataDir,
        openHost(options) {
          const host = createHost(options);
          return {
            ...host,
            async *process(input, signal) {
              if (!revoked) await share(null);
              revoked = true;
              yield* host.process(input, signal);
            },
          };
        },
      });
      try {
        await expectRefused(sent);
      } finally {
        await worker.stop();
      }
    });

    test('nor when another knowledge base of theirs has it read', async () => {
      await share('write');
      const own = await app.knowledge('Own', as('guest'));
      const { body: file } = await app.send(
        'elsewhere.txt',
        crypto.randomUUID(),
        { knowledge_id: knowledge },
        { process: false, ...as('guest') },
      );
      const started = await app.post(
        `/knowledge/${own}/sessions`,
        { file_ids: [file.id] },
        as('guest'),
      );
      expect(started.status).toBe(202);
      await share(null);
      const { url: databaseUrl } = app.db;
      const worker = await startHeadwayWorker({ databaseUrl, dataDir: app.dataDir });
      try {
        await expectRefused({ id: file.id, session: started.body.session_id });
      } finally {
        await worker.stop();
      }
    });

    test('and whoever keeps the right gets it in', async () => {
      await share('write');
      const sent = await send('kept.txt', 'Kept');
      const { url: databaseUrl } = app.db;
      const worker = await startHeadwayWorker({ databaseUrl, dataDir: app.dataDir });
      try {
        const linked = () => app.sql`select user_id from knowledge_file where file_id = ${sent.id}`;
        expect([...await eventually(linked, (rows) => rows.length > 0)])
          .toEqual([{ user_id: 'guest' }]);
      } finally {
        await worker.stop();
      }
    });
  });

  test('sees it and controls it no more when they may still read', async () => {
    await share('write');
    const id = await startFiles();
    await share('read');
    expect((await app.get(`/progress/${id}/status`, as('guest'))).status).toBe(200);
    for (const action of ['pause', 'cancel', 'retry', 'again']) {
      const answer = await app.post(`/sessions/${id}/${action}`, {}, as('guest'));
      expect([action, notProblem(answer, 'forbidden')]).toEqual([action, null]);
    }
    expect((await app.post(`/sessions/${id}/cancel`, {}, as('owner'))).status).toBe(200);
  });

  describe('of a file that they were sending', () => {
    async function begin() {
      const started = await app.post(`/knowledge/${knowledge}/sessions`, {
        uploads: [{ name: 'half.txt', size: 10, media_type: 'text/plain' }],
      }, as('guest'));
      const session = started.body.session_id as string;
      const job = started.body.files[0].job_id as string;
      const tus = tusOf(app);
      const at = locationOf(await tus.create(10, { job_id: job }, as('guest')));
      expect((await tus.send(at, 0, 'half ', as('guest'))).status).toBe(204);
      return { session, job, tus, at };
    }

    const jobOf = async (session: string) =>
      (await app.get(`/progress/${session}/status?files=true`, as('owner'))).body.files[0];
    const pending = async () => (await app.get('/uploads', as('guest'))).body.items;

    test.each([null, 'read'] as const)('ends the upload and not its job: %s', async (right) => {
      await share('write');
      const { session, job, tus, at } = await begin();
      await share(right);
      expect((await tus.end(at, as('guest'))).status).toBe(204);
      expect((await tus.head(at, as('guest'))).status).toBe(404);
      expect((await jobOf(session)).status).toBe('uploading');
      await share('write');
      const again = await tus.create(10, { job_id: job }, as('guest'));
      expect(again.status).toBe(201);
      expect((await tus.end(locationOf(again), as('guest'))).status).toBe(204);
      expect((await jobOf(session)).status).toBe('cancelled');
    });

    test('is not shown it any more', async () => {
      await share('write');
      const { session } = await begin();
      const listed = expect.arrayContaining([expect.objectContaining({ session_id: session })]);
      expect(await pending()).toEqual(listed);
      await share('read');
      expect(await pending()).toEqual(listed);
      await share(null);
      expect(await pending()).not.toEqual(listed);
    });
  });
});
