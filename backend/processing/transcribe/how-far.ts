/**
 * Progress of a transcription, as a fraction and as a message.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { ProcessEvent } from '../processor.ts';
import type { Pcm } from './pcm.ts';
import { SAMPLE_RATE, WINDOW_SAMPLES } from './segment.ts';

/** Share of decoding in the total; the rest is by position in the recording. */
const DECODING = 0.05;

/** The first start of a window at or behind the end. */
export function endOf(pcm: Pcm): number {
  return Math.ceil(pcm.samples / WINDOW_SAMPLES) * WINDOW_SAMPLES;
}

/** Fraction of the work done, 0–1, once everything before `position` (samples) is transcribed. */
export function fractionAt(position: number, pcm: Pcm): number {
  return DECODING + (1 - DECODING) * Math.min(1, position / endOf(pcm));
}

export function messageAt(position: number, pcm: Pcm): MessageDetails {
  const at = Math.floor(Math.min(position, pcm.samples) / SAMPLE_RATE);
  return message('transcribed', { at, of: Math.floor(pcm.seconds) });
}

/** A stretch in progress: the fraction before and after it, and its message. */
export interface Reach {
  readonly from: number;
  readonly to: number;
  readonly message: MessageDetails;
}

/** Fraction within a stretch: approaches that of its end without reaching it. */
export function soFar({ from, to }: Reach, ticks: number): number {
  return from + (to - from) * ticks / (ticks + 2);
}

/** Progress of decoding, by the fraction of the recording that is decoded. */
export function decodingProgress(decoded: number): ProcessEvent {
  return progress(decoded * DECODING, message('decoding'));
}

export function progress(fraction: number, message: MessageDetails): ProcessEvent {
  return { type: 'progress', fraction, message };
}
