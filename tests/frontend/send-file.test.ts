/**
 * What goes over the wire for one file, against a server that the test plays.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponse, HttpStack } from 'tus-js-client';
import { describe, expect, it, vi } from 'vitest';
import { sendFile, type SendFileOptions } from '../../frontend/src/lib/api/send-file.ts';

interface Sent {
  method: string;
  url: string;
  headers: Headers;
  size: number;
}

interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Answers in turn; `null` is a connection that breaks, `'never'` one that says nothing. */
function serverOf(...replies: (Reply | null | 'never')[]) {
  const sent: Sent[] = [];
  const stack: HttpStack = {
    getName: () => 'test',
    createRequest: (method, url) => requestOf(method, url, sent, () => replies.shift() ?? null),
  };
  return { sent, stack, methods: () => sent.map(({ method }) => method) };
}

function requestOf(
  method: string,
  url: string,
  sent: Sent[],
  next: () => Reply | null | 'never',
): HttpRequest {
  const headers = new Headers();
  let progress = (_bytes: number) => {};
  let stop = () => {};
  return {
    getMethod: () => method,
    getURL: () => url,
    setHeader: (name, value) => headers.set(name, value),
    getHeader: (name) => headers.get(name) ?? undefined,
    setProgressHandler: (handler) => progress = handler,
    getUnderlyingObject: () => null,
    abort: () => Promise.resolve(stop()),
    async send(body: Blob | null) {
      sent.push({ method, url, headers, size: body?.size ?? 0 });
      const reply = next();
      if (reply === 'never') {
        progress(10);
        await new Promise<void>((_resolve, reject) => stop = () => reject(new Error('aborted')));
      }
      if (reply === null || reply === 'never') throw new Error('The connection broke');
      if (body) progress(body.size);
      return responseOf(reply);
    },
  };
}

function responseOf({ status, headers = {}, body }: Reply): HttpResponse {
  const all = new Headers(headers);
  return {
    getStatus: () => status,
    getHeader: (name) => all.get(name) ?? undefined,
    getBody: () => body === undefined ? '' : JSON.stringify(body),
    getUnderlyingObject: () => null,
  };
}

const MB = 1024 * 1024;
const AT = '/api/v1/uploads/u1';
const created: Reply = { status: 201, headers: { location: AT } };
const head = (offset: number, size: number): Reply => ({
  status: 200,
  headers: { 'upload-offset': `${offset}`, 'upload-length': `${size}` },
});
const patched = (offset: number): Reply => ({
  status: 204,
  headers: { 'upload-offset': `${offset}` },
});
const problem = (status: number, code: string, headers = {}): Reply => ({
  status,
  headers,
  body: { detail: `It is ${code}`, code },
});

const fileOf = (size: number) => ({
  file: new Blob([new Uint8Array(size)], { type: 'application/pdf' }),
  name: 'ä.pdf',
  metadata: { knowledge_id: 'k1', job_id: 'j1' },
});

const send = (size: number, server: ReturnType<typeof serverOf>, options: SendFileOptions = {}) =>
  sendFile({ baseUrl: '/app', token: 't' }, fileOf(size), { httpStack: server.stack, ...options });

/** Of a file of zeros, computed apart. */
function digestOf(length: number): string {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < length; at += 8 * MB) {
    blocks.push(sha256(new Uint8Array(Math.min(8 * MB, length - at))));
  }
  return `sha256 ${sha256(Buffer.concat(blocks)).toString('base64')}`;
}

