/**
 * Decides where a recording is cut into segments, from one voice-activity flag and one energy per
 * window of 512 samples. Pure: it hears nothing and reads nothing.
 *
 * Each segment is decided from its own origin alone, so that a run resumed at that origin decides
 * the same: origins are what checkpoints hold.
 *
 * @module
 */

export const SAMPLE_RATE = 16_000;
/** Samples of one window; every origin is a multiple of it. */
export const WINDOW_SAMPLES = 512;

/** Speech of at least this length ends at the next short pause. */
const LONG_ENOUGH = windows(12);
const SHORT_PAUSE = windows(0.25);
/** A pause of this length ends a segment of any length. */
const LONG_PAUSE = windows(1.5);
/** Speech without a pause is cut at this length, in its quietest window. */
const TOO_LONG = windows(24);
/** Silence is passed in steps of this length, each a checkpoint. */
const IDLE = windows(30);
/** Sound kept on both sides of what the detector marked, in samples. */
const PAD_SAMPLES = 0.2 * SAMPLE_RATE;
const PAD = windows(0.2);
/** The next origin goes back this far, for a word that the detector has not marked yet. */
const LOOK_BACK = windows(0.25);

function windows(seconds: number): number {
  return Math.ceil(seconds * SAMPLE_RATE / WINDOW_SAMPLES);
}

/** What was decided. All positions are samples from the origin that the segmenter began at. */
export interface Cut {
  /** The sound to recognise, or null where there was only silence. May reach past the end. */
  readonly speech: { readonly start: number; readonly end: number } | null;
  /** Origin of what follows: a multiple of 512, greater than 0. */
  readonly next: number;
}

/** Finds one cut: {@link push} windows until it answers, or {@link finish} at the end. */
export class Segmenter {
  readonly #energies: number[] = [];
  #first: number | null = null;
  #last = 0;

  /** The flag and the mean square of the next window. Answers once the cut is decided. */
  push(isSpeech: boolean, energy: number): Cut | null {
    const now = this.#energies.push(energy) - 1;
    if (isSpeech) {
      this.#first ??= now;
      this.#last = now;
    }
    if (this.#first === null) return now + 1 >= IDLE ? this.#silence(now + 1 - LOOK_BACK) : null;
    if (this.#isPause(now, this.#first)) return this.#close(this.#first, now + 1 - LOOK_BACK);
    if (now - this.#first + 1 >= TOO_LONG) return this.#split(this.#first);
    return null;
  }

  /** The recording ended. */
  finish(): Cut {
    const end = Math.max(1, this.#energies.length);
    return this.#first === null ? this.#silence(end) : this.#close(this.#first, end);
  }

  #isPause(now: number, first: number): boolean {
    const pause = now - this.#last;
    return pause >= LONG_PAUSE || (pause >= SHORT_PAUSE && this.#last - first + 1 >= LONG_ENOUGH);
  }

  #silence(next: number): Cut {
    return { speech: null, next: next * WINDOW_SAMPLES };
  }

  #close(first: number, next: number): Cut {
    const end = this.#last + 1;
    return {
      speech: { start: padded(first), end: end * WINDOW_SAMPLES + PAD_SAMPLES },
      // No sound is heard twice: what follows begins after the padding.
      next: Math.max(next, end + PAD) * WINDOW_SAMPLES,
    };
  }

  #split(first: number): Cut {
    let quietest = first + LONG_ENOUGH;
    for (let i = quietest; i < this.#energies.length; i++) {
      if ((this.#energies[i] ?? 0) < (this.#energies[quietest] ?? 0)) quietest = i;
    }
    const end = (quietest + 1) * WINDOW_SAMPLES;
    return { speech: { start: padded(first), end }, next: end };
  }
}

function padded(first: number): number {
  return Math.max(0, first * WINDOW_SAMPLES - PAD_SAMPLES);
}

/** Mean square of samples in [-1, 1]. */
export function energyOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : sum / samples.length;
}
