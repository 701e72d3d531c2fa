/**
 * Simulated jobs: how far one is at each moment, and what the server says of it.
 *
 * @module
 */
import type { SessionStatusDocument } from '#contract/progress.ts';
import { nextLookMs } from '../backend/progress/next-look.ts';

export interface Scene {
  /** The server's estimate over the time really left. */
  readonly off: number;
  /** Standard deviation of the logarithm of its error, which changes within seconds. */
  readonly noise: number;
  /** Standard deviation of the logarithm of the job's pace, drawn anew twenty times in a job. */
  readonly unevenness: number;
}

export interface Job {
  readonly seconds: number;
  /** In [0, 1); the same numbers for the same seed. */
  readonly random: () => number;
  /** What the server answers so many seconds after the job began. */
  answerAt(seconds: number): SessionStatusDocument;
}

/** The server writes progress this often. */
const TICK_SECONDS = 0.3;
const STRETCHES = 20;
/** The error of a noisy estimate is another one after so long. */
const NOISE_SECONDS = 5;

/** A job of some length in the range, drawn by the seed. */
export function makeJob(
  seed: number,
  [shortest, longest]: readonly [number, number],
  scene: Scene,
): Job {
  const random = seeded(seed);
  const seconds = shortest + (longest - shortest) * random();
  const progressAt = drawProgress(seconds, scene.unevenness, random);
  const errors = drawErrors(seconds, scene.noise, random);
  return {
    seconds,
    random,
    answerAt(now) {
      if (now >= seconds) return documentOf(100, null);
      const tick = Math.floor(now / TICK_SECONDS);
      const left = seconds - tick * TICK_SECONDS;
      const eta = scene.off * left * (errors[tick] ?? 1);
      return documentOf(progressAt(tick * TICK_SECONDS), eta);
    },
  };
}

/** A line of stretches with paces of their own, from 0 at the beginning to 100 at the end. */
function drawProgress(seconds: number, unevenness: number, random: () => number) {
  const paces = Array.from({ length: STRETCHES }, () => Math.exp(unevenness * normal(random)));
  const whole = paces.reduce((sum, pace) => sum + pace);
  return (at: number): number => {
    const stretches = at / seconds * STRETCHES;
    const done = paces.map((pace, n) => pace * Math.min(1, Math.max(0, stretches - n)));
    return 100 * done.reduce((sum, part) => sum + part) / whole;
  };
}

/** Factors of the estimate, one a tick. */
function drawErrors(seconds: number, noise: number, random: () => number): number[] {
  const kept = Math.exp(-TICK_SECONDS / NOISE_SECONDS);
  let deviation = normal(random);
  return Array.from({ length: Math.ceil(seconds / TICK_SECONDS) }, () => {
    deviation = kept * deviation + Math.sqrt(1 - kept ** 2) * normal(random);
    return Math.exp(noise * deviation);
  });
}

/** One file at work, or its end where there is nothing left. */
function documentOf(progress: number, etaSeconds: number | null): SessionStatusDocument {
  const status = etaSeconds === null ? 'completed' : 'processing';
  return {
    session_id: 'simulated',
    status,
    total_files: 1,
    processed_files: 0,
    current_file: null,
    progress,
    message: '',
    last_updated: 0,
    error: null,
    kind: 'files',
    title: null,
    knowledge_id: null,
    phase: 'extract',
    eta_seconds: etaSeconds === null ? null : Math.ceil(etaSeconds),
    queue_position: null,
    attempt: 1,
    priority: 'high',
    failed_files: 0,
    noticed_files: 0,
    created_at: 0,
    started_at: 0,
    finished_at: null,
    stale: false,
    retry_after_ms: nextLookMs({ status, etaSeconds, workSeconds: null }),
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The generator mulberry32: even enough for this, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
