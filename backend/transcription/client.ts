/**
 * The protocol of the transcription service: one recording in, its words with times out (OpenAI's
 * `POST /v1/audio/transcriptions`, which many servers speak).
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { languageCode } from '#contract/language.ts';
import { RemoteError } from '../remote/remote-error.ts';
import { request } from '../remote/request.ts';
import type { RemoteService } from '../remote/service.ts';
import { type Phrase, phrasesOf } from './phrases.ts';

export interface ClientOptions {
  /** `https://api.openai.com`; may have a path, and end with `/v1`. */
  readonly endpoint: string;
  /** Sent as bearer; a function is called for each request. */
  readonly key?: string | (() => Promise<string>) | null;
  readonly model: string;
  readonly service: RemoteService;
  /** @default fetch */
  readonly fetch?: typeof fetch;
}

export interface TranscriptionRequest {
  /** 16 kHz mono. */
  readonly wav: Uint8Array<ArrayBuffer>;
  /** BCP 47; null lets the service detect it. */
  readonly language: string | null;
  readonly signal: AbortSignal;
  /** Called for every failed attempt. */
  readonly onFailure?: (error: RemoteError) => void;
}

export interface TranscriptionClient {
  /** Phrases, in times from the beginning of the sound. Throws {@link RemoteError}. */
  transcribe(request: TranscriptionRequest): Promise<Phrase[]>;
}

/** Creates a client; sends nothing yet. */
export function createClient(options: ClientOptions): TranscriptionClient {
  const { service, key } = options;
  return {
    transcribe: ({ wav, language, signal, onFailure }) =>
      service.call(async (attempt) => {
        const secret = typeof key === 'function' ? await key() : key ?? null;
        try {
          return await ask(options, { wav, language, secret, signal: attempt });
        } catch (error) {
          const failure = error instanceof RemoteError
            ? withoutSecret(error, service, secret)
            : error;
          if (failure instanceof RemoteError) onFailure?.(failure);
          throw failure;
        }
      }, { signal }),
  };
}

interface Asked extends Pick<TranscriptionRequest, 'wav' | 'language' | 'signal'> {
  readonly secret: string | null;
}

async function ask(
  { endpoint, model, service, fetch }: ClientOptions,
  { wav, language, secret, signal }: Asked,
): Promise<Phrase[]> {
  const answer = await request(addressOf(endpoint), {
    method: 'POST',
    body: formOf(wav, model, language),
    headers: secret ? { authorization: `Bearer ${secret}` } : {},
    service: service.name,
    signal,
    ...(fetch && { fetch }),
  });
  const phrases = phrasesOf(answer.text);
  if (phrases) return phrases;
  const reason = message('service_unreadable', { service: service.name });
  throw new RemoteError('outage', reason, { status: answer.status });
}

function addressOf(endpoint: string): string {
  const base = endpoint.replace(/\/+$/, '').replace(/\/v1$/, '');
  return `${base}/v1/audio/transcriptions`;
}

function formOf(
  wav: Uint8Array<ArrayBuffer>,
  model: string,
  language: string | null,
): FormData {
  const form = new FormData();
  form.append('file', new Blob([wav], { type: 'audio/wav' }), 'segment.wav');
  form.append('model', model);
  form.append('response_format', 'verbose_json');
  form.append('timestamp_granularities[]', 'segment');
  const code = languageCode(language);
  if (code) form.append('language', code);
  return form;
}

/** Services repeat keys that they reject, whole or in part. */
function withoutSecret(error: RemoteError, service: RemoteService, secret: string | null): Error {
  const { failure, reason, status, retryAfterSeconds, sent } = error;
  const reworded = (other: MessageDetails) =>
    new RemoteError(failure, other, { status, retryAfterSeconds, sent });
  if (status === 401 || status === 403) {
    return reworded(message('service_key_refused', { service: service.name, status }));
  }
  const { said } = reason.params;
  return secret && typeof said === 'string' && said.includes(secret)
    ? reworded({ ...reason, params: { ...reason.params, said: said.replaceAll(secret, '***') } })
    : error;
}
