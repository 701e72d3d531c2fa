/**
 * The common shape of all decoders.
 *
 * @module
 */
import type { PcmChunk } from './pcm.ts';

/** A recording that can be decoded. */
export interface Decoding {
  /** Length by the container, which may be an estimate; null where it says nothing. */
  readonly seconds: number | null;
  /** Length that the decoded sound is compared with; null where nothing reliable is said. */
  readonly expected: ExpectedLength | null;
  /** Number of sound tracks. */
  readonly tracks: number;
  readonly chunks: AsyncIterable<PcmChunk>;
}

export interface ExpectedLength {
  readonly seconds: number;
  /** Difference that means nothing. */
  readonly toleranceSeconds: number;
}

/** Packets are whole, encoders add a little. */
const PACKETS = { seconds: 0.5, share: 0.001 };
/** The length of a container may be that of its pictures. */
const PICTURES_SECONDS = 3;

/** Length of packets in a container; `ofPictures` where it may be that of a video track. */
export function expectedLength(seconds: number | null, ofPictures = false): ExpectedLength | null {
  if (seconds === null || !(seconds > 0)) return null;
  const least = ofPictures ? PICTURES_SECONDS : PACKETS.seconds;
  return { seconds, toleranceSeconds: least + seconds * PACKETS.share };
}

/** The expected length where `seconds` is another; else null. */
export function otherThan(expected: ExpectedLength | null, seconds: number): number | null {
  if (!expected) return null;
  const difference = Math.abs(expected.seconds - seconds);
  return difference > expected.toleranceSeconds ? expected.seconds : null;
}

/** Properties by which a sound track is chosen. */
export interface TrackTraits {
  readonly isDefault: boolean;
  /** A commentary, or sound for people who see or hear badly. */
  readonly isSpecial: boolean;
}

/** Tracks by preference: the default one first, commentaries last, else as they are stored. */
export function byPreference<T extends TrackTraits>(tracks: readonly T[]): T[] {
  const rank = (track: T) => Number(track.isSpecial) * 2 + Number(!track.isDefault);
  return tracks.toSorted((a, b) => rank(a) - rank(b));
}
