/**
 * Transcription by a remote service: its interface to the rest of the backend.
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
  /** Sent as bearer; a function is called for each request. @default none */
  readonly key?: string | (() => Promise<string>) | null;
  /** Must support `verbose_json`. @default 'whisper-1' */
  readonly model?: string;
  /** Concurrent segments of one recording. @default 4 */
  readonly parallel?: number;
  /** Timeout of one segment, which is 25 seconds of sound at most. @default 120 */
  readonly attemptSeconds?: number;
  /** Timeout of a recording without progress. @default 86_400 */
  readonly budgetSeconds?: number;
  /** Maximum wait of a job in its worker before it is released. @default 20 */
  readonly patienceSeconds?: number;
  /** Maximum pause before the second attempt; doubles with each. @default 0.5 */
  readonly backoffSeconds?: number;
  /** First pause after an outage of the service. @default 5 */
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

/** Sends nothing yet. `onChange` is called when the service goes down or is back. */
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
