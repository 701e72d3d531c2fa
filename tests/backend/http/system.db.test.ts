import { Hono } from 'hono';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem, PROBLEMS } from '../../../backend/contract/problem.ts';
import { AppError } from '../../../backend/contract/error.ts';
import { createPages } from '../../../backend/http/pages.ts';
import { problemResponse } from '../../../backend/http/problems.ts';
import { createHeadway } from '../../../backend/mod.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually, notProblem, startTestApp, type TestApp } from '../../support/app.ts';
import { announceWorker } from '../../support/living-worker.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

describe('errors', () => {
  test.each<[string, string]>([
    ['GET', '/nothing'],
    ['GET', '/'],
    ['GET', '/knowledge/a/b/c/d'],
    ['PATCH', '/knowledge/x/y'],
    ['PUT', '/nothing'],
    ['DELETE', '/sessions/x/y/z'],
    ['POST', '/sessions/x/explode'],
    ['GET', '/progress'],
    ['OPTIONS', '/nothing'],
  ])('%s %s is a problem: there is nothing', async (method, path) => {
    const answer = await app.ask(method, path);
    expect(notProblem(answer, 'not_found')).toBeNull();
    expect(v.parse(v.strictObject(Problem.entries), answer.body)).toMatchObject({
      type: '/docs/problems#not_found',
      request_id: answer.headers.get('x-request-id'),
    });
  });

  test.each([
    'api',
    'api/v1',
    'api/v2/files',
    'apix',
    'docs/nothing',
    'docs/../../etc/passwd',
    '%',
  ])(
    'GET /%s is a problem too',
    async (path) => {
      expect(notProblem(await app.get(path), 'not_found')).toBeNull();
    },
  );

  test.each<[string, string, string]>([
    ['PUT', '/files/', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/sessions', 'GET, HEAD, OPTIONS'],
    ['GET', '/background/start', 'OPTIONS, POST'],
    ['HEAD', '/background/start', 'OPTIONS, POST'],
    ['PROPFIND', '/me', 'GET, HEAD, OPTIONS'],
    ['PUT', '/uploads/x', 'DELETE, HEAD, OPTIONS, PATCH, POST'],
    ['GET', '/uploads/x', 'DELETE, HEAD, OPTIONS, PATCH, POST'],
    ['POST', 'health', 'GET, HEAD, OPTIONS'],
    ['DELETE', 'docs', 'GET, HEAD, OPTIONS'],
  ])('%s %s is not allowed: %s is', async (method, path, allow) => {
    const answer = await app.ask(method, path);
    if (method === 'HEAD') expect([answer.status, answer.body]).toEqual([405, '']);
    else expect(notProblem(answer, 'method_not_allowed')).toBeNull();
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.headers.get('x-request-id')).not.toBeNull();
  });

  test('pages that match everything change nothing about methods', async () => {
    const site = await startTestApp();
    site.headway.routes.get('/*', (c) => c.notFound());
    expect(notProblem(await site.post('/nothing'), 'not_found')).toBeNull();
    const wrong = await site.get('/background/start');
    expect(notProblem(wrong, 'method_not_allowed')).toBeNull();
    expect(wrong.headers.get('allow')).toBe('OPTIONS, POST');
    await site.stop();
  });

  test('a request is named by its own id where that is harmless', async () => {
    const named = async (id: string) =>
      (await app.get('/nothing', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await named('my-request.1')).toBe('my-request.1');
    const given = await Promise.all(['<script>', 'x'.repeat(65), 'a b', ''].map(named));
    expect(given).toEqual(given.map(() => expect.stringMatching(/^[a-z\d]{6}-[a-z\d]+$/)));
    expect(new Set(given).size).toBe(given.length);
  });

  test('details of the input are told field by field', async () => {
    const { body } = await app.post('/knowledge/create', { name: '', description: 7 });
    expect(body.errors).toEqual([
      { path: 'name', message: 'Give a name' },
      { path: 'description', message: expect.any(String) },
    ]);
    expect(body.detail).toContain('name: Give a name; description: ');
  });

  test('every answer carries the headers that keep a browser safe', async () => {
    for (const path of ['health', 'docs', 'nothing', 'api/v1/knowledge/']) {
      const { headers } = await app.get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
    }
  });
});

describe('/health and /ready', () => {
  test('answer', async () => {
    const end = await announceWorker(app.sql);
    expect((await app.get('health')).body).toEqual({ status: 'ok' });
    expect(await app.get('ready')).toMatchObject({
      status: 200,
      body: { status: 'ok', workers: 1 },
    });
    await end();
  });

  test('say that no worker is running: ready is degraded, and a silent one does not count', async () => {
    await app.sql`insert into headway.worker (id, host, pid, seen_at) values
      ('silent', 'nowhere', 1, now() - interval '25 s'),
      ('of-a-later-clock', 'nowhere', 2, now() + interval '2 hours')`;
    expect((await app.get('ready')).body).toEqual({
      status: 'degraded',
      message: 'No worker is running',
      workers: 0,
    });
    await app.sql`delete from headway.worker`;
  });

  test('without a database: alive, not ready, 503 with Retry-After; and back by itself', async () => {
    const database = await createTestDatabase({ migrated: true });
    const way = openWay(database.url);
    const logged: string[] = [];
    const other = await startTestApp({
      database: { ...database, url: way.url },
      log: (message) => logged.push(message),
    });
    const id = await other.knowledge();
    way.close();
    for (const path of ['ready', `api/v1/knowledge/${id}`, 'ready']) {
      const answer = await other.get(path);
      expect([path, notProblem(answer, 'unavailable')]).toEqual([path, null]);
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    expect((await other.get('health')).status).toBe(200);
    way.open();
    await eventually(() => other.get('ready'), ({ status }) => status === 200);
    expect((await other.get(`/knowledge/${id}`)).status).toBe(200);
    await other.stop();
    way.close();
  });
});

/** A way to the database that can be closed for a while. */
function openWay(url: string): { url: string; open(): void; close(): void } {
  const target = new URL(url);
  const to = { hostname: target.hostname, port: Number(target.port) };
  let listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const { port } = listener.addr;
  let open: Deno.TcpConn[] = [];
  const accept = async (from: Deno.TcpListener) => {
    for await (const client of from) {
      const server = await Deno.connect(to);
      open.push(client, server);
      client.readable.pipeTo(server.writable).catch(() => {});
      server.readable.pipeTo(client.writable).catch(() => {});
    }
  };
  accept(listener).catch(() => {});
  target.hostname = '127.0.0.1';
  target.port = `${port}`;
  return {
    url: target.href,
    open() {
      listener = Deno.listen({ hostname: '127.0.0.1', port });
      accept(listener).catch(() => {});
    },
    close() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // It was closed from the other side.
        }
      }
      open = [];
    },
  };
}

