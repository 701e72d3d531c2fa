/**
 * One JSON call to the API.
 *
 * @module
 */
import { API_BASE } from '#contract/paths.ts';
import { ApiError } from './api-error.ts';
import { readProblem } from './problem.ts';
import { PROBLEM_WORDS } from './problem-words.ts';

export interface ClientOptions {
  /** Origin and prefix before `/api/v1`, without a final slash. @default '' (same origin) */
  baseUrl?: string;
  /** Sent as `Authorization: Bearer`; without it the page's cookie authenticates. */
  token?: string | (() => string | undefined);
  /**
   * Id of the signed-in user. Tabs share answers, and a device stores sessions, for one user only.
   * Without it the token tells users apart, and cookie users have nothing stored.
   */
  user?: string;
  /** Sent with every call. */
  headers?: Record<string, string>;
  /** @default globalThis.fetch */
  fetch?: typeof globalThis.fetch;
}

export interface RequestOptions {
  /** Entries that are undefined or empty are omitted. */
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * @throws {ApiError} any answer but 2xx, or none
 * @throws {DOMException} AbortError, when the signal aborts
 */
export type Request = <T>(method: Method, path: string, options?: RequestOptions) => Promise<T>;

export function createRequest(client: ClientOptions = {}): Request {
  return async <T>(method: Method, path: string, options: RequestOptions = {}) => {
    const send = client.fetch ?? globalThis.fetch;
    const response = await send(apiUrl(client, path, options.query), {
      method,
      headers: headersOf(client, options),
      credentials: 'same-origin',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    }).catch((cause) => {
      throw options.signal?.aborted ? cause : unreachable(cause);
    });
    if (!response.ok) {
      const { detail, ...problem } = await readProblem(response, Date.now(), PROBLEM_WORDS);
      throw new ApiError(detail, problem);
    }
    return await response.json() as T;
  };
}

/** Returns the full URL of a path of the API. */
export function apiUrl(
  { baseUrl = '' }: ClientOptions,
  path: string,
  query: RequestOptions['query'] = {},
): string {
  const given = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]): [string, string] => [key, String(value)]);
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  return `${baseUrl}${API_BASE}${path}${search}`;
}

/** Returns the headers that authenticate a request. */
export function authorization({ token, headers }: ClientOptions): Record<string, string> {
  const value = typeof token === 'function' ? token() : token;
  return { ...headers, ...(value ? { authorization: `Bearer ${value}` } : {}) };
}

function headersOf(client: ClientOptions, options: RequestOptions): Record<string, string> {
  return {
    accept: 'application/json',
    ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...authorization(client),
    ...options.headers,
  };
}

function unreachable(cause: unknown): ApiError {
  const detail = 'The server cannot be reached. Check your connection and try again.';
  return new ApiError(detail, { code: 'network', status: 0, cause });
}
