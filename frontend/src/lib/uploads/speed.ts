/**
 * Speed of an upload. Pure: time comes as an argument.
 *
 * @module
 */

export interface Speed {
  /** Time of the last sample, milliseconds. */
  at: number;
  bytes: number;
  /** Smoothed; null until two samples are far enough apart. */
  bytesPerSecond: number | null;
}

/** Minimum milliseconds between samples; closer ones reflect timers rather than the network. */
const SAMPLE_MS = 400;
/** Seconds after which an old sample has lost most of its weight. */
const MEMORY_SECONDS = 3;

export function startSpeed(at: number): Speed {
  return { at, bytes: 0, bytesPerSecond: null };
}

/** Adds a sample: `bytes` sent in total by the time `at`. */
export function sampleSpeed(speed: Speed, bytes: number, at: number): Speed {
  const elapsedMs = at - speed.at;
  if (elapsedMs < SAMPLE_MS) return speed;
  const seconds = elapsedMs / 1_000;
  const measured = Math.max(0, bytes - speed.bytes) / seconds;
  const weight = 1 - Math.exp(-seconds / MEMORY_SECONDS);
  const before = speed.bytesPerSecond ?? measured;
  return { at, bytes, bytesPerSecond: before + weight * (measured - before) };
}

/** Seconds until the rest is sent, or null while unknown. */
export function secondsLeft(speed: Speed, sentBytes: number, size: number): number | null {
  if (speed.bytesPerSecond === null || speed.bytesPerSecond < 1) return null;
  return Math.max(0, size - sentBytes) / speed.bytesPerSecond;
}
