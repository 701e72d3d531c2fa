/** What pages of this and of other sites can do in a signed-in person's browser. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE } from '../../../backend/contract/paths.ts';
import { type Answer, notProblem, SECRET, signToken, startTestApp } from '../../support/app.ts';
import type { TestApp } from '../../support/app.ts';

const PARTNER = 'https://partner.example';

let app: TestApp;
let cookie: string;
beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET, allowedOrigins: [PARTNER] });
  await app.sql`insert into "user" (id, name, email, role, created_at)
    values ('ada', 'Ada', 'a', 'user', 1)`;
  cookie = `token=${await signToken({ id: 'ada' })}`;
});
afterAll(() => app.stop());

const change = (headers: Record<string, string>): Promise<Answer> =>
  app.post('/knowledge/create', { name: 'x' }, { headers });

describe('a change by way of the cookie', () => {
  test.each<[string, Record<string, string>]>([
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['a name that begins like ours', { origin: 'http://localhost.evil.example' }],
    ['another port', { origin: 'http://localhost:9999' }],
    ['nonsense', { origin: 'localhost' }],
    ['a browser that says cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling of our site', { 'sec-fetch-site': 'same-site' }],
    ['a browser that says something new', { 'sec-fetch-site': 'elsewhere' }],
    ['another site that claims our origin', {
      'sec-fetch-site': 'cross-site',
      origin: 'http://localhost',
    }],
    ['credentials of another kind', {
      authorization: 'Basic dTpw',
      origin: 'https://evil.example',
    }],
    ['a bearer that is none', { authorization: 'Bearer', origin: 'https://evil.example' }],
    ['a site that looks like an allowed one', { origin: `${PARTNER}.evil` }],
  ])('is refused from %s', async (_who, headers) => {
    const answer = await change({ cookie, host: 'localhost', ...headers });
    expect(notProblem(answer, 'forbidden')).toBeNull();
  });

  test.each<[string, Record<string, string>]>([
    ['our own page', { origin: 'http://localhost', 'sec-fetch-site': 'same-origin' }],
    ['our own page behind a proxy that ends TLS', { origin: 'https://localhost' }],
    ['a program that is no browser', {}],
    ['an allowed site', { origin: PARTNER, 'sec-fetch-site': 'cross-site' }],
  ])('passes from %s', async (_who, headers) => {
    expect((await change({ cookie, host: 'localhost', ...headers })).status).toBe(200);
  });

  test('a bearer token is proof enough, from anywhere', async () => {
    const headers = {
      authorization: `Bearer ${cookie.slice('token='.length)}`,
      origin: 'https://native.example',
      'sec-fetch-site': 'cross-site',
    };
    expect((await change(headers)).status).toBe(200);
  });

  test('reading is not changing: a link from another site works', async () => {
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    expect((await app.get('/knowledge/', { headers })).status).toBe(200);
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    app.ask('OPTIONS', '/files/', {
      headers: { origin, 'access-control-request-method': 'POST' },
    });

  test('allowed sites are answered before anybody signs in, with their own name', async () => {
    const { status, headers } = await preflight(PARTNER);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(PARTNER);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toContain('Origin');
  });

  test('they read answers and errors, with the headers they need', async () => {
    for (const path of ['/knowledge/', '/knowledge/nothing', '/nothing']) {
      const { headers } = await app.get(path, { headers: { cookie, origin: PARTNER } });
      expect(headers.get('access-control-allow-origin')).toBe(PARTNER);
      expect(headers.get('access-control-expose-headers')).toContain('Retry-After');
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    }
  });

  test.each(['https://evil.example', 'null'])('%s reads nothing', async (origin) => {
    for (
      const answer of [
        await preflight(origin),
        await app.get('/knowledge/', { headers: { cookie, origin } }),
      ]
    ) {
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });
});

describe('headers', () => {
  test.each(['health', 'openapi.json', 'nothing', 'api/v1/knowledge/', 'api/v1/nothing'])(
    '/%s can be shown nowhere and runs nothing',
    async (path) => {
      const { headers } = await app.get(path, { headers: { cookie } });
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers.get('strict-transport-security')).toBeNull();
    },
  );

  test('HTTPS is remembered where it is spoken, by us or by a proxy', async () => {
    const proxied = await app.get('health', { headers: { 'x-forwarded-proto': 'https' } });
    const direct = await app.headway.routes.request('https://headway.example/health');
    for (const { headers } of [proxied, direct]) {
      expect(headers.get('strict-transport-security')).toContain('max-age=');
    }
  });

  const send = async (name: string, content: string | Uint8Array<ArrayBuffer>) => {
    const { body } = await app.send(name, content, {}, { process: false, headers: { cookie } });
    return await app.get(`/files/${body.id}/content`, { headers: { cookie } });
  };
  /** One transparent pixel. */
  const png = Uint8Array.from(
    atob(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    ),
    (character) => character.charCodeAt(0),
  );

  test.each<[string, string | Uint8Array<ArrayBuffer>, string, string]>([
    ['page.html', '<!doctype html><script>alert(1)</script>', 'text/html', 'attachment'],
    ['page.txt', '<!doctype html><script>alert(1)</script>', 'text/html', 'attachment'],
    ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml', 'attachment'],
    ['data.xml', '<?xml version="1.0"?><a/>', 'application/xml', 'attachment'],
    ['data.json', '{}', 'application/json', 'attachment'],
    ['notes.txt', 'Notes.', 'text/plain', 'inline'],
    ['notes.pdf', '%PDF-1.4\n', 'application/pdf', 'inline'],
    ['picture.html', png, 'image/png', 'inline'],
  ])(
    '%s is sent as what it is, and shown only where that is safe',
    async (name, content, type, kind) => {
      const { headers } = await send(name, content);
      expect(headers.get('content-type')).toContain(type);
      expect(headers.get('content-disposition')).toMatch(new RegExp(`^${kind};`));
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      const policy = headers.get('content-security-policy') ?? '';
      if (type !== 'application/pdf') expect(policy).toContain("sandbox; default-src 'none'");
      expect(policy).toContain("frame-ancestors 'self'");
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    },
  );
});

describe('without authentication', () => {
  let local: TestApp;
  beforeAll(async () => {
    local = await startTestApp();
  });
  afterAll(() => local.stop());
  const ask = (url: string, headers: HeadersInit, hostname?: string) =>
    local.headway.routes.request(
      `${url}${API_BASE}/knowledge/`,
      { headers },
      hostname ? { remoteAddr: { transport: 'tcp', hostname, port: 1 } } : undefined,
    );

  test.each<[string, string, HeadersInit, string | undefined, number]>([
    ['by its own name', 'http://localhost:8000', {}, undefined, 200],
    ['by its address', 'http://127.0.0.1:8000', {}, '127.0.0.1', 200],
    ['by IPv6', 'http://[::1]:8000', {}, '::1', 200],
    ['by a name that was made to point here', 'http://evil.example', {}, '127.0.0.1', 403],
    ['from another machine', 'http://localhost:8000', {}, '192.168.1.7', 403],
    ['through a proxy', 'http://localhost', { 'x-forwarded-for': '203.0.113.9' }, '127.0.0.1', 403],
  ])('whoever comes %s', async (_how, url, headers, peer, status) => {
    expect((await ask(url, headers, peer)).status).toBe(status);
  });

  test('a page of another site changes nothing', async () => {
    const answer = await local.post('/knowledge/create', { name: 'x' }, {
      headers: { origin: 'https://evil.example', host: 'localhost' },
    });
    expect(notProblem(answer, 'forbidden')).toBeNull();
  });
});
