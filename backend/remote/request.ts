/**
 * One HTTP request to an external service; classifies its failures.
 *
 * @module
 */
import { type Message, message } from '#contract/messages/catalogue.ts';
import { RemoteError, type RemoteFailure } from './remote-error.ts';

/** Maximum size of a response, bytes. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Maximum length of a service's error text, characters. */
const MOST_REASON = 300;

export interface RemoteRequest extends Omit<RequestInit, 'signal'> {
  /** Aborts the request and the reading of its response. */
  readonly signal: AbortSignal;
  /** Name of the service, for messages. */
  readonly service: string;
  /** @default fetch */
  readonly fetch?: typeof fetch;
}

/** Messages of `fetch` for a failed connection: the request was not sent. */
const NEVER_SENT = /client error \(Connect\)|tcp connect error|dns error/;

/** A 2xx response whose body was read. */
export interface RemoteAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as received; empty if there was none. */
  readonly text: string;
}

/**
 * Sends the request and reads the response. Redirects are not followed, so that a key never reaches
 * another host. Throws {@link RemoteError}, or the signal's reason after an abort.
 */
export async function request(url: string | URL, options: RemoteRequest): Promise<RemoteAnswer> {
  const { service, fetch: ask = fetch, ...init } = options;
  try {
    const response = await ask(url, { ...init, redirect: 'manual' });
    const text = await readText(response, service);
    if (response.ok) return { status: response.status, headers: response.headers, text };
    throw failureOf(response, text, service);
  } catch (error) {
    if (error instanceof RemoteError) throw error;
    options.signal.throwIfAborted();
    const sent = !NEVER_SENT.test(`${error}`);
    throw new RemoteError('outage', message('service_silent', { service }), { cause: error, sent });
  }
}

/** Parses the JSON of a response. Throws {@link RemoteError} `outage` if it is something else. */
export function jsonOf({ text }: Pick<RemoteAnswer, 'text'>, service: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RemoteError('outage', message('service_unreadable', { service }), { cause });
  }
}

async function readText(response: Response, service: string): Promise<string> {
  if (!response.body) return '';
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.length > MOST_BYTES) {
      throw new RemoteError('refused', message('service_answer_too_large', { service }));
    }
  }
  return text;
}

function failureOf(response: Response, text: string, service: string): RemoteError {
  const { status, headers } = response;
  const answer = { service, status, said: reasonIn(text) };
  const options = { status, retryAfterSeconds: retryAfterOf(headers) };
  const failure = kindOf(status);
  const reasons: Record<RemoteFailure, Message> = {
    outage: message('service_failed', answer),
    busy: message('service_busy', { service }),
    refused: message('service_refused', answer),
    missing: message('service_unaware', answer),
  };
  return new RemoteError(failure, reasons[failure], options);
}

function kindOf(status: number): RemoteFailure {
  if (status === 429) return 'busy';
  if (status === 404 || status === 410) return 'missing';
  return status >= 500 || status === 408 || status < 400 ? 'outage' : 'refused';
}

/** Extracts `error.message`, the usual format of services; null if it is missing. */
export function reasonIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) ?? {};
    const said = typeof error === 'string' ? error : error?.message;
    return typeof said === 'string' && said ? said.slice(0, MOST_REASON) : null;
  } catch {
    return null;
  }
}

/**
 * Parses `Retry-After`, which holds seconds or a date (RFC 9110), or `retry-after-ms`, into
 * seconds. A date is compared with the service's own clock if the response has a `Date`: the clock
 * here may be wrong.
 */
export function retryAfterOf(headers: Headers, now: number = Date.now()): number | null {
  const ms = headers.get('retry-after-ms');
  if (ms !== null && /^\d{1,9}$/.test(ms)) return Number(ms) / 1000;
  const value = headers.get('retry-after')?.trim();
  if (!value) return null;
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Number(value);
  const at = /^[a-z]{3}/i.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(at)) return null;
  const sentAt = Date.parse(headers.get('date') ?? '');
  return Math.max(0, (at - (Number.isNaN(sentAt) ? now : sentAt)) / 1000);
}
