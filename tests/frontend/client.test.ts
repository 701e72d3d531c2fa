/**
 * The typed client and its errors.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../frontend/src/lib/api/api-error.ts';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import { retryAfterMs } from '../../frontend/src/lib/api/problem.ts';
import { answer, problem, serverOf } from './fakes.ts';

function clientOf(...answers: Parameters<typeof serverOf>) {
  const server = serverOf(...answers);
  return { client: createHeadwayClient({ fetch: server.fetch }), requests: server.requests };
}

const errorOf = (promise: Promise<unknown>) => promise.then(() => null, (error) => error);

describe('createHeadwayClient()', () => {
  it('starts a session under its Operation-Id', async () => {
    const { client, requests } = clientOf(answer({ session_id: 's1' }, { status: 202 }));
    const body = { uploads: [{ name: 'a.pdf', size: 3 }] };
    await client.startSession('k/1', body, 'op-1');
    const [request] = requests;
    expect(request?.method).toBe('POST');
    expect(new URL(request?.url ?? '').pathname).toBe('/api/v1/knowledge/k%2F1/sessions');
    expect(request?.headers.get('operation-id')).toBe('op-1');
    expect(request?.headers.get('content-type')).toBe('application/json');
    expect(await request?.json()).toEqual(body);
  });

  it('leaves out what is not asked', async () => {
    const { client, requests } = clientOf(answer({ items: [], total: 0 }));
    await client.listFiles('k1', { query: '', page: 2 });
    expect(new URL(requests[0]?.url ?? '').search).toBe('?page=2');
  });

  it('sends the token, and none where there is none', async () => {
    let token: string | undefined = 'abc';
    const server = serverOf(answer([]));
    const client = createHeadwayClient({ fetch: server.fetch, token: () => token });
    await client.pendingFiles('k1');
    token = undefined;
    await client.pendingFiles('k1');
    expect(server.requests.map((request) => request.headers.get('authorization')))
      .toEqual(['Bearer abc', null]);
  });

  it('gives addresses of content under its base', () => {
    const client = createHeadwayClient({ baseUrl: 'https://api.test' });
    expect(client.contentUrl('f 1')).toBe('https://api.test/api/v1/files/f%201/content');
    expect(client.contentUrl('f1', true)).toBe(
      'https://api.test/api/v1/files/f1/content?download=1',
    );
  });

  it.each([401, 403, 404, 409, 413, 415, 422, 429, 503])(
    'throws ApiError with code, status and detail on %i',
    async (status) => {
      const { client } = clientOf(problem(status, 'some_code'));
      const error = await errorOf(client.knowledge('k1'));
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ status, code: 'some_code', detail: 'Detail of some_code' });
    },
  );

  it('throws ApiError with words for people on an answer that is no problem document', async () => {
    const { client } = clientOf(new Response('<html>Bad gateway</html>', { status: 503 }));
    const error = await errorOf(client.knowledge('k1'));
    expect(error).toMatchObject({ status: 503, code: 'unavailable' });
    expect(error.detail).not.toContain('<');
  });

  it('throws ApiError with the time to wait', async () => {
    const { client } = clientOf(problem(429, 'too_many_requests', { 'retry-after': '7' }));
    expect(await errorOf(client.sessions())).toMatchObject({ retryAfterMs: 7_000 });
  });

  it('throws ApiError with code network when no answer comes', async () => {
    const { client } = clientOf(new TypeError('Failed to fetch'));
    expect(await errorOf(client.sessions())).toMatchObject({ code: 'network', status: 0 });
  });

  it('throws AbortError, not ApiError, when the signal aborts', async () => {
    const controller = new AbortController();
    const { client } = clientOf((request) =>
      new Promise((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
      })
    );
    const searching = client.search('k1', 'words', 20, controller.signal);
    controller.abort();
    expect(await errorOf(searching)).toMatchObject({ name: 'AbortError' });
  });
});

describe('retryAfterMs()', () => {
  it.each([
    ['7', 7_000],
    ['0', 0],
    ['-3', 0],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads %o as %o', (header, expected) => {
    expect(retryAfterMs(header, 0)).toBe(expected);
  });
});
