/**
 * Settings of a transcription service.
 *
 * @module
 */
import * as v from 'valibot';
import type { TranscriptionOptions } from '../transcription/transcription.ts';
import { httpUrl, positive, words } from './values.ts';

export const TranscriptionVariables = v.object({
  TRANSCRIPTION_ENDPOINT: httpUrl,
  TRANSCRIPTION_KEY: words,
  TRANSCRIPTION_MODEL: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1)), 'whisper-1'),
  TRANSCRIPTION_PARALLEL: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^([1-9]|[1-5]\d|6[0-4])$/, 'must be a whole number from 1 to 64'),
      v.transform(Number),
    ),
    '4',
  ),
  TRANSCRIPTION_ATTEMPT_SECONDS: positive(120),
  TRANSCRIPTION_BUDGET_SECONDS: positive(86_400),
});
type Given = v.InferOutput<typeof TranscriptionVariables>;

export function conflictsOfTranscription(settings: Given): string[] {
  const { TRANSCRIPTION_KEY, TRANSCRIPTION_ENDPOINT } = settings;
  const needless = TRANSCRIPTION_KEY && !TRANSCRIPTION_ENDPOINT;
  return needless ? ['TRANSCRIPTION_KEY needs TRANSCRIPTION_ENDPOINT'] : [];
}

/** Null if none is set up. */
export function transcriptionOf(settings: Given): TranscriptionOptions | null {
  if (!settings.TRANSCRIPTION_ENDPOINT) return null;
  return {
    endpoint: settings.TRANSCRIPTION_ENDPOINT,
    key: settings.TRANSCRIPTION_KEY ?? null,
    model: settings.TRANSCRIPTION_MODEL,
    parallel: settings.TRANSCRIPTION_PARALLEL,
    attemptSeconds: settings.TRANSCRIPTION_ATTEMPT_SECONDS,
    budgetSeconds: settings.TRANSCRIPTION_BUDGET_SECONDS,
  };
}