describe('sendFile()', () => {
  it('says what the file is and who sends it; a small one goes along at once', async () => {
    const server = serverOf({
      ...created,
      headers: { ...created.headers, 'upload-offset': '1000' },
    });
    const seen: number[] = [];
    await send(1_000, server, { sender: 'tab-1', onProgress: (bytes) => seen.push(bytes) });
    const [request] = server.sent;
    expect(request).toMatchObject({ method: 'POST', url: '/app/api/v1/uploads', size: 1_000 });
    expect(Object.fromEntries(request!.headers)).toMatchObject({
      authorization: 'Bearer t',
      'upload-length': '1000',
      'upload-sender': 'tab-1',
      'tus-resumable': '1.0.0',
    });
    const metadata = (request!.headers.get('upload-metadata') ?? '').split(',').map((entry) => {
      const [key, value = ''] = entry.split(' ');
      return [key, Buffer.from(value, 'base64').toString()];
    });
    expect(Object.fromEntries(metadata)).toEqual({
      filename: 'ä.pdf',
      filetype: 'application/pdf',
      knowledge_id: 'k1',
      job_id: 'j1',
    });
    expect(seen.at(-1)).toBe(1_000);
  });

  it('sends a large one in one stream to where the server says, whatever is in front of it', async () => {
    const server = serverOf(created, patched(2 * MB));
    await send(2 * MB, server);
    expect(server.sent[1]).toMatchObject({ method: 'PATCH', url: `/app${AT}`, size: 2 * MB });
  });

  it('sends pieces where a proxy allows no more', async () => {
    const server = serverOf(created, patched(MB), patched(2 * MB), patched(2 * MB + 1));
    await send(2 * MB + 1, server, { chunkSize: MB });
    expect(server.sent.slice(1).map(({ size }) => size)).toEqual([MB, MB, 1]);
  });

  it('goes on where an upload of the same file stands', async () => {
    const server = serverOf(
      problem(409, 'conflict', { location: AT }),
      head(1.5 * MB, 2 * MB),
      patched(2 * MB),
    );
    await send(2 * MB, server);
    expect(server.methods()).toEqual(['POST', 'HEAD', 'PATCH']);
    expect(server.sent[2]).toMatchObject({ url: `/app${AT}`, size: 0.5 * MB });
    expect(server.sent[2]?.headers.get('upload-prefix-digest')).toBe(digestOf(1.5 * MB));
  });

  it('proves blocks of 8 MiB, and what it has begun itself not at all', async () => {
    const server = serverOf(
      problem(409, 'conflict', { location: AT }),
      head(17 * MB, 18 * MB),
      patched(17.5 * MB),
      patched(18 * MB),
    );
    await send(18 * MB, server, { chunkSize: MB / 2 });
    expect(server.sent.map(({ headers }) => headers.get('upload-prefix-digest')))
      .toEqual([null, null, digestOf(17 * MB), null]);
  });

  it('rejects where the server has the beginning of another file', async () => {
    const server = serverOf(
      problem(409, 'conflict', { location: AT }),
      head(MB, 2 * MB),
      problem(409, 'upload_mismatch'),
    );
    await expect(send(2 * MB, server)).rejects.toMatchObject({ code: 'upload_mismatch' });
  });

  it('goes on without a proof only with bytes of its own where no digest can be had', async () => {
    vi.stubGlobal('crypto', {});
    const replies = () => [
      problem(409, 'conflict', { location: AT }),
      head(MB, 2 * MB),
      patched(2 * MB),
    ];
    await expect(send(2 * MB, serverOf(...replies()), { ownBytes: MB - 1 }))
      .rejects.toMatchObject({ code: 'upload_mismatch' });
    await send(2 * MB, serverOf(...replies()), { ownBytes: MB });
    vi.unstubAllGlobals();
  });

  it('sends nothing of what is whole already, once it is proven the same', async () => {
    const server = serverOf(
      problem(409, 'conflict', { location: AT }),
      head(2 * MB, 2 * MB),
      patched(2 * MB),
    );
    await send(2 * MB, server);
    expect(server.methods()).toEqual(['POST', 'HEAD', 'PATCH']);
    expect(server.sent[2]).toMatchObject({ size: 0 });
    expect(server.sent[2]?.headers.get('upload-prefix-digest')).toBe(digestOf(2 * MB));
  });

  it('asks again where the end is, when the server knows of more', async () => {
    const server = serverOf(
      created,
      problem(409, 'conflict'),
      head(MB, 2 * MB),
      patched(2 * MB),
    );
    await send(2 * MB, server);
    expect(server.methods()).toEqual(['POST', 'PATCH', 'HEAD', 'PATCH']);
  });

  it('begins anew, and says so, where what was sent is gone', async () => {
    for (const gone of [404, 410]) {
      let restarts = 0;
      const server = serverOf(created, problem(gone, 'upload_gone'), created, patched(2 * MB));
      await send(2 * MB, server, { onRestart: () => restarts += 1 });
      expect(server.methods()).toEqual(['POST', 'PATCH', 'POST', 'PATCH']);
      expect(restarts).toBe(1);
    }
  });

  it.each([
    [413, 'too_large'],
    [423, 'upload_locked'],
    [409, 'upload_paused'],
    [503, 'unavailable'],
  ])('rejects with what the server says: %i %s', async (status, code) => {
    const server = serverOf(created, problem(status, code, { 'retry-after': '3' }));
    await expect(send(2 * MB, server)).rejects.toMatchObject({
      status,
      code,
      detail: `It is ${code}`,
      retryAfterMs: 3_000,
    });
  });

  it('rejects with words of its own when the connection is lost', async () => {
    await expect(send(10, serverOf(null))).rejects.toMatchObject({ code: 'network', status: 0 });
  });

  it('stops at once when aborted, and leaves what is there', async () => {
    const controller = new AbortController();
    const server = serverOf(created, 'never');
    const sending = send(2 * MB, server, {
      signal: controller.signal,
      onProgress: (bytes) => bytes > 0 && controller.abort(),
    });
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    expect(server.methods()).toEqual(['POST', 'PATCH']);
  });
});
