/**
 * Changes the sample rate of a stream of sound by a windowed-sinc filter, so that nothing above the
 * new Nyquist frequency folds back into speech.
 *
 * @module
 */
import { joined } from './samples.ts';

/** Zero crossings of the sinc on each side: a transition of about a sixth of the new band. */
const ZERO_CROSSINGS = 32;
/** Middle of the transition as a share of the lower Nyquist frequency, at which it ends. */
const ROLLOFF = 0.92;

/** Feed with {@link push} in pieces of any size, end with {@link finish}. Adds no delay. */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  /** Number of input samples on each side of an output sample that its filter covers. */
  readonly #reach: number;
  readonly #kernels = new Map<number, Float32Array>();
  #held: Float32Array;
  /** Index of the first held sample in the whole input. */
  #heldFrom: number;
  #pushed = 0;
  #next = 0;

  constructor(readonly fromRate: number, readonly toRate: number) {
    if (!(fromRate > 0 && toRate > 0)) {
      throw new RangeError(`Cannot resample between these rates: ${fromRate}, ${toRate}`);
    }
    const divisor = greatestCommonDivisor(fromRate, toRate);
    this.#up = toRate / divisor;
    this.#down = fromRate / divisor;
    this.#reach = Math.ceil(ZERO_CROSSINGS * Math.max(1, fromRate / toRate));
    this.#held = new Float32Array(this.#reach);
    this.#heldFrom = -this.#reach;
  }

  push(input: Float32Array): Float32Array<ArrayBuffer> {
    this.#pushed += input.length;
    return this.#produce(input, Infinity);
  }

  /** Flushes the rest; `pushed × toRate / fromRate` samples come out in all. */
  finish(): Float32Array<ArrayBuffer> {
    const total = Math.floor(this.#pushed * this.#up / this.#down);
    return this.#produce(new Float32Array(this.#reach + 1), total);
  }

  #produce(input: Float32Array, limit: number): Float32Array<ArrayBuffer> {
    const source = joined(this.#held, input);
    const end = this.#heldFrom + source.length;
    const ready = Math.ceil((end - this.#reach) * this.#up / this.#down);
    const output = new Float32Array(Math.max(0, Math.min(ready, limit) - this.#next));
    for (let i = 0; i < output.length; i++, this.#next++) {
      const position = this.#next * this.#down;
      const whole = Math.floor(position / this.#up);
      output[i] = dot(source, whole - this.#reach + 1 - this.#heldFrom, this.#kernel(position));
    }
    const keepFrom = Math.floor(this.#next * this.#down / this.#up) - this.#reach + 1;
    const dropped = Math.max(0, Math.min(source.length, keepFrom - this.#heldFrom));
    this.#held = source.slice(dropped);
    this.#heldFrom += dropped;
    return output;
  }

  #kernel(position: number): Float32Array {
    const phase = position % this.#up;
    let kernel = this.#kernels.get(phase);
    if (!kernel) this.#kernels.set(phase, kernel = this.#design(phase / this.#up));
    return kernel;
  }

  /** Blackman-windowed sinc (74 dB of attenuation) around an output that lies `offset` of a sample after an input sample. */
  #design(offset: number): Float32Array {
    const cutoff = ROLLOFF * Math.min(1, this.toRate / this.fromRate);
    const kernel = new Float32Array(2 * this.#reach);
    let sum = 0;
    for (let i = 0; i < kernel.length; i++) {
      const distance = i - this.#reach + 1 - offset;
      sum += kernel[i] = sinc(distance * cutoff) * blackman(distance / this.#reach);
    }
    return kernel.map((weight) => weight / sum);
  }
}

function dot(source: Float32Array, from: number, kernel: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < kernel.length; i++) sum += (source[from + i] ?? 0) * (kernel[i] ?? 0);
  return sum;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** 1 in the middle (0), 0 at the edges (-1 and 1). */
function blackman(x: number): number {
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
