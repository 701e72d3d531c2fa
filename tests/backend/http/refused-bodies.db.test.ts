/**
 * Requests that are refused before or within their body, over real connections: a sender that
 * writes before it reads gets the answer.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE } from '../../../backend/contract/paths.ts';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { BYTES, metadataHeader } from '../../support/tus.ts';

const MB = 1024 * 1024;

let app: TestApp;
let server: Deno.HttpServer<Deno.NetAddr>;
beforeAll(async () => {
  app = await startTestApp();
  server = Deno.serve(
    { hostname: '127.0.0.1', port: 0, onListen: () => {} },
    app.headway.routes.fetch,
  );
});
afterAll(async () => {
  await server.shutdown();
  await app.stop();
});

interface Refused {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  /** What the body begins with. */
  readonly begin?: string;
  readonly status: number;
}

const tus = { 'tus-resumable': '1.0.0', 'content-type': BYTES };
const part = (name: string) => `--x\r\nContent-Disposition: form-data; name="${name}"`;
const cases: Record<string, Refused> = {
  'multipart for an unknown knowledge base': {
    method: 'POST',
    path: '/files/',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    begin: `${part('metadata')}\r\n\r\n{"knowledge_id":"none"}\r\n` +
      `${part('file')}; filename="a"\r\n\r\n`,
    status: 404,
  },
  'PATCH of an unknown upload': {
    method: 'PATCH',
    path: `/uploads/${crypto.randomUUID()}`,
    headers: { ...tus, 'upload-offset': '0' },
    status: 404,
  },
  'PATCH as another type': {
    method: 'PATCH',
    path: `/uploads/${crypto.randomUUID()}`,
    headers: { ...tus, 'content-type': 'multipart/x' },
    status: 415,
  },
  'creation for an unknown knowledge base': {
    method: 'POST',
    path: '/uploads',
    headers: {
      ...tus,
      'upload-length': `${20 * MB}`,
      'upload-metadata': metadataHeader({ knowledge_id: 'none', filename: 'a' }),
    },
    status: 404,
  },
  'JSON that is too large': {
    method: 'POST',
    path: '/knowledge/create',
    headers: { 'content-type': 'application/json' },
    status: 413,
  },
  'JSON for no route': {
    method: 'POST',
    path: '/none',
    headers: { 'content-type': 'text/plain' },
    status: 413,
  },
};

/** Writes head and body before it reads; the head of the answer. */
async function writeFirst(
  { method, path, headers, begin = '' }: Refused,
  bytes: number,
  chunked: boolean,
) {
  using connection = await Deno.connect({ hostname: '127.0.0.1', port: server.addr.port });
  const length = chunked ? 'transfer-encoding: chunked' : `content-length: ${bytes}`;
  const head = [
    `${method} ${API_BASE}${path} HTTP/1.1`,
    'host: 127.0.0.1',
    length,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n');
  const write = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  };
  const text = (value: string) => write(new TextEncoder().encode(value));
  const piece = async (bytes: Uint8Array) => {
    if (chunked) await text(`${bytes.length.toString(16)}\r\n`);
    await write(bytes);
    if (chunked) await text('\r\n');
  };
  await text(`${head}\r\n\r\n`);
  const first = new TextEncoder().encode(begin);
  if (first.length > 0) await piece(first);
  const zeros = new Uint8Array(64 * 1024);
  for (let left = bytes - first.length; left > 0; left -= zeros.length) {
    await piece(zeros.subarray(0, Math.min(left, zeros.length)));
  }
  if (chunked) await text('0\r\n\r\n');
  const answer = new Uint8Array(4096);
  const read = await connection.read(answer);
  return new TextDecoder().decode(answer.subarray(0, read ?? 0)).split('\r\n')[0];
}

describe.each(Object.entries(cases))('%s', (_what, refused) => {
  test.each([['with its length', false], ['chunked', true]])(
    '%s: a sender that writes 20 MB first reads the answer',
    async (_how, chunked) => {
      expect(await writeFirst(refused, 20 * MB, chunked)).toMatch(`HTTP/1.1 ${refused.status} `);
    },
  );

  test('fetch reads the answer', async () => {
    const { method, path, headers, begin = '', status } = refused;
    const body = new Blob([begin, new Uint8Array(9 * MB)]);
    const url = `http://127.0.0.1:${server.addr.port}${API_BASE}${path}`;
    const answer = await fetch(url, { method, headers, body });
    expect(answer.status).toBe(status);
    // Deno delivers no more of a request after the end of an answer that is a stream.
    expect(answer.headers.has('content-length')).toBe(true);
    await answer.body?.cancel();
  });
});
