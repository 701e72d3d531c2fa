/**
 * Thousands of requests made from the OpenAPI document: no 5xx, no hang, every error a problem.
 * `HEADWAY_FUZZ=50000` sends more, `HEADWAY_FUZZ_SEED=1` sends those of a run again.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROBLEMS } from '../../../backend/contract/problem.ts';
import { type AnalysisService, startAnalysisService } from '../../support/analysis-service.ts';
import { SECRET, signToken, startTestApp, type TestApp } from '../../support/app.ts';
import { type Document, type Planned, requestsFrom } from '../../support/openapi-requests.ts';

const COUNT = Number(Deno.env.get('HEADWAY_FUZZ') || 5_000);
const SEED = Number(Deno.env.get('HEADWAY_FUZZ_SEED') || Math.floor(Math.random() * 2 ** 31));
const AT_ONCE = 8;
/** Places that requests have emptied are of no more use. */
const PLACE_EVERY = 80;
const HANGS_MS = 15_000;

let app: TestApp;
/** Results come out of it, so that there is something to get wrong. */
let service: AnalysisService;
const tokens = { rubbish: 'x.y.z', nobody: '' } as Record<Planned['by'], string>;

beforeAll(async () => {
  service = startAnalysisService();
  app = await startTestApp({
    authSecret: SECRET,
    limits: { requestsPerMinute: null, pollsPerMinute: null },
    analysis: { endpoint: service.url, key: SECRET, lookUp: 'everyone', leastPollSeconds: 0.1 },
  });
  for (const id of ['admin', 'owner', 'other'] as const) {
    await app.sql`insert into "user" (id, name, email, role, created_at)
      values (${id}, ${id}, ${id}, ${id === 'admin' ? 'admin' : 'user'}, 1)`;
    tokens[id] = await signToken({ id });
  }
});
afterAll(async () => {
  await app.stop();
  await service.close();
});

async function makePlace(): Promise<Record<string, string>> {
  const owner = { token: tokens.owner };
  const knowledge = await app.knowledge('Fuzz', owner);
  const data = { knowledge_id: knowledge };
  const sending = { process: false, ...owner };
  const file = await app.send('a.txt', `Text ${knowledge}`, data, sending);
  const started = await app.post(`/knowledge/${knowledge}/sessions`, {
    file_ids: [file.body.id],
    uploads: [{ name: 'b.txt', size: 1 }],
  }, owner);
  return {
    '@knowledge@': knowledge,
    '@file@': file.body.id,
    '@session@': started.body.session_id,
    '@job@': started.body.files[0].job_id,
  };
}

/** Null where the answer is as it should be. */
async function faultOf(planned: Planned, ids: Record<string, string>): Promise<string | null> {
  const fill = (text: string) => text.replace(/@\w+@/g, (name) => ids[name] ?? name);
  const token = tokens[planned.by];
  const body = typeof planned.body === 'string'
    ? fill(planned.body)
    : planned.body && Uint8Array.from(planned.body);
  const request = new Request(`http://localhost${fill(planned.path)}`, {
    method: planned.method,
    headers: { ...planned.headers, ...(token && { authorization: `Bearer ${token}` }) },
    body,
  });
  const hangs = Promise.withResolvers<never>();
  const timer = setTimeout(() => hangs.reject(new Error('No answer')), HANGS_MS);
  try {
    const answer = await Promise.race([app.headway.routes.fetch(request), hangs.promise]);
    return judge(answer, await Promise.race([answer.text(), hangs.promise]), planned.method);
  } catch (error) {
    return `threw ${error}`;
  } finally {
    clearTimeout(timer);
  }
}

/** What must be in no answer: where code lies, and what a secret is. */
const LEAKS =
  /\bat (async )?\S+ \(|file:\/\/|node_modules|select .* from |postgres:\/\/|a secret of/;

function judge({ status, headers }: Response, text: string, method: string): string | null {
  if (!headers.get('x-request-id')) return 'no request id';
  if (status < 400) return null;
  if (status >= 500) return `status ${status}: ${text}`;
  if (method === 'HEAD') return null;
  if (headers.get('content-type') !== 'application/problem+json') {
    return `status ${status} as ${headers.get('content-type')}: ${text.slice(0, 200)}`;
  }
  const problem = JSON.parse(text);
  const catalogue: Partial<Record<string, readonly [number, string]>> = PROBLEMS;
  if (catalogue[problem.code]?.[0] !== status || problem.status !== status) {
    return `unknown problem: ${text}`;
  }
  if (typeof problem.detail !== 'string' || !problem.detail) return `no detail: ${text}`;
  return LEAKS.test(text) ? `leaks: ${text}` : null;
}

test(`${COUNT} requests made from the OpenAPI document`, { timeout: COUNT * 50 }, async () => {
  const { body } = await app.get('openapi.json');
  const planned = fc.sample(requestsFrom(body as Document), { numRuns: COUNT, seed: SEED });
  const asked = new Set<string>();
  let ids = await makePlace();
  for (let at = 0; at < planned.length; at += AT_ONCE) {
    if (at % PLACE_EVERY === 0) ids = await makePlace();
    const batch = planned.slice(at, at + AT_ONCE);
    const faults = await Promise.all(batch.map((each) => faultOf(each, ids)));
    for (const [i, fault] of faults.entries()) {
      const each = batch[i];
      const replay = `HEADWAY_FUZZ=${COUNT} HEADWAY_FUZZ_SEED=${SEED}, request ${at + i}`;
      expect(fault, `${replay}: ${JSON.stringify(each).slice(0, 2000)}`).toBeNull();
      if (each) asked.add(each.operation);
    }
  }
  console.log(`Sent ${COUNT} requests; again with HEADWAY_FUZZ=${COUNT} HEADWAY_FUZZ_SEED=${SEED}`);
  const operations = Object.values<object>(body.paths).flatMap((item) => Object.keys(item));
  expect(asked.size).toBe(operations.length);
});
