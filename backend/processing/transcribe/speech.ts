/**
 * What is the same whoever recognises the words.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import { ProcessingError } from '../processor.ts';

/** Stable name of the processor of recordings. */
export const SPEECH = 'speech';

/** A recording in which nobody says anything. */
export function noSpeech(name: string): ProcessingError {
  return new ProcessingError('empty_text', message('no_speech', { name }));
}
