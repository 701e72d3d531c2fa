/**
 * One request to an endpoint. Redirects are not followed, and the response body is not read.
 *
 * @module
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { retryAfterOf } from '../remote/request.ts';
import { AddressError, checkTarget, guardedLookup, hostOf, type Targets } from './addresses.ts';
import type { Outcome } from './outcome.ts';

export interface Post {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly targets: Targets;
  readonly signal: AbortSignal;
}

/** Sends a request and returns its outcome. Throws the signal's reason after an abort. */
export async function post({ url, headers, body, targets, signal }: Post): Promise<Outcome> {
  try {
    const answer = await ask(checkTarget(url, targets), { headers, body, targets, signal });
    return outcomeOf(answer);
  } catch (error) {
    signal.throwIfAborted();
    return failureOf(error);
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
}

/** Resolves with the head of the response; the body is not needed. */
function ask(
  url: URL,
  { headers, body, targets, signal }: Omit<Post, 'url'>,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const bytes = new TextEncoder().encode(body);
  const { request } = url.protocol === 'https:' ? https : http;
  const sending = request({
    host: hostOf(url),
    port: url.port || undefined,
    path: url.pathname + url.search,
    method: 'POST',
    headers: { host: url.host, 'content-length': bytes.length, ...headers },
    lookup: guardedLookup(targets),
    // A connection of its own, so that none outlives the check of its address.
    agent: false,
    signal,
  }, (response) => {
    const retryAfter = response.headers['retry-after'];
    resolve({
      status: response.statusCode ?? 0,
      headers: new Headers(retryAfter ? { 'retry-after': retryAfter } : {}),
    });
    // The response is complete enough: a later error of the connection does not matter.
    response.on('error', () => {}).destroy();
  });
  // The listener stays: errors after the response must not be unhandled.
  sending.on('error', reject);
  sending.end(bytes);
  return promise;
}

function outcomeOf({ status, headers }: Answer): Outcome {
  if (status >= 200 && status < 300) return { state: 'delivered', status };
  if (status === 410) {
    return { state: 'gone', status, failure: 'gone', detail: 'It answered HTTP 410 (gone)' };
  }
  const redirects = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return {
    state: 'again',
    failure: 'status',
    status,
    detail: `It answered HTTP ${status}${redirects}`,
    retryAfterSeconds: retryAfterOf(headers),
  };
}

/** Error codes and messages of the runtime for rejected certificates. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|certificate/;

function failureOf(error: unknown): Outcome {
  const failed = (failure: 'address' | 'certificate' | 'unreachable', detail: string): Outcome => ({
    state: 'again',
    failure,
    detail,
    status: null,
    retryAfterSeconds: null,
  });
  if (error instanceof AddressError) return failed('address', error.message);
  const { code = '', message } = error as Error & { code?: string };
  if (CERTIFICATE.test(`${code} ${message}`)) {
    return failed('certificate', `Its certificate is not accepted${code && `: ${code}`}`);
  }
  return failed('unreachable', `It could not be reached${code && `: ${code}`}`);
}
