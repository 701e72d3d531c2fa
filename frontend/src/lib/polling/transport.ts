/**
 * How a status is asked for: one conditional GET a session.
 *
 * @module
 */
import { API_BASE, paths } from '#contract/paths.ts';
import type { SessionStatusDocument } from '#contract/progress.ts';
import { readProblem, retryAfterMs } from '../api/problem.ts';
import { PollingError } from './error.ts';
import type { PollingOptions } from './options.ts';

export interface StatusQuestion {
  sessionId: string;
  /** ETag of the last answer, to be told only of a change. */
  etag: string | null;
  files: boolean;
  signal: AbortSignal;
}

/** `retryAfterMs` is what the `Retry-After` header asks for, if it is there. */
export type StatusAnswer =
  | {
    kind: 'document';
    document: SessionStatusDocument;
    etag: string | null;
    retryAfterMs: number | undefined;
  }
  | { kind: 'unchanged'; retryAfterMs: number | undefined }
  /** Another try cannot help: not signed in, not allowed, not there. */
  | { kind: 'refused'; error: PollingError }
  /** Another try may help. `reached` tells a server's error from a network's. */
  | { kind: 'failed'; error: PollingError; reached: boolean };

/** Asks once. Never rejects, except when the signal aborts. */
export type StatusTransport = (question: StatusQuestion) => Promise<StatusAnswer>;

/** 400 and the like are permanent as well: the same question gets the same answer. */
const PASSING = new Set([408, 421, 425, 429]);

export type TransportOptions = Pick<
  PollingOptions,
  'baseUrl' | 'token' | 'headers' | 'fetch' | 'now'
>;

export function createStatusTransport(options: TransportOptions = {}): StatusTransport {
  const { baseUrl = '', now = Date.now } = options;
  return async ({ sessionId, etag, files, signal }) => {
    const url = `${baseUrl}${API_BASE}${paths.sessionStatus(sessionId)}${
      files ? '?files=true' : ''
    }`;
    const send = options.fetch ?? globalThis.fetch;
    try {
      const headers = requestHeaders(options, etag);
      // Not the browser's cache: it would answer a 304 of ours with a 200 of its own.
      const init = { headers, signal, credentials: 'same-origin', cache: 'no-store' } as const;
      return await readAnswer(await send(url, init), now());
    } catch (cause) {
      if (signal.aborted) throw cause;
      return { kind: 'failed', reached: false, error: networkError(cause) };
    }
  };
}

function requestHeaders(options: TransportOptions, etag: string | null): Record<string, string> {
  const token = typeof options.token === 'function' ? options.token() : options.token;
  return {
    accept: 'application/json',
    ...options.headers,
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(etag === null ? {} : { 'if-none-match': etag }),
  };
}

async function readAnswer(response: Response, nowMs: number): Promise<StatusAnswer> {
  const wait = retryAfterMs(response.headers.get('retry-after'), nowMs);
  if (response.status === 304) return { kind: 'unchanged', retryAfterMs: wait };
  if (response.ok) {
    const document = await response.json() as SessionStatusDocument;
    return { kind: 'document', document, etag: response.headers.get('etag'), retryAfterMs: wait };
  }
  const { detail, ...problem } = await readProblem(response, nowMs);
  const error = new PollingError(detail, problem);
  const { status } = response;
  if (status >= 400 && status < 500 && !PASSING.has(status)) return { kind: 'refused', error };
  return { kind: 'failed', reached: true, error };
}

function networkError(cause: unknown): PollingError {
  return new PollingError('The server cannot be reached', { code: 'network', cause });
}
