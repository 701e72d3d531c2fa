/**
 * Transcription by a remote service, as the rest of the backend uses it.
 *
 * @module
 */
import type { RemoteStatus } from '#contract/remote.ts';
import { createRemoteService, type RemoteService } from '../remote/service.ts';
import { createClient, type TranscriptionClient } from './client.ts';

/** Stable name of the service; the reader of a text is `transcription:<model>`. */
export const TRANSCRIPTION = 'transcription';

export interface TranscriptionOptions {
  /** `https://api.openai.com`: `/v1/audio/transcriptions` is added. */
  readonly endpoint: string;
  /** Sent as bearer; a function is asked anew for each request. @default none */
  readonly key?: string | (() => Promise<string>) | null;
  /** Must be able to answer with `verbose_json`. @default 'whisper-1' */
  readonly model?: string;
  /** Segments of one recording that are sent at once. @default 4 */
  readonly parallel?: number;
  /** One segment, which is 25 seconds of sound at most, may take this long. @default 120 */
  readonly attemptSeconds?: number;
  /** A recording that got no further for this long has failed. @default 86_400 */
  readonly budgetSeconds?: number;
  /** A job waits in its worker for this long before it lets go of it. @default 20 */
  readonly patienceSeconds?: number;
  /** Before the second attempt, at most; doubles with each. @default 0.5 */
  readonly backoffSeconds?: number;
  /** A service that is down is left alone for this long at first. @default 5 */
  readonly breakSeconds?: number;
  /** @default fetch */
  readonly fetch?: typeof fetch;
}

export interface Transcription {
  readonly client: TranscriptionClient;
  readonly service: RemoteService;
  readonly model: string;
  readonly parallel: number;
  readonly patienceMs: number;
  readonly budgetSeconds: number;
}

/** Nothing is asked yet. `onChange` hears when the service goes down or is back. */
export function openTranscription(
  options: TranscriptionOptions,
  onChange: (status: RemoteStatus) => void,
): Transcription {
  const { model = 'whisper-1', attemptSeconds = 120, backoffSeconds = 0.5, breakSeconds = 5 } =
    options;
  const service = createRemoteService({
    name: TRANSCRIPTION,
    attemptMs: attemptSeconds * 1000,
    backoffMs: backoffSeconds * 1000,
    breakMs: breakSeconds * 1000,
    maxBreakMs: Math.max(60, breakSeconds) * 1000,
    onChange,
  });
  return {
    client: createClient({ ...options, model, service }),
    service,
    model,
    parallel: options.parallel ?? 4,
    patienceMs: (options.patienceSeconds ?? 20) * 1000,
    budgetSeconds: options.budgetSeconds ?? 86_400,
  };
}
