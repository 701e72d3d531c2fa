/**
 * Decodes recordings where there is no ffmpeg: demuxed by {@link "./demux.ts"}, decoded stretch by
 * stretch by {@link "./wasm-decoder.ts"}, and put at the times that the container gives.
 *
 * @module
 */
import type { EncodedPacket } from 'mediabunny';
import type { Decoding } from './decoding.ts';
import { PcmConverter } from './decode-wav.ts';
import { openSound, type Sound } from './demux.ts';
import type { PcmChunk } from './pcm.ts';
import { SAMPLE_RATE } from './segment.ts';
import { CodecError, type Decode, loadDecoder } from './wasm-decoder.ts';

/** Sound decoded at a time. */
const STRETCH_SECONDS = 20;
/** Decoded again before a stretch: frames depend on those before them. */
const LEAD_SECONDS = 0.25;
/** Times of packets are rounded: less than this is no gap. */
const GAP_SECONDS = 0.1;
/** Silence in a gap is written in pieces of this length. */
const SILENCE_SAMPLES = 60 * SAMPLE_RATE;

/** Packets without a gap, behind some that were decoded before. */
interface Stretch {
  readonly lead: readonly EncodedPacket[];
  readonly packets: readonly EncodedPacket[];
  readonly start: number;
  readonly end: number;
}

/** Opens a file. Throws what {@link openSound} throws; the chunks throw {@link CodecError}. */
export async function decodeDemuxed(path: string, signal: AbortSignal): Promise<Decoding> {
  const sound = await openSound(path);
  return { seconds: sound.seconds, chunks: chunksOf(sound, signal) };
}

async function* chunksOf(opened: Sound, signal: AbortSignal): AsyncGenerator<PcmChunk> {
  using sound = opened;
  const decode = await loadDecoder();
  const timeline = new Timeline();
  let fraction = 0;
  for await (const stretch of stretchesOf(sound.packets())) {
    // Decoding is synchronous: timers, and with them an abort, get their turn here.
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    const decoded = await decodeStretch(stretch, sound, decode);
    fraction = Math.max(fraction, Math.min(1, stretch.end / (sound.seconds ?? Infinity)));
    for (const samples of timeline.add(stretch.start, decoded)) yield { samples, fraction };
  }
  if (!timeline.begun) throw new CodecError('The decoder found no sound');
  yield { samples: timeline.finish(), fraction: 1 };
}

async function* stretchesOf(packets: AsyncIterable<EncodedPacket>): AsyncGenerator<Stretch> {
  let lead: EncodedPacket[] = [];
  let stretch: EncodedPacket[] = [];
  let end = 0;
  let missing = 0;
  const cut = (next: number): Stretch => ({
    lead,
    packets: stretch,
    start: stretch[0]?.timestamp ?? 0,
    end: next,
  });
  for await (const packet of packets) {
    const start = stretch[0]?.timestamp ?? packet.timestamp;
    missing = stretch.length > 0 ? Math.max(0, missing + packet.timestamp - end) : 0;
    const isGap = stretch.length > 0 && missing > GAP_SECONDS;
    if (isGap || packet.timestamp - start >= STRETCH_SECONDS) {
      yield cut(isGap ? end : packet.timestamp);
      lead = isGap ? [] : stretch.filter(({ timestamp }) => {
        return timestamp > packet.timestamp - LEAD_SECONDS;
      });
      stretch = [];
      missing = 0;
    }
    stretch.push(packet);
    end = packet.timestamp + packet.duration;
  }
  // The last packet may be declared shorter than what it decodes to.
  const last = stretch.slice(-2).map(({ duration }) => duration);
  if (stretch.length > 0) yield cut(Math.max(end, stretch.at(-1)!.timestamp + Math.max(...last)));
}

async function decodeStretch(
  { lead, packets, start, end }: Stretch,
  sound: Sound,
  decode: Decode,
): Promise<{ samples: Float32Array; sampleRate: number }> {
  const { samples, sampleRate } = decode(await sound.pack([...lead, ...packets]));
  if (lead.length === 0) return { samples, sampleRate };
  const perPacket = samples.length / (lead.length + packets.length);
  // Codecs with frames of one length tell exactly; else it is the times that do.
  const own = Number.isInteger(perPacket)
    ? perPacket * packets.length
    : Math.round((end - start) * sampleRate);
  return { samples: samples.subarray(Math.max(0, samples.length - own)), sampleRate };
}

/** Puts decoded stretches where they belong, with silence in the gaps. */
class Timeline {
  #converter: PcmConverter | null = null;
  #sampleRate = 0;
  /** Where what was added ends, seconds. */
  #end = 0;
  #written = 0;

  get begun(): boolean {
    return this.#converter !== null;
  }

  *add(
    start: number,
    { samples, sampleRate }: { samples: Float32Array; sampleRate: number },
  ): Generator<Int16Array<ArrayBuffer>> {
    const isFirst = this.#converter === null;
    // Encoders begin with samples before 0 s that are not for hearing.
    const early = isFirst && start < 0 ? Math.round(-start * sampleRate) : 0;
    if (start - this.#end > GAP_SECONDS || sampleRate !== this.#sampleRate) {
      if (!isFirst) yield this.#count(this.finish());
      this.#converter = new PcmConverter(sampleRate);
      this.#sampleRate = sampleRate;
      yield* this.#silenceUntil(start);
    }
    this.#end += (samples.length - early) / sampleRate;
    const converted = this.#converter?.push(samples.subarray(early));
    if (converted) yield this.#count(converted);
  }

  finish(): Int16Array<ArrayBuffer> {
    return this.#converter?.finish() ?? new Int16Array();
  }

  *#silenceUntil(start: number): Generator<Int16Array<ArrayBuffer>> {
    const until = Math.round(start * SAMPLE_RATE);
    while (this.#written < until) {
      yield this.#count(new Int16Array(Math.min(SILENCE_SAMPLES, until - this.#written)));
    }
    this.#end = Math.max(this.#end, start);
  }

  #count(samples: Int16Array<ArrayBuffer>): Int16Array<ArrayBuffer> {
    this.#written += samples.length;
    return samples;
  }
}
