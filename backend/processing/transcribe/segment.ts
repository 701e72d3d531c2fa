/**
 * Decides the cuts of a recording into segments, from one voice-activity flag and one energy per
 * window of 512 samples. Pure, without I/O.
 *
 * Each segment is decided from its own origin alone, so that a run resumed at that origin decides
 * the same: checkpoints store origins.
 *
 * @module
 */

export const SAMPLE_RATE = 16_000;
/** Samples of one window; every origin is a multiple of it. */
export const WINDOW_SAMPLES = 512;

/** Minimum length of speech that ends at the next short pause. */
const LONG_ENOUGH = windows(12);
const SHORT_PAUSE = windows(0.25);
/** Minimum pause that ends a segment of any length. */
const LONG_PAUSE = windows(1.5);
/** Maximum length of speech without a pause; it is cut in its quietest window. */
const TOO_LONG = windows(24);
/** Length of the steps through silence, each a checkpoint. */
const IDLE = windows(30);
/** Sound kept on both sides of the detected speech, in samples. */
const PAD_SAMPLES = 0.2 * SAMPLE_RATE;
const PAD = windows(0.2);
/** The next origin is this much earlier, for a word that the detector has not marked yet. */
const LOOK_BACK = windows(0.25);

function windows(seconds: number): number {
  return Math.ceil(seconds * SAMPLE_RATE / WINDOW_SAMPLES);
}

/** One decision. All positions are samples from the origin of the segmenter. */
export interface Cut {
  /** The sound to recognise, or null for silence. May extend past the end. */
  readonly speech: { readonly start: number; readonly end: number } | null;
  /** Origin of the next segment: a multiple of 512, greater than 0. */
  readonly next: number;
}

/** Finds one cut: {@link push} windows until one is returned, or {@link finish} at the end. */
export class Segmenter {
  readonly #energies: number[] = [];
  #first: number | null = null;
  #last = 0;

  /** Takes the flag and the mean square of the next window. Returns the cut once it is decided. */
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

  /** Ends the recording. */
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
      // No sound is recognised twice: the next segment begins after the padding.
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
