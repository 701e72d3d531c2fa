/**
 * Definitions shared by the local and the external recogniser.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { ProcessingError } from '../processor.ts';

/** Stable name of the processor of recordings. */
export const SPEECH = 'speech';

/** A recording without speech. */
export function noSpeech(name: string): ProcessingError {
  return new ProcessingError('empty_text', message('no_speech', { name }));
}
