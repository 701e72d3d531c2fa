/**
 * How far a transcription is, as a fraction and as a message.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import type { ProcessEvent } from '../processor.ts';
import type { Pcm } from './pcm.ts';
import { SAMPLE_RATE, WINDOW_SAMPLES } from './segment.ts';

/** Share of the whole that decoding is counted as; the rest is by position in the recording. */
const DECODING = 0.05;

/** The first window's beginning that lies at or behind the end. */
export function endOf(pcm: Pcm): number {
  return Math.ceil(pcm.samples / WINDOW_SAMPLES) * WINDOW_SAMPLES;
}

/** Share of the work done, 0–1, once everything before `position` (samples) is transcribed. */
export function fractionAt(position: number, pcm: Pcm): number {
  return DECODING + (1 - DECODING) * Math.min(1, position / endOf(pcm));
}

export function messageAt(position: number, pcm: Pcm): MessageDetails {
  const at = Math.floor(Math.min(position, pcm.samples) / SAMPLE_RATE);
  return message('transcribed', { at, of: Math.floor(pcm.seconds) });
}

/** A stretch that is being read: the share of the whole before and after it, and what is said. */
export interface Reach {
  readonly from: number;
  readonly to: number;
  readonly message: MessageDetails;
}

/** Comes ever nearer to what is reached once the stretch is read, and never gets there before. */
export function soFar({ from, to }: Reach, ticks: number): number {
  return from + (to - from) * ticks / (ticks + 2);
}

/** Progress while decoding, by the share of the recording that is decoded. */
export function decodingProgress(decoded: number): ProcessEvent {
  return progress(decoded * DECODING, message('decoding'));
}

export function progress(fraction: number, message: MessageDetails): ProcessEvent {
  return { type: 'progress', fraction, message };
}
