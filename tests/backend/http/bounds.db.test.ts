/** Every array and every text of a request has a maximum, and so has every body. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { notProblem, startTestApp, type TestApp } from '../../support/app.ts';
import { reports } from '../../../backend/reports/all.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ jobs: reports });
});
afterAll(() => app.stop());

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly pattern?: string;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

/** Places of a schema that take a text or a list of any size. */
function unbounded(schema: Schema, at: string): string[] {
  if (schema.const !== undefined || schema.enum) return [];
  const types = [schema.type ?? []].flat();
  const found: string[] = [];
  if (types.includes('string') && schema.maxLength === undefined) found.push(at);
  if (types.includes('array') && schema.maxItems === undefined) found.push(`${at}[]`);
  const inner: [Schema, string][] = [
    ...(schema.items ? [[schema.items, `${at}[]`] as [Schema, string]] : []),
    ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap((each) =>
      (each ?? []).map((one): [Schema, string] => [one, at])
    ),
    ...Object.entries(schema.properties ?? {}).map(([name, one]): [Schema, string] => [
      one,
      `${at}.${name}`,
    ]),
  ];
  return [...found, ...inner.flatMap(([one, place]) => unbounded(one, place))];
}

test('every array and text of a request has a maximum', async () => {
  const { body } = await app.get('openapi.json');
  const missing: string[] = [];
  for (const [path, item] of Object.entries<Record<string, never>>(body.paths)) {
    for (const [method, operation] of Object.entries<Record<string, never>>(item)) {
      const { parameters = [], requestBody } = operation as {
        parameters?: { name: string; in: string; schema: Schema }[];
        requestBody?: { content: Record<string, { schema: Schema }> };
      };
      for (const { name, in: where, schema } of parameters) {
        // A path is bounded by the server, and its segments are looked up as they are.
        if (where !== 'path') missing.push(...unbounded(schema, `${method} ${path} ?${name}`));
      }
      const json = requestBody?.content['application/json']?.schema;
      if (json) missing.push(...unbounded(json, `${method} ${path} `));
    }
  }
  expect([...new Set(missing)]).toEqual([]);
});

const grants = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    principal_type: 'user',
    principal_id: `user-${at}`,
    permission: 'read',
  }));

test('a thousand grants are stored, more are refused', async () => {
  const id = await app.knowledge();
  const path = `/knowledge/${id}/access/update`;
  const { status, body } = await app.post(path, { access_grants: grants(1_000) });
  expect([status, body.access_grants.length]).toEqual([200, 1_000]);
  const more = await app.post(path, { access_grants: grants(1_001) });
  expect(notProblem(more, 'invalid')).toBeNull();
  expect(more.body.errors).toHaveLength(1);
});

/** The longest that nothing else could run, milliseconds. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await work();
  await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(timer);
  return longest;
}

test.each<[string, unknown]>([
  ['80,000 grants', { access_grants: grants(80_000) }],
  ['a million grants that are none', { access_grants: Array(1_000_000).fill(1) }],
  ['a million ids that are none', { name: 'a', access_grants: [], file_ids: Array(1e6).fill(1) }],
])('%s are refused while others are served', async (_name, json) => {
  const id = await app.knowledge();
  const send = (path: string) => () => app.post(`/knowledge/${id}/${path}`, json);
  const path = 'file_ids' in (json as object) ? 'sessions' : 'access/update';
  let answer;
  const blocked = await longestBlock(async () => (answer = await send(path)()));
  expect(notProblem(answer!, 'invalid')).toBeNull();
  // Reading 8 MB of JSON takes a tenth of that on an idle machine; a million issues take minutes.
  expect(blocked).toBeLessThan(3_000);
});

test('a JSON body of more than 8 MB is refused before it is read', async () => {
  const text = JSON.stringify({ name: 'x'.repeat(9 * 1024 * 1024) });
  const answer = await app.ask('POST', '/knowledge/create', {
    body: text,
    headers: { 'content-type': 'application/json' },
  });
  expect(notProblem(answer, 'too_large')).toBeNull();
});

test('an input of a job that is nested without end is refused', async () => {
  const id = await app.knowledge();
  const deep = `{"a":`.repeat(100_000) + '1' + '}'.repeat(100_000);
  const answer = await app.ask('POST', '/jobs/knowledge-report', {
    body: `{"knowledge_id":"${id}","input":${deep}}`,
    headers: { 'content-type': 'application/json' },
  });
  expect(notProblem(answer, 'invalid')).toBeNull();
});
