/**
 * Requests statuses: one conditional GET for one session, or for many at once.
 *
 * @module
 */
import { API_BASE } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { readProblem, retryAfterMs } from '../api/problem.ts';
import { PollingError } from './error.ts';
import type { PollingOptions } from './options.ts';

export interface StatusQuestion {
  sessionId: string;
  /** ETag of the last answer, for a conditional request. */
  etag: string | null;
  files: boolean;
  /** Seconds to hold the response until the step changes; 0 or none: not at all. */
  waitSeconds?: number;
  signal: AbortSignal;
}

/**
 * `retryAfterMs` is the `Retry-After` header, `serverTimeMs` the `Date` header (milliseconds since
 * the epoch), where they are present and valid.
 */
export type Answer<T> =
  | {
    kind: 'document';
    document: T;
    etag: string | null;
    retryAfterMs: number | undefined;
    serverTimeMs?: number | undefined;
  }
  | { kind: 'unchanged'; retryAfterMs: number | undefined; serverTimeMs?: number | undefined }
  /** A retry cannot help: not signed in, not allowed, not found. */
  | { kind: 'refused'; error: PollingError }
  /** A retry may help. `reached` tells a server's error from a network's. */
  | { kind: 'failed'; error: PollingError; reached: boolean };

export type StatusAnswer = Answer<SessionStatusDocument>;

/** Sends one request. Never rejects, except when the signal aborts. */
export type StatusTransport = (question: StatusQuestion) => Promise<StatusAnswer>;

/**
 * Client errors that a retry may cure. 400 and the like are permanent: the same request gets the
 * same answer.
 */
const PASSING = [408, 421, 425, 429];

export const UNREACHABLE = 'The server cannot be reached';

export type TransportOptions = Pick<
  PollingOptions,
  'baseUrl' | 'token' | 'headers' | 'fetch' | 'now'
>;

interface Question {
  readonly etag?: string | null;
  readonly signal?: AbortSignal | undefined;
  readonly waitSeconds?: number;
}

/** One conditional GET of a path below the API. Never rejects, except when the signal aborts. */
export async function ask<T>(
  options: TransportOptions,
  path: string,
  { etag = null, signal, waitSeconds = 0 }: Question,
): Promise<Answer<T>> {
  const { baseUrl = '', now = Date.now, fetch: send = globalThis.fetch } = options;
  try {
    const headers = requestHeaders(options, etag, waitSeconds);
    // Bypasses the browser's cache: it would answer our 304 with a 200 of its own.
    const init = {
      headers,
      signal: signal ?? null,
      cache: 'no-store',
    } as const;
    return await readAnswer<T>(await send(`${baseUrl}${API_BASE}${path}`, init), now());
  } catch (cause) {
    if (signal?.aborted) throw cause;
    return unanswered(UNREACHABLE, cause);
  }
}

function requestHeaders(
  options: TransportOptions,
  etag: string | null,
  waitSeconds: number,
): Record<string, string> {
  const token = tokenOf(options);
  return {
    accept: 'application/json',
    ...options.headers,
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(etag === null ? {} : { 'if-none-match': etag }),
    ...(waitSeconds > 0 ? { prefer: `wait=${waitSeconds}; until=step` } : {}),
  };
}

/** Returns the current token. */
export function tokenOf({ token }: Pick<PollingOptions, 'token'>): string | undefined {
  return typeof token === 'function' ? token() : token;
}

async function readAnswer<T>(response: Response, nowMs: number): Promise<Answer<T>> {
  const { headers, status } = response;
  const hints = {
    retryAfterMs: retryAfterMs(headers.get('retry-after'), nowMs),
    serverTimeMs: Date.parse(headers.get('date') ?? '') || undefined,
  };
  if (status === 304) return { kind: 'unchanged', ...hints };
  if (response.ok) {
    const document = await response.json() as T;
    return { kind: 'document', document, etag: headers.get('etag'), ...hints };
  }
  const { detail, ...problem } = await readProblem(response, nowMs);
  const error = new PollingError(detail, problem);
  if (status >= 400 && status < 500 && !PASSING.includes(status)) return { kind: 'refused', error };
  return { kind: 'failed', reached: true, error };
}

/** Failure of a request without an answer. */
export function unanswered(
  message: string,
  cause?: unknown,
): { kind: 'failed'; error: PollingError; reached: false } {
  const error = new PollingError(message, { code: 'network', cause });
  return { kind: 'failed', reached: false, error };
}
