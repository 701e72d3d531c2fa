/**
 * Checkpoint of a transcription.
 *
 * @module
 */
import type { Checkpoint } from '../processor.ts';
import { WINDOW_SAMPLES } from './segment.ts';

/** Everything before `position` is done and gave the parts before `index`. */
export interface Place {
  /** Samples, a multiple of 512. */
  readonly position: number;
  readonly index: number;
}

/** The beginning if there is no checkpoint. Throws if it is one of another processor. */
export function parseCheckpoint(checkpoint: Checkpoint | null): Place {
  const { position = 0, index = 0 } = checkpoint ?? {};
  if (!isCount(position) || !isCount(index) || position % WINDOW_SAMPLES !== 0) {
    throw new Error(`This is no checkpoint of a transcription: ${JSON.stringify(checkpoint)}`);
  }
  return { position, index };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