describe('/openapi.json', () => {
  // deno-lint-ignore no-explicit-any
  let document: any;
  beforeAll(async () => {
    document = (await app.get('openapi.json')).body;
  });

  const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];
  type Operation = {
    responses: Record<string, { description: string; content?: Record<string, unknown> }>;
    parameters?: { name: string; in: string; required?: boolean; schema?: unknown }[];
    requestBody?: { content: Record<string, { schema: unknown }> };
    operationId?: string;
  };
  const operations = (): [string, string, Operation][] =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Operation>).map(
        ([method, operation]) => [method, path, operation] as [string, string, Operation],
      )
    );

  test('is OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: 'Headway', version: expect.any(String) });
    for (const [method] of operations()) expect(METHODS).toContain(method);
  });

  test('lists every route that the app has, and no other', () => {
    const registered = new Set(
      app.headway.routes.routes
        .filter(({ method, path }) => method !== 'ALL' && !/^\/(docs|openapi)/.test(path))
        .map(({ method, path }) => {
          const named = path.replace(/\/:(\w+)(\{[^}]*(:\w+)\})?/g, '/{$1}$3');
          return `${method.toLowerCase()} ${named.replace(/(.)\/$/, '$1')}`;
        }),
    );
    const described = operations().map(([method, path]) =>
      `${method} ${path.replace(/(.)\/$/, '$1')}`
    );
    expect(described.sort()).toEqual([...registered].sort());
  });

  test('every operation has answers with a description, and declares its path parameters', () => {
    for (const [method, path, operation] of operations()) {
      const at = `${method} ${path}`;
      expect([at, Object.keys(operation.responses).length]).not.toEqual([at, 0]);
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect([at, status]).toEqual([at, expect.stringMatching(/^[1-5]\d\d$/)]);
        expect([at, typeof description]).toEqual([at, 'string']);
      }
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (operation.parameters ?? []).filter((each) => each.in === 'path');
      expect([at, declared.map((each) => each.name).sort()]).toEqual([at, inPath.sort()]);
      for (const each of declared) expect([at, each.required]).toEqual([at, true]);
    }
    const ids = operations().map(([, , operation]) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('every reference leads somewhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
    for (const [, reference = ''] of references) {
      const target = reference.replace(/^#\//, '').split('/').reduce(
        // deno-lint-ignore no-explicit-any
        (at: any, key) => at?.[key],
        document,
      );
      expect([reference, target]).not.toEqual([reference, undefined]);
    }
  });

  test('routes that take a body say which; errors are problems', () => {
    const operation = (method: string, path: string) => document.paths[path][method] as Operation;
    const start = operation('post', '/api/v1/knowledge/{id}/sessions');
    expect(Object.keys(start.requestBody?.content ?? {})).toEqual(['application/json']);
    expect(Object.keys(start.responses)).toEqual(
      expect.arrayContaining(['202', '401', '403', '404', '409', '422', '500', '503']),
    );
    expect(Object.keys(start.responses['404']?.content ?? {})).toEqual([
      'application/problem+json',
    ]);
    const send = operation('post', '/api/v1/files');
    expect(Object.keys(send.requestBody?.content ?? {})).toEqual(['multipart/form-data']);
    const statuses = new Set(Object.values(PROBLEMS).map(([status]) => `${status}`));
    for (const [, , { responses }] of operations()) {
      for (const status of Object.keys(responses)) {
        if (Number(status) >= 400) expect(statuses).toContain(status);
      }
    }
  });
});

