import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notProblem, startTestApp, type TestApp } from '../../support/app.ts';

const TEXT = '0123456789';

let app: TestApp;
let path: string;
let etag: string;
beforeAll(async () => {
  app = await startTestApp();
  path = await stored('digits.txt', TEXT);
  etag = (await app.get(path)).headers.get('etag') ?? '';
});
afterAll(() => app.stop());

async function stored(
  name: string,
  content: BlobPart,
  columns?: { type: string },
): Promise<string> {
  const { body } = await app.send(name, content, {}, { process: false });
  if (columns) {
    await app.sql`update file set meta = (meta::jsonb
      || jsonb_build_object('content_type', ${columns.type}::text))::json where id = ${body.id}`;
  }
  return `/files/${body.id}/content`;
}

const range = (value: string, more: Record<string, string> = {}) =>
  app.get(path, { headers: { range: value, ...more } });

describe('GET /files/{id}/content', () => {
  test('sends all of it', async () => {
    const { status, headers, body } = await app.get(path);
    expect([status, body]).toEqual([200, TEXT]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': '10',
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
  });

  test('HEAD has the headers and no body, whatever range is asked for', async () => {
    const asked: Record<string, string>[] = [{}, { range: 'bytes=0-0' }];
    for (const headers of asked) {
      const answer = await app.ask('HEAD', path, { headers });
      expect([answer.status, answer.body]).toEqual([200, '']);
      expect(answer.headers.get('content-length')).toBe('10');
      expect(answer.headers.get('etag')).toBe(etag);
    }
  });

  test.each([
    ['bytes=0-0', '0', '0-0'],
    ['bytes=2-4', '234', '2-4'],
    ['bytes=7-', '789', '7-9'],
    ['bytes=-5', '56789', '5-9'],
    ['bytes=-10', TEXT, '0-9'],
    ['bytes=-999', TEXT, '0-9'],
    ['bytes=8-999', '89', '8-9'],
    ['bytes=0-', TEXT, '0-9'],
    ['bytes=0-1,99-100', '01', '0-1'],
    ['Bytes=0-1', '01', '0-1'],
  ])('answers %s with that part', async (asked, part, bounds) => {
    const { status, headers, body } = await range(asked);
    expect([status, body]).toEqual([206, part]);
    expect(headers.get('content-range')).toBe(`bytes ${bounds}/10`);
    expect(headers.get('content-length')).toBe(`${part.length}`);
  });

  test.each([
    'bytes=0-1,4-5',
    'bytes=-999,0-1',
    'bytes=abc',
    'bytes',
    'bytes=',
    'lines=0-1',
    'bytes=1-x',
    'bytes=1-2-3',
    '',
    // RFC 9110 section 14.1.1: the last position is before the first.
    'bytes=5-2',
    'bytes=99-98',
    'bytes=5-2,0-1',
    'bytes=0-1,5-2',
  ])(
    'answers %s, which is several ranges, an invalid one or none, with the whole',
    async (asked) => {
      const { status, body, headers } = await range(asked);
      expect([status, body]).toEqual([200, TEXT]);
      expect(headers.get('content-range')).toBeNull();
    },
  );

  test.each(['bytes=10-', 'bytes=10-10', 'bytes=99-100', 'bytes=-0', 'bytes=10-,-0'])(
    'cannot satisfy %s',
    async (asked) => {
      const answer = await range(asked);
      expect(notProblem(answer, 'range_not_satisfiable')).toBeNull();
      expect(answer.headers.get('content-range')).toBe('bytes */10');
    },
  );

  test('If-Range with the strong tag keeps the range, with anything else it is the whole', async () => {
    expect((await range('bytes=0-0', { 'if-range': etag })).status).toBe(206);
    for (const other of ['"other"', `W/${etag}`, 'Wed, 21 Oct 2015 07:28:00 GMT']) {
      for (const asked of ['bytes=0-0', 'bytes=99-']) {
        const { status, body } = await range(asked, { 'if-range': other });
        expect([other, asked, status, body]).toEqual([other, asked, 200, TEXT]);
      }
    }
    const beyond = await range('bytes=99-', { 'if-range': etag });
    expect(notProblem(beyond, 'range_not_satisfiable')).toBeNull();
  });

  test('If-None-Match with the tag answers 304 without a body', async () => {
    for (const given of [etag, `"x", ${etag}`, `W/${etag}`, '*']) {
      const { status, body, headers } = await app.get(path, {
        headers: { 'if-none-match': given },
      });
      expect([given, status, body, headers.get('etag')]).toEqual([given, 304, '', etag]);
    }
    expect((await app.get(path, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  });

  test('a file of no bytes is empty, and has no range', async () => {
    path = await stored('empty.txt', '');
    const whole = await app.get(path);
    expect([whole.status, whole.body, whole.headers.get('content-length')]).toEqual([200, '', '0']);
    expect(notProblem(await range('bytes=0-'), 'range_not_satisfiable')).toBeNull();
    const suffix = await range('bytes=-5');
    expect([suffix.status, suffix.body]).toEqual([200, '']);
    path = await stored('digits.txt', TEXT);
  });

  test('sends megabytes whole, and a range out of their middle', async () => {
    const bytes = new Uint8Array(2_000_003).map((_, at) => at % 251);
    const big = await stored('big.bin', bytes);
    const address = `/api/v1${big}`;
    const whole = await app.headway.routes.request(address);
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(bytes);
    const headers = { range: 'bytes=1000000-1699999' };
    const part = await app.headway.routes.request(address, { headers });
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(1_000_000, 1_700_000));
  });

  test('a reader who leaves in the middle leaves no open file', async () => {
    const big = await stored('left.bin', new Uint8Array(3_000_000));
    const [row] = await app.sql`select path from file where filename = 'left.bin'`;
    for (const method of ['GET', 'HEAD']) {
      const answer = await app.headway.routes.request(`/api/v1${big}`, { method });
      const reader = answer.body?.getReader();
      await reader?.read();
      await reader?.cancel();
    }
    const open: string[] = [];
    for (const { name } of Deno.readDirSync('/proc/self/fd')) {
      try {
        open.push(Deno.readLinkSync(`/proc/self/fd/${name}`));
      } catch {
        // It was closed meanwhile.
      }
    }
    expect(open).not.toContain(row?.path);
  });

  test('says that the bytes are gone', async () => {
    const lost = await stored('lost.txt', 'lost');
    const [row] = await app.sql`select path from file where filename = 'lost.txt'`;
    await Deno.remove(row?.path);
    expect(notProblem(await app.get(lost), 'file_not_found')).toBeNull();
  });
});

describe('how a browser is to show it', () => {
  test.each([
    ['text/html', 'attachment'],
    ['image/svg+xml', 'attachment'],
    ['application/xhtml+xml', 'attachment'],
    ['application/octet-stream', 'attachment'],
    ['text/plain', 'inline'],
    ['application/pdf', 'inline'],
    ['audio/wav', 'inline'],
    ['video/mp4', 'inline'],
    ['image/png', 'inline'],
  ])('%s: %s', async (type, kind) => {
    const file = await stored('x.bin', 'x', { type });
    const disposition = async (query = '') =>
      (await app.get(`${file}${query}`)).headers.get('content-disposition');
    expect(await disposition()).toMatch(new RegExp(`^${kind}; `));
    expect(await disposition('?download=true')).toMatch(/^attachment; /);
  });

  test('a page that claims to be text is sent as what it is', async () => {
    const file = await stored('page.html', '<!doctype html><script>alert(1)</script>');
    const { headers } = await app.get(file);
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(headers.get('content-security-policy')).toContain('sandbox');
  });

  test.each([
    ['plain.txt', 'plain.txt', 'plain.txt'],
    ['quo"te\'s.txt', "quo_te's.txt", 'quo%22te%27s.txt'],
    ['100% (x)*.txt', '100_ (x)*.txt', '100%25%20%28x%29%2A.txt'],
    ['Bücher 📚.txt', 'B_cher __.txt', 'B%C3%BCcher%20%F0%9F%93%9A.txt'],
    ['a;b=c.txt', 'a;b=c.txt', 'a%3Bb%3Dc.txt'],
    ['a\r\nSet-Cookie: x=1.txt', 'a__Set-Cookie: x=1.txt', 'a%0D%0ASet-Cookie%3A%20x%3D1.txt'],
  ])('names the file %j', async (filename, ascii, encoded) => {
    const { body } = await app.send('x.txt', 'x', {}, { process: false });
    await app.sql`update file set filename = ${filename} where id = ${body.id}`;
    const { headers } = await app.get(`/files/${body.id}/content`);
    expect(headers.get('content-disposition')).toBe(
      `inline; filename="${ascii}"; filename*=UTF-8''${encoded}`,
    );
  });

  test('parameters of a media type are left out', async () => {
    const type = 'Text/Plain; charset=latin1';
    const { headers } = await app.get(await stored('x.txt', 'x', { type }));
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(headers.get('content-disposition')).toMatch(/^inline/);
  });

  test('a media type that is no header value is sent as unknown bytes', async () => {
    for (const type of ['text/plain\r\nx: y', 'büro/x', '']) {
      const { status, headers } = await app.get(await stored('x.bin', 'x', { type }));
      expect([status, headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
      expect(headers.get('content-disposition')).toMatch(/^attachment/);
    }
  });
});
