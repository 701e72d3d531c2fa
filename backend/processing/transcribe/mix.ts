/**
 * Mixes the channels of a recording to one, the same for all decoders. Channels of opposite phase
 * would cancel in their average: such a channel is inverted first.
 *
 * @module
 */
import { joined } from './samples.ts';

/** Length of the blocks in which phases are compared. */
const BLOCK_SECONDS = 0.5;
/** Length of the fade on an inversion. */
const FADE_SECONDS = 0.01;
/** Correlation below which a channel is inverted; above the second it is restored. */
const OPPOSITE = -0.5;
const ALIKE = -0.1;
/** Mean square below which a channel has no phase: -80 dB. */
const SILENCE = 1e-8;

/** Feed with {@link push} in pieces of any size, end with {@link finish}. Keeps the length. */
export class Mixer {
  readonly #weights: readonly number[];
  readonly #block: number;
  readonly #fade: number;
  /** 1 or -1 for each channel in the previous block; null before the first. */
  #signs: readonly number[] | null = null;
  #held: Float32Array[];

  constructor(channels: number, sampleRate: number, surround = false) {
    this.#weights = weightsOf(channels, surround);
    this.#block = Math.max(1, Math.round(BLOCK_SECONDS * sampleRate));
    this.#fade = Math.max(1, Math.round(FADE_SECONDS * sampleRate));
    this.#held = Array.from({ length: channels }, () => new Float32Array());
  }

  push(channels: readonly Float32Array[]): Float32Array {
    if (this.#weights.length === 1) return channels[0] ?? new Float32Array();
    const all = this.#held.map((held, at) => joined(held, channels[at] ?? new Float32Array()));
    const length = all[0]?.length ?? 0;
    const whole = length - length % this.#block;
    const mixed = new Float32Array(whole);
    for (let at = 0; at < whole; at += this.#block) {
      mixed.set(this.#mix(all.map((channel) => channel.subarray(at, at + this.#block))), at);
    }
    this.#held = all.map((channel) => channel.slice(whole));
    return mixed;
  }

  finish(): Float32Array {
    const rest = this.#held;
    this.#held = rest.map(() => new Float32Array());
    return this.#weights.length === 1 || !rest[0]?.length ? new Float32Array() : this.#mix(rest);
  }

  #mix(channels: readonly Float32Array[]): Float32Array {
    const before = this.#signs;
    const sum = new Float32Array(channels[0]?.length ?? 0);
    this.#signs = channels.map((channel, at) => {
      const weight = this.#weights[at] ?? 0;
      if (weight === 0) return 1;
      const sign = signOf(correlation(sum, channel), before?.[at] ?? 1);
      const from = before?.[at] ?? sign;
      for (let i = 0; i < sum.length; i++) {
        const turned = i < this.#fade ? from + (sign - from) * i / this.#fade : sign;
        sum[i]! += weight * turned * (channel[i] ?? 0);
      }
      return sign;
    });
    return sum;
  }
}

function signOf(correlation: number | null, before: number): number {
  if (correlation === null) return before;
  return correlation < OPPOSITE ? -1 : correlation > ALIKE ? 1 : before;
}

/** -1 to 1; null if one of them is silent. */
function correlation(a: Float32Array, b: Float32Array): number | null {
  let [both, first, second] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    both += x * y;
    first += x * x;
    second += y * y;
  }
  const least = SILENCE * a.length;
  return first < least || second < least ? null : both / Math.sqrt(first * second);
}

/** Front left, right, centre, low frequencies, and the others: as ITU-R BS.775 mixes them. */
const SURROUND = [Math.SQRT1_2, Math.SQRT1_2, 1, 0];

function weightsOf(channels: number, surround: boolean): readonly number[] {
  const isSurround = surround && channels >= 6;
  const weights = Array.from({ length: channels }, (_, at) => isSurround ? SURROUND[at] ?? 0.5 : 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
