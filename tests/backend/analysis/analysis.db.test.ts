/**
 * Operations against a service that misbehaves: never submitted twice, never lost, never a 504.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openAnalysis } from '../../../backend/analysis/analysis.ts';
import { paths } from '../../../backend/contract/paths.ts';
import {
  type AnalysisService,
  mishaps,
  startAnalysisService,
  TWO_PAGES,
} from '../../support/analysis-service.ts';
import {
  type Answer,
  eventually,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';

/** A second of the real thing. */
const LEAST_SECONDS = 0.02;

let service: AnalysisService;
let app: TestApp;
const tokens: Record<string, string> = {};
const as = (name: string) => ({ token: tokens[name]! });

beforeAll(async () => {
  service = startAnalysisService();
  app = await startTestApp({
    authSecret: SECRET,
    analysis: {
      endpoint: service.url,
      key: 'the key of the service',
      leastPollSeconds: LEAST_SECONDS,
      attemptSeconds: 1,
      breakSeconds: 0.5,
    },
  });
  for (const name of ['admin', 'owner', 'reader', 'other']) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${name}, ${name}, ${name}, ${name === 'admin' ? 'admin' : 'user'}, 1)`;
    tokens[name] = await signToken({ id: name });
  }
});
beforeEach(() => {
  for (const key of Object.keys(service.options)) delete service.options[key as 'workMs'];
  service.submits.length = service.polledAt.length = 0;
  service.forget();
});
afterEach(() => app.sql`delete from headway.operation`);
afterAll(async () => {
  await app.stop();
  await service.close();
});

const ANALYZER = 'prebuilt-documentSearch';
const inputs = [{ url: 'https://files.example/ship.pdf' }];

async function analyze(body: unknown = { inputs }, headers: Record<string, string> = {}) {
  const path = paths.analyze(ANALYZER).replace('%3A', ':');
  const answer = await app.post(path, body, { ...as('owner'), headers });
  expect([answer.status, answer.body]).toEqual([202, {
    status: 'submitted',
    operationId: expect.any(String),
    resultsEndpoint: expect.stringContaining(`/analyzers/${ANALYZER}/results/`),
  }]);
  return answer.body.operationId as string;
}

const results = (id: string, who = 'owner') =>
  app.get(paths.analysisResults(ANALYZER, id), as(who));

const ready = (id: string) => eventually(() => results(id), ({ status }) => status !== 202);

function expectTwoPages(answer: Answer, id: string): void {
  expect([answer.status, answer.body]).toEqual([200, {
    status: 'succeeded',
    operationId: id,
    analyzerId: ANALYZER,
    result: TWO_PAGES,
  }]);
}

test('is submitted, processing, and done; the service is asked with our key', async () => {
  service.options.workMs = 300;
  const id = await analyze();
  const first = await results(id);
  expect([first.status, first.body]).toEqual([202, {
    status: 'processing',
    message: expect.any(String),
    message_details: { code: expect.any(String), params: { service: 'analysis' } },
    elapsed_seconds: expect.any(Number),
  }]);
  expect(Number(first.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expectTwoPages(await ready(id), id);
  // Somebody who lost the answer asks again.
  expectTwoPages(await results(id), id);
  expect(service.submits).toHaveLength(1);
  expect(service.lastHeaders.get('ocp-apim-subscription-key')).toBe('the key of the service');
});

test.each(['succeeded', 'SUCCEEDED', 'Succeeded'])('takes %s for an end', async (verdict) => {
  service.options.verdict = verdict;
  const id = await analyze();
  expectTwoPages(await ready(id), id);
});

test('tells why the service failed, as a problem with 500', async () => {
  service.options.verdict = 'FAILED';
  const answer = await ready(await analyze());
  expect(notProblem(answer, 'analysis_failed')).toBeNull();
  expect(answer.body.detail).toBe('The analysis service failed: The pages are upside down');
});

test('tells what the service refuses, as a problem of the asker', async () => {
  service.next('submit', mishaps.status(400));
  const answer = await ready(await analyze());
  expect(notProblem(answer, 'analysis_refused')).toBeNull();
  expect(answer.body.detail).toContain('On demand');
  expect(service.submits).toHaveLength(1);
});

describe('a service that misbehaves while it is polled', () => {
  test.each([
    ['500', mishaps.status(500)],
    ['503 with Retry-After', mishaps.status(503, { 'retry-after': '0' })],
    ['429 with Retry-After', mishaps.status(429, { 'retry-after': '0' })],
    ['a refused key', mishaps.status(401)],
    ['a body that is no JSON', mishaps.notJson()],
    ['JSON that is no operation', () => Response.json([1, 2])],
    ['a connection that is cut', mishaps.cut],
    ['no answer at all', mishaps.never],
  ])('%s: polled on, submitted once', async (_name, mishap) => {
    service.next('poll', mishap, mishap);
    const id = await analyze();
    expectTwoPages(await ready(id), id);
    expect(service.submits).toHaveLength(1);
    expect(service.polledAt.length).toBeGreaterThanOrEqual(3);
  });
});

test('obeys Retry-After', async () => {
  service.next('poll', mishaps.status(429, { 'retry-after': '1' }));
  const id = await analyze();
  expectTwoPages(await ready(id), id);
  const [first = 0, second = 0] = service.polledAt;
  expect(second - first).toBeGreaterThanOrEqual(1000);
});

describe('a submit that goes wrong', () => {
  test.each([
    ['500', mishaps.status(500)],
    ['429', mishaps.status(429, { 'retry-after': '0' })],
    ['a connection that is cut', mishaps.cut],
  ])('%s: is done again under the same id', async (_name, mishap) => {
    service.next('submit', mishap);
    const id = await analyze();
    expectTwoPages(await ready(id), id);
    expect(service.submits).toHaveLength(2);
    expect(new Set(service.submits).size).toBe(1);
  });

  test('twice without an answer: nobody knows, and nobody submits a third time', async () => {
    service.next('submit', mishaps.cut, mishaps.cut);
    const answer = await ready(await analyze());
    expect(notProblem(answer, 'analysis_failed')).toBeNull();
    expect(answer.body.detail).toContain('It is not known whether');
    expect(service.submits).toHaveLength(2);
  });
});

test('an operation that the service forgot is submitted again, once', async () => {
  service.options.workMs = 60_000;
  const id = await analyze();
  await eventually(() => Promise.resolve(service.polledAt.length), (polls) => polls >= 1);
  service.forget();
  await eventually(() => Promise.resolve(service.submits.length), (submits) => submits === 2);
  expect(new Set(service.submits).size).toBe(2);
  service.forget();
  const answer = await ready(id);
  expect(answer.body.detail).toBe('The analysis service forgot this twice');
  expect(service.submits).toHaveLength(2);
});

test('the same Operation-Id is the same operation, and for another analyzer a conflict', async () => {
  const headers = { 'operation-id': 'mine' };
  const id = await analyze({ inputs }, headers);
  expect(await analyze({ inputs }, headers)).toBe(id);
  const other = await app.post('/analyzers/another:analyze', { inputs }, {
    ...as('owner'),
    headers,
  });
  expect(notProblem(other, 'conflict')).toBeNull();
});

test('a file of ours goes as bytes, with its type', async () => {
  const sent = await app.send('ship.txt', 'It sails.', {}, { process: false, ...as('owner') });
  await ready(await analyze({ file_id: sent.body.id }));
  const [operation] = [...service.operations.values()].slice(-1);
  expect(operation?.body).toBe('It sails.');
  expect(operation?.contentType).toMatch(/^text\/plain/);
  const answer = await app.post(`/analyzers/${ANALYZER}:analyze`, { file_id: sent.body.id }, {
    ...as('other'),
  });
  expect(notProblem(answer, 'file_not_found')).toBeNull();
});

test.each([
  [{}],
  [{ inputs: [] }],
  [{ inputs: [{ url: 'file:///etc/passwd' }] }],
  [{ inputs, file_id: 'x' }],
])('refuses %j', async (body) => {
  const answer = await app.post(`/analyzers/${ANALYZER}:analyze`, body, as('owner'));
  expect(notProblem(answer, 'invalid')).toBeNull();
});

test('results are for the owner, administrators, and readers of its knowledge base', async () => {
  const made = await app.post('/knowledge/create', {
    name: 'Ships',
    access_grants: [{ principal_type: 'user', principal_id: 'reader', permission: 'read' }],
  }, as('owner'));
  const shared = await analyze({ inputs, knowledge_id: made.body.id });
  const own = await analyze();
  await Promise.all([ready(shared), ready(own)]);
  const statuses = (id: string) =>
    Promise.all(
      ['owner', 'admin', 'reader', 'other'].map(async (who) => (await results(id, who)).status),
    );
  expect(await statuses(shared)).toEqual([200, 200, 200, 404]);
  expect(await statuses(own)).toEqual([200, 200, 404, 404]);
  const elsewhere = await app.get(paths.analysisResults('another', own), as('owner'));
  expect(notProblem(elsewhere, 'operation_not_found')).toBeNull();
});

test('what is unknown here is looked up at the service, for administrators', async () => {
  await ready(await analyze());
  const [known] = service.operations.keys();
  expect((await results(known!, 'admin')).body.result).toEqual(TWO_PAGES);
  expect(notProblem(await results(known!, 'owner'), 'operation_not_found')).toBeNull();
  const missing = await results(crypto.randomUUID(), 'admin');
  expect(notProblem(missing, 'operation_not_found')).toBeNull();
});

test('results that were kept long enough are gone', async () => {
  const id = await analyze();
  await ready(id);
  const [kept] = await app.sql<{ seconds: number }[]>`
    select extract(epoch from expires_at - ready_at)::int as seconds from headway.operation`;
  expect(kept?.seconds).toBe(3600);
  await app.sql`update headway.operation set expires_at = now() - interval '1 second'`;
  expect(notProblem(await results(id), 'operation_not_found')).toBeNull();
});

test('an outage shows in /ready and in the message, and work goes on when it ends', async () => {
  service.options.workMs = 60_000;
  const ids = await Promise.all([analyze(), analyze(), analyze()]);
  await eventually(() => Promise.resolve(service.operations.size), (size) => size === 3);
  Object.assign(service.options, { down: true, workMs: 100 });
  const down = await eventually(
    () => app.get('ready'),
    ({ body }) => body.services[0].status === 'down',
    10_000,
  );
  expect(down.status).toBe(200);
  expect(down.body.services).toEqual([
    {
      service: 'analysis',
      status: 'down',
      since: expect.any(Number),
      retry_at: expect.any(Number),
    },
  ]);
  await eventually(
    () => results(ids[0]!),
    ({ body }) => /^The analysis service .*; trying again in \d+ s$/.test(body.message),
  );
  const queue = await app.get('/queue', as('admin'));
  expect(queue.body.services[0]).toMatchObject({ service: 'analysis', status: 'down' });
  service.options.down = false;
  for (const id of ids) expectTwoPages(await ready(id), id);
  expect((await app.get('ready')).body.services[0].status).toBe('up');
  expect(service.submits).toHaveLength(3);
});

/** The clock of this test runs so many times faster. */
const SCALE = 100;

test('five minutes of analysis behind a proxy that cuts at 60 s: no 504 anywhere', async () => {
  service.options.workMs = 300_000 / SCALE;
  const ending = new AbortController();
  const proxy = Deno.serve(
    { hostname: '127.0.0.1', port: 0, signal: ending.signal, onListen: () => {} },
    async (request) => {
      const cut = Promise.withResolvers<Response>();
      const gatewayTimeout = () => cut.resolve(new Response(null, { status: 504 }));
      const timer = setTimeout(gatewayTimeout, 60_000 / SCALE);
      const { pathname } = new URL(request.url);
      const forwarded = new Request(`http://backend${pathname}`, request);
      const answer = await Promise.race([app.headway.routes.fetch(forwarded), cut.promise]);
      clearTimeout(timer);
      return answer;
    },
  );
  const ask = (path: string, json?: unknown) =>
    fetch(`http://127.0.0.1:${proxy.addr.port}${path}`, {
      method: json ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${tokens.owner}`, 'content-type': 'application/json' },
      body: json ? JSON.stringify(json) : null,
    });
  const submitted = await ask(`/api/v1/analyzers/${ANALYZER}:analyze`, { inputs });
  const statuses = new Set([submitted.status]);
  const { resultsEndpoint } = await submitted.json();
  await eventually(
    async () => {
      const answer = await ask(resultsEndpoint);
      await answer.body?.cancel();
      statuses.add(answer.status);
      return answer.status;
    },
    (status) => status !== 202,
  );
  ending.abort();
  await proxy.finished;
  expect([...statuses].sort()).toEqual([200, 202]);
  expect(service.submits).toHaveLength(1);
});

test('what takes longer than its budget has failed, and says so', async () => {
  service.options.workMs = 600_000;
  const id = await analyze();
  await app.sql`update headway.operation set created_at = now() - interval '2 hours'`;
  const answer = await ready(id);
  expect(notProblem(answer, 'analysis_failed')).toBeNull();
  expect(answer.body.detail).toBe('The analysis service did not finish within 60 minutes');
});

test('two processes share the operations: each is submitted once', async () => {
  const other = await openAnalysis(
    { endpoint: service.url, leastPollSeconds: LEAST_SECONDS },
    { db: app.db, readBytes: () => Promise.resolve(null), log: () => {}, onChange: () => {} },
  );
  service.options.workMs = 200;
  const ids = await Promise.all(Array.from({ length: 20 }, () => analyze()));
  for (const id of ids) expectTwoPages(await ready(id), id);
  await other.stop();
  expect(new Set(service.submits).size).toBe(20);
  expect(service.submits).toHaveLength(20);
});