describe('/docs', () => {
  test('the page and its assets come from here, with a policy', async () => {
    const page = await app.get('docs');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.body).not.toMatch(/https?:\/\//);
    const assets = [...page.body.matchAll(/(?:src|href)="\/([^"]+)"/g)].map((match) => match[1]);
    expect(assets).toHaveLength(3);
    for (const asset of assets) {
      const { status, headers, body } = await app.get(asset);
      expect([asset, status]).toEqual([asset, 200]);
      expect(headers.get('content-type')).toMatch(/^text\/(css|javascript)/);
      expect(body.length).toBeGreaterThan(50);
      const head = await app.ask('HEAD', asset);
      expect([head.status, head.body]).toEqual([200, '']);
    }
  });
});

describe('/docs/problems', () => {
  test.each(Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[])(
    'the type of %s resolves to a page with a section for it',
    async (code) => {
      const site = new Hono<never>();
      site.get('/', (c) => problemResponse(new AppError(code, 'x'), c as never));
      const { type } = await (await site.request('/')).json();
      const [path, fragment] = type.slice(1).split('#');
      const { status, headers, body } = await app.get(path);
      expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching('html')]);
      expect(body).toMatch(
        new RegExp(`id="${fragment}"[^]*?status ${PROBLEMS[code][0]}</p>\\s*<p>\\w`),
      );
    },
  );
});

test('a problem has its detail as a message as well', async () => {
  const { body } = await app.get('api/v1/progress/nothing/status');
  expect(body).toMatchObject({
    code: 'session_not_found',
    detail: 'There is no such session, or it was cleared: nothing',
    reason: { code: 'unknown_session', params: { id: 'nothing' } },
  });
});

