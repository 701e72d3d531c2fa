/**
 * The protocol of the analysis service: submit, then poll the address it gives (Azure AI Content
 * Understanding, api-version 2025-11-01).
 *
 * @module
 */
import type { MessageDetails } from '#contract/messages/shape.ts';
import { message } from '#contract/messages/catalogue.ts';
import * as v from 'valibot';
import { RemoteError } from '../remote/remote-error.ts';
import { jsonOf, type RemoteAnswer, request, retryAfterOf } from '../remote/request.ts';
import type { CallOptions, RemoteService } from '../remote/service.ts';

export interface ClientOptions {
  /** `https://name.services.ai.azure.com`; may have a path. */
  readonly endpoint: string;
  /** Sent as `Ocp-Apim-Subscription-Key`. */
  readonly key?: string | null;
  /** Sent as bearer; a function is called for each request. */
  readonly token?: string | (() => Promise<string>) | null;
  /** @default '2025-11-01' */
  readonly apiVersion?: string;
  readonly service: RemoteService;
  /** @default fetch */
  readonly fetch?: typeof fetch;
}

/** Input of an analysis: addresses, or bytes. */
export type AnalysisInput =
  | { readonly inputs: readonly { readonly url: string }[] }
  | { readonly body: ReadableStream<Uint8Array>; readonly mediaType: string };

/** State of an operation at the service. */
export type OperationState =
  | { readonly status: 'running'; readonly retryAfterSeconds: number | null }
  | { readonly status: 'succeeded'; readonly result: unknown }
  | { readonly status: 'failed'; readonly reason: MessageDetails };

export interface AnalysisClient {
  /** Name of the service, for messages. */
  readonly service: string;
  /**
   * Submits once, without retries: only the caller knows if a retry is safe. `requestId` is an
   * idempotency key. Returns the address to poll. Throws {@link RemoteError}.
   */
  submit(
    analyzer: string,
    input: AnalysisInput,
    requestId: string,
    signal: AbortSignal,
  ): Promise<Submitted>;
  /**
   * Polls an operation once. Throws {@link RemoteError}; `missing`: the service does not know it.
   */
  poll(location: string, options?: CallOptions): Promise<OperationState>;
  /** Address to poll an operation of this id. */
  locationOf(operationId: string): string;
}

export interface Submitted {
  readonly location: string;
  readonly retryAfterSeconds: number | null;
}

/** Timeout of a submit, which may send a large file. */
const SEND_MS = 10 * 60_000;

const Operation = v.object({
  status: v.string(),
  result: v.optional(v.unknown()),
  error: v.nullish(v.object({ message: v.nullish(v.string()), code: v.nullish(v.string()) })),
});

/** Creates a client; sends nothing yet. */
export function createClient(options: ClientOptions): AnalysisClient {
  const { endpoint, service, apiVersion = '2025-11-01' } = options;
  const base = `${endpoint.replace(/\/+$/, '')}/contentunderstanding`;
  const url = (path: string) => `${base}/${path}?api-version=${encodeURIComponent(apiVersion)}`;
  const locationOf = (id: string) => url(`analyzerResults/${encodeURIComponent(id)}`);
  const ask = async (address: string, init: RequestInit, signal: AbortSignal) => {
    const headers = { ...init.headers as Record<string, string>, ...await authOf(options) };
    const asked = { ...init, headers, service: service.name, signal };
    return await request(address, options.fetch ? { ...asked, fetch: options.fetch } : asked);
  };
  return {
    service: service.name,
    locationOf,
    submit(analyzer, input, requestId, signal) {
      const submit = async (attempt: AbortSignal) => {
        const { action, init } = bodyOf(input);
        const headers = {
          ...init.headers,
          'x-ms-client-request-id': requestId,
          'operation-id': requestId,
        };
        const address = url(`analyzers/${encodeURIComponent(analyzer)}:${action}`);
        const answer = await ask(address, { ...init, method: 'POST', headers }, attempt);
        return {
          location: ownLocation(answer, base, locationOf, service.name),
          retryAfterSeconds: retryAfterOf(answer.headers),
        };
      };
      const attemptMs = 'inputs' in input ? {} : { attemptMs: SEND_MS };
      return service.call(submit, { signal, retries: 0, ...attemptMs });
    },
    poll: (location, more) =>
      service.call(
        async (signal) => stateOf(await ask(location, {}, signal), service.name),
        { retries: 0, ...more },
      ),
  };
}

async function authOf({ key, token }: ClientOptions): Promise<Record<string, string>> {
  if (key) return { 'ocp-apim-subscription-key': key };
  const bearer = typeof token === 'function' ? await token() : token;
  return bearer ? { authorization: `Bearer ${bearer}` } : {};
}

function bodyOf(input: AnalysisInput) {
  if ('inputs' in input) {
    const body = JSON.stringify({ inputs: input.inputs });
    return { action: 'analyze', init: { body, headers: { 'content-type': 'application/json' } } };
  }
  const { body, mediaType } = input;
  return { action: 'analyzeBinary', init: { body, headers: { 'content-type': mediaType } } };
}

/**
 * The address to poll. For one at another origin (behind a gateway, for example) the same operation
 * is polled at the configured endpoint: the key is sent to no other origin.
 */
function ownLocation(
  { headers, text }: RemoteAnswer,
  base: string,
  locationOf: (id: string) => string,
  service: string,
): string {
  const given = URL.parse(headers.get('operation-location') ?? '', base);
  if (given && headers.has('operation-location')) {
    if (given.origin === new URL(base).origin) return given.href;
    const id = /\/analyzerResults\/([^/]+)$/.exec(given.pathname)?.[1];
    if (id) return locationOf(decodeURIComponent(id));
  }
  const body = v.safeParse(v.object({ id: v.string() }), jsonOf({ text: text || 'null' }, service));
  if (body.success) return locationOf(body.output.id);
  throw new RemoteError('outage', message('service_without_address', { service }));
}

function stateOf({ headers, text }: RemoteAnswer, service: string): OperationState {
  const parsed = v.safeParse(Operation, jsonOf({ text }, service));
  if (!parsed.success) {
    throw new RemoteError('outage', message('service_unreadable', { service }));
  }
  const { status, result, error } = parsed.output;
  switch (status.toLowerCase()) {
    case 'succeeded':
      return { status: 'succeeded', result: result ?? null };
    case 'failed':
    case 'canceled':
    case 'cancelled':
      return { status: 'failed', reason: failureIn(service, status, error) };
    default:
      return { status: 'running', retryAfterSeconds: retryAfterOf(headers) };
  }
}

function failureIn(
  service: string,
  status: string,
  error: v.InferOutput<typeof Operation>['error'],
): MessageDetails {
  const said = error?.message || error?.code;
  return said
    ? message('service_reported_failure', { service, said })
    : message('service_reported_status', { service, status });
}
