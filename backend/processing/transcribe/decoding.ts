/**
 * What decoders have in common.
 *
 * @module
 */
import type { PcmChunk } from './pcm.ts';

/** A recording that can be decoded. */
export interface Decoding {
  /** What the container says; null where it says nothing. */
  readonly seconds: number | null;
  readonly chunks: AsyncIterable<PcmChunk>;
}

/** The average of all channels. */
export function mixDown(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array()] = channels;
  if (channels.length === 1) return first;
  return first.map((_, i) => {
    let sum = 0;
    for (const channel of channels) sum += channel[i] ?? 0;
    return sum / channels.length;
  });
}
