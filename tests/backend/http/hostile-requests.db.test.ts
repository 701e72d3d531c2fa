/** Requests that no browser sends: a Host that is none, searches made of operators. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPages } from '../../../backend/http/pages.ts';
import { PROBLEMS } from '../../../backend/contract/problem.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';

let app: TestApp;
let knowledge: string;
let server: Deno.HttpServer<Deno.NetAddr>;

beforeAll(async () => {
  app = await startTestApp();
  const { routes } = app.headway;
  const pages = createPages('/nowhere');
  routes.get('/*', async (c) => await pages(c) ?? c.notFound());
  knowledge = await app.knowledge();
  server = Deno.serve(
    { hostname: '127.0.0.1', port: 0, onListen: () => {} },
    (request, info) => routes.fetch(request, info),
  );
});
afterAll(async () => {
  await server.shutdown();
  await app.stop();
});

/** Sends bytes as they are: `fetch` corrects them. */
async function send(host: string, path: string): Promise<{ status: number; text: string }> {
  using connection = await Deno.connect({ hostname: '127.0.0.1', port: server.addr.port });
  const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head));
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  for (let read; (read = await connection.read(buffer)) !== null;) {
    chunks.push(buffer.slice(0, read));
  }
  const text = await new Blob(chunks as BlobPart[]).text();
  return { status: Number(text.slice(9, 12)), text };
}

test.each([
  'a b',
  'a\tb',
  'localhost/health?',
  'localhost/api/v1/me',
  'localhost#',
  'localhost?x=',
  'user@localhost',
  'user:word@localhost',
  'http://localhost',
  'localhost\\x',
  '[::1',
  'localhost:99999',
  'localhost:x',
  'localhost:80:80',
  'lücke',
  '%zz',
])('Host: %s is refused, whatever path it would make', async (host) => {
  for (const path of ['/health', '/api/v1/me', '/docs', '/nothing']) {
    const { status, text } = await send(host, path);
    expect([path, status]).toEqual([path, 400]);
    expect(text).toContain('application/problem+json');
    expect(text).toContain('"code":"bad_request"');
  }
});

test.each(['localhost', 'LOCALHOST:8000', '127.0.0.1:1', '[::1]:8000', 'a-b.c_d.example', ''])(
  'Host: %s is taken',
  async (host) => expect((await send(host, '/health')).status).toBe(200),
);

const words = fc.array(
  fc.constantFrom(
    '-',
    '--',
    '"',
    ' ',
    'or',
    'a',
    'Ä',
    '!',
    '|',
    '&',
    '(',
    ')',
    ':',
    '*',
    '<->',
    "'",
  ),
  { minLength: 1, maxLength: 130 },
).map((parts) => parts.join('').slice(0, 400));

test('a search is answered or refused, whatever operators it is made of', async () => {
  const ask = async (query: string) => {
    const path = `/knowledge/${knowledge}/search?q=${encodeURIComponent(query)}`;
    const { status, body } = await app.get(path);
    expect([query, status, body.code]).toEqual([
      query,
      query.trim() === '' ? PROBLEMS.invalid[0] : 200,
      query.trim() === '' ? 'invalid' : undefined,
    ]);
  };
  for (const query of ['-'.repeat(56), `${'-'.repeat(400 - 1)}a`, '"-'.repeat(200)]) {
    await ask(query);
  }
  await fc.assert(fc.asyncProperty(words, ask), { numRuns: 200 });
});

const oddText = fc.oneof(
  fc.string({ maxLength: 60, unit: 'binary' }).map((text) => text.toWellFormed()),
  fc.constantFrom('\0', '\u001f', '%', '..', '-'.repeat(60), '\u202e', '🎧'.repeat(30), '{"a":'),
);

test.each([
  'knowledge/?query=',
  'knowledge/search?query=',
  'files/search?filename=',
  'sessions?cursor=',
  'sessions?knowledge_id=',
  'jobs?kind=',
  'jobs?input=',
  'progress/status?ids=',
  'progress/status?ids=x&files=',
  'queue/jobs?cursor=',
  'queue/jobs?query=',
])('a query of any text is answered or refused: %s', async (path) => {
  await fc.assert(
    fc.asyncProperty(oddText, async (text) => {
      const { status } = await app.get(`/${path}${encodeURIComponent(text)}`);
      expect([text, status]).toEqual([text, expect.toSatisfy((code: number) => code < 500)]);
    }),
    { numRuns: 40 },
  );
});

test.each([
  'knowledge/@',
  'knowledge/@/files',
  'knowledge/@/search?q=a',
  'knowledge/@/processing',
  'files/@',
  'files/@/content',
  'files/@/parts',
  'files/@/processing',
  'sessions/@/files',
  'progress/@/status',
  'progress/knowledge/@',
  'progress/job/@',
  'jobs/@/result',
  'analyzers/a/results/@',
  'uploads/@',
  'webhooks/@',
  'webhooks/@/deliveries',
])('a path with any text is answered or refused: %s', async (path) => {
  await fc.assert(
    fc.asyncProperty(oddText, async (text) => {
      const { status } = await app.get(`/${path.replace('@', () => encodeURIComponent(text))}`);
      expect([text, status]).toEqual([text, expect.toSatisfy((code: number) => code < 500)]);
    }),
    { numRuns: 40 },
  );
});
