import { expect, test } from 'vitest';
import { jsonOf, request, retryAfterOf } from '../../../backend/remote/request.ts';

const service = 'analysis';
const never = new AbortController().signal;
const NOW = Date.parse('2026-01-01T00:00:00Z');

const answering = (response: Response) =>
  request('http://service.test/', {
    service,
    signal: never,
    fetch: () => Promise.resolve(response),
  });

test.each([
  [500, 'outage'],
  [503, 'outage'],
  [408, 'outage'],
  [302, 'outage'],
  [429, 'busy'],
  [404, 'missing'],
  [410, 'missing'],
  [400, 'refused'],
  [401, 'refused'],
  [422, 'refused'],
])('request() takes HTTP %i for %s', async (status, failure) => {
  const response = new Response(status === 302 ? null : '{}', { status });
  await expect(answering(response)).rejects.toMatchObject({ failure, status });
});

test('request() tells the reason the service gives, and how long to wait', async () => {
  const body = JSON.stringify({ error: { code: 'Busy', message: 'The region is down' } });
  const response = new Response(body, { status: 503, headers: { 'retry-after': '20' } });
  await expect(answering(response)).rejects.toMatchObject({
    message: 'The analysis service has a failure of its own: The region is down',
    retryAfterSeconds: 20,
  });
});

test('request() takes a cut connection for an outage, and names no address', async () => {
  const fetch = () => Promise.reject(new TypeError('error sending request for http://secret/'));
  const asked = request('http://secret/', { service, signal: never, fetch });
  await expect(asked).rejects.toMatchObject({
    failure: 'outage',
    message: 'The analysis service does not answer',
  });
});

test('jsonOf() takes a body that is no JSON for an outage', () => {
  expect(() => jsonOf({ text: '<html>' }, service)).toThrow(/answer that cannot be read/);
});

test.each([
  [{ 'retry-after': '7' }, 7],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30],
  [{ 'retry-after': 'Thu, 01 Jan 2015 00:00:00 GMT' }, 0],
  [{ 'retry-after': 'Thu, 01 Jan 2026 02:00:30 GMT', date: 'Thu, 01 Jan 2026 02:00:00 GMT' }, 30],
  [{ 'retry-after-ms': '1500', 'retry-after': '2' }, 1.5],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': '-1' }, null],
  [{}, null],
])('retryAfterOf(%o) is %s seconds', (headers, seconds) => {
  expect(retryAfterOf(new Headers(headers as Record<string, string>), NOW)).toBe(seconds);
});
