/**
 * The clock of the process is set by two hours, forwards or back, while a slow service works: it is
 * polled on, its results come, and what is said of a service that is down stays true.
 */
import { text } from '../../../backend/contract/messages/catalogue.ts';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { paths } from '../../../backend/contract/paths.ts';
import { readRemoteStatuses, storeRemoteStatus } from '../../../backend/queue/remote-status.ts';
import { RemoteError } from '../../../backend/remote/remote-error.ts';
import { createRemoteService } from '../../../backend/remote/service.ts';
import { type AnalysisService, startAnalysisService } from '../../support/analysis-service.ts';
import { eventually, startTestApp, type TestApp } from '../../support/app.ts';

const STEPS: [string, number][] = [['forwards', 7_200_000], ['back', -7_200_000]];
const ANALYZER = 'prebuilt-documentSearch';

let service: AnalysisService;
let app: TestApp;
beforeAll(async () => {
  service = startAnalysisService();
  app = await startTestApp({
    analysis: { endpoint: service.url, key: 'its key', leastPollSeconds: 0.02 },
  });
});
afterEach(() => {
  vi.useRealTimers();
  delete service.options.workMs;
});
afterAll(async () => {
  await app.stop();
  await service.close();
});

const setClock = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });

test.each(STEPS)('%s: an operation is polled on and ends', async (_direction, ms) => {
  service.polledAt.length = 0;
  service.options.workMs = Infinity;
  const path = paths.analyze(ANALYZER).replace('%3A', ':');
  const inputs = [{ url: 'https://files.example/ship.pdf' }];
  const { body } = await app.post(path, { inputs });
  const results = () => app.get(paths.analysisResults(ANALYZER, body.operationId));
  const polledAgain = async () => {
    const before = service.polledAt.length;
    await eventually(() => Promise.resolve(service.polledAt.length), (polls) => polls > before);
  };
  await polledAgain();
  setClock(ms);
  await polledAgain();
  const pending = await results();
  expect([pending.status, pending.body.status]).toEqual([202, 'processing']);
  expect(pending.body.elapsed_seconds).toBeGreaterThanOrEqual(0);
  expect(pending.body.elapsed_seconds).toBeLessThan(3_600);
  expect(Number(pending.headers.get('retry-after'))).toBeLessThanOrEqual(10);
  service.options.workMs = 0;
  const ended = await eventually(results, ({ status }) => status !== 202);
  expect([ended.status, ended.body.status]).toEqual([200, 'succeeded']);
  expect(service.submits).toHaveLength(1);
  service.submits.length = 0;
});

test.each(STEPS)('%s: a service is down until the same moment for all', async (_direction, ms) => {
  const breakMs = 60_000;
  const down = createRemoteService({
    name: 'stepped',
    retries: 0,
    failures: 1,
    breakMs,
    maxBreakMs: breakMs,
  });
  const outage = () => Promise.reject(new RemoteError('outage', text('It is away')));
  await down.call(outage).catch(() => {});
  setClock(ms);
  await storeRemoteStatus(app.db.orm, down.status);
  const [row] = await app.sql`select
    retry_at between now() and now() + make_interval(secs => ${breakMs / 1000}) as soon
    from headway.remote_service where service = 'stepped'`;
  expect(row).toEqual({ soon: true });
  const others = await readRemoteStatuses(app.db.orm, []);
  expect(others).toMatchObject([{ service: 'stepped', status: 'down' }]);
  // Nobody asks it again: it is not known to be down for ever.
  await app.sql`update headway.remote_service set retry_at = retry_at - interval '4 minutes'`;
  expect(await readRemoteStatuses(app.db.orm, [])).toEqual([]);
});