describe('createPages()', () => {
  test('serves files, the shell for addresses, and nothing outside or odd', async () => {
    const folder = await Deno.makeTempDir();
    await Deno.mkdir(`${folder}/build/immutable`, { recursive: true });
    await Deno.writeTextFile(`${folder}/build/index.html`, 'shell');
    await Deno.writeTextFile(`${folder}/build/immutable/a b.js`, 'script');
    await Deno.writeTextFile(`${folder}/secret.txt`, 'secret');
    const pages = createPages(`${folder}/build`);
    const site = new Hono<never>();
    site.get('/*', async (c) => await pages(c as never) ?? c.notFound());
    const get = async (path: string) => {
      const answer = await site.request(path);
      return [answer.status, answer.status === 404 ? '' : await answer.text()];
    };
    expect(await get('/')).toEqual([200, 'shell']);
    expect(await get('/knowledge/some-id')).toEqual([200, 'shell']);
    expect(await get('/immutable/a%20b.js')).toEqual([200, 'script']);
    for (
      const path of [
        '/missing.js',
        '/../secret.txt',
        '/%2e%2e/secret.txt',
        '/..%2fsecret.txt',
        '/%252e%252e%252fsecret.txt',
        '/api/v1/nothing',
        '/api',
        '/API/v1/nothing',
        '//api/v1/nothing',
        '/%61pi/v1/nothing',
        '/metrics',
        '/metrics/x',
        '/docs/nothing',
        '/health/x',
        '/ready/x',
      ]
    ) expect([path, ...await get(path)]).toEqual([path, 404, '']);
    for (const path of ['/%', '/%E0%A4%A', '/%00']) {
      expect([path, (await get(path))[0]]).toEqual([path, expect.toSatisfy((s) => s < 500)]);
    }
    await Deno.remove(folder, { recursive: true });
  });
});

describe('createHeadway()', () => {
  test('that cannot write to its folder leaves no connection', async () => {
    const database = await createTestDatabase({ migrated: true });
    const file = await Deno.makeTempFile();
    await expect(createHeadway({ databaseUrl: database.url, dataDir: file })).rejects.toThrow();
    const rows = await database.sql`select application_name from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    expect([...rows]).toEqual([]);
    await Deno.remove(file);
    await database.drop();
  });

  test('removes what a crash left half-received, and leaves what still comes in', async () => {
    const database = await createTestDatabase({ migrated: true });
    const dataDir = await Deno.makeTempDir();
    const incoming = `${dataDir}/uploads/incoming`;
    await Deno.mkdir(incoming, { recursive: true });
    for (const name of ['old', 'new']) await Deno.writeTextFile(`${incoming}/${name}`, 'half');
    const hoursAgo = new Date(Date.now() - 2 * 3600 * 1000);
    await Deno.utime(`${incoming}/old`, hoursAgo, hoursAgo);
    const headway = await createHeadway({ databaseUrl: database.url, dataDir });
    const names = (await Array.fromAsync(Deno.readDir(incoming))).map((entry) => entry.name);
    expect(names).toEqual(['new']);
    await headway.stop();
    await database.drop();
    await Deno.remove(dataDir, { recursive: true });
  });

  test('keeps files where a worker with another working directory finds them', async () => {
    const database = await createTestDatabase({ migrated: true });
    const dataDir = `./.relative-${crypto.randomUUID()}`;
    const headway = await createHeadway({ databaseUrl: database.url, dataDir });
    const body = new FormData();
    body.append('file', new Blob(['x']), 'x.txt');
    await headway.routes.request('/api/v1/files/', { method: 'POST', body });
    const [row] = await database.sql`select path from file`;
    expect(row?.path).toMatch(/^\//);
    await headway.stop();
    await database.drop();
    await Deno.remove(dataDir, { recursive: true });
  });
});
