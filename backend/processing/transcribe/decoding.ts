/**
 * The common shape of all decoders.
 *
 * @module
 */
import type { PcmChunk } from './pcm.ts';

/** A recording that can be decoded. */
export interface Decoding {
  /** Length by the container, which may be an estimate; null if it declares none. */
  readonly seconds: number | null;
  /** Length for comparison with the decoded sound; null if there is no reliable one. */
  readonly expected: ExpectedLength | null;
  /** Number of sound tracks. */
  readonly tracks: number;
  readonly chunks: AsyncIterable<PcmChunk>;
}

export interface ExpectedLength {
  readonly seconds: number;
  /** Insignificant difference. */
  readonly toleranceSeconds: number;
}

/** Tolerance for whole packets and for encoders that add a little. */
const PACKETS = { seconds: 0.5, share: 0.001 };
/** Tolerance if the length of a container may be that of its pictures. */
const PICTURES_SECONDS = 3;

/** Length of packets in a container; `ofPictures` if it may be that of a video track. */
export function expectedLength(seconds: number | null, ofPictures = false): ExpectedLength | null {
  if (seconds === null || !(seconds > 0)) return null;
  const least = ofPictures ? PICTURES_SECONDS : PACKETS.seconds;
  return { seconds, toleranceSeconds: least + seconds * PACKETS.share };
}

/** The expected length if it differs from `seconds`; otherwise null. */
export function otherThan(expected: ExpectedLength | null, seconds: number): number | null {
  if (!expected) return null;
  const difference = Math.abs(expected.seconds - seconds);
  return difference > expected.toleranceSeconds ? expected.seconds : null;
}

/** Properties that decide on the sound track. */
export interface TrackTraits {
  readonly isDefault: boolean;
  /** True for a commentary, or sound for visually or hearing impaired people. */
  readonly isSpecial: boolean;
}

/** Tracks by preference: the default one first, commentaries last, otherwise in stored order. */
export function byPreference<T extends TrackTraits>(tracks: readonly T[]): T[] {
  const rank = (track: T) => Number(track.isSpecial) * 2 + Number(!track.isDefault);
  return tracks.toSorted((a, b) => rank(a) - rank(b));
}
