/**
 * Decodes recordings without ffmpeg: demuxed by {@link "./demux.ts"}, decoded stretch by stretch by
 * {@link "./wasm-decoder.ts"}, and placed at the times of the container.
 *
 * @module
 */
import type { EncodedPacket } from 'mediabunny';
import type { Decoding } from './decoding.ts';
import { PcmConverter } from './decode-raw.ts';
import { openSound, type Sound, type SoundPlace } from './demux.ts';
import type { PcmChunk } from './pcm.ts';
import { SAMPLE_RATE } from './segment.ts';
import { CodecError, type Decode, type Decoded, loadDecoder } from './wasm-decoder.ts';

/** Length of sound decoded at a time. */
const STRETCH_SECONDS = 20;
/** Length decoded again before a stretch: frames depend on those before them. */
const LEAD_SECONDS = 0.25;
/** Minimum gap between packets, whose times are rounded. */
const GAP_SECONDS = 0.1;
/** Length of the chunks of silence in a gap. */
const SILENCE_SAMPLES = 60 * SAMPLE_RATE;

/** Packets without a gap, after some that were decoded before. */
interface Stretch {
  readonly lead: readonly EncodedPacket[];
  readonly packets: readonly EncodedPacket[];
  readonly start: number;
  readonly end: number;
  /** True if no stretch follows. */
  readonly isLast: boolean;
}

/** Opens a file. Throws what {@link openSound} throws; the chunks throw {@link CodecError}. */
export async function decodeDemuxed(
  path: string,
  place: SoundPlace,
  signal: AbortSignal,
): Promise<Decoding> {
  const sound = await openSound(path, place);
  const { seconds, expected, tracks } = sound;
  return { seconds, expected, tracks, chunks: chunksOf(sound, signal) };
}

async function* chunksOf(opened: Sound, signal: AbortSignal): AsyncGenerator<PcmChunk> {
  using sound = opened;
  const decode = await loadDecoder();
  const timeline = new Timeline();
  let fraction = 0;
  for await (const stretch of stretchesOf(sound.packets())) {
    // Decoding is synchronous: yields to timers, so that an abort can arrive.
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
  const cut = (next: number, isLast = false): Stretch => ({
    isLast,
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
  if (stretch.length > 0) {
    yield cut(Math.max(end, stretch.at(-1)!.timestamp + Math.max(...last)), true);
  }
}

/** Decodes a stretch. The last packet of a truncated file may be incomplete: then it is omitted. */
async function decodeStretch(
  stretch: Stretch,
  sound: Sound,
  decode: Decode,
): Promise<Decoded> {
  try {
    return await decodePackets(stretch, sound, decode);
  } catch (error) {
    const isCut = error instanceof CodecError && stretch.isLast && stretch.packets.length > 1;
    if (!isCut || !sound.expected) throw error;
    return await decodePackets(
      { ...stretch, packets: stretch.packets.slice(0, -1) },
      sound,
      decode,
    );
  }
}

async function decodePackets(
  { lead, packets, start, end }: Stretch,
  sound: Sound,
  decode: Decode,
): Promise<Decoded> {
  const { channels, sampleRate } = decode(await sound.pack([...lead, ...packets]));
  if (lead.length === 0) return { channels, sampleRate };
  const length = lengthOf(channels);
  const perPacket = length / (lead.length + packets.length);
  // Codecs with frames of one length give the exact length; otherwise the times do.
  const own = Number.isInteger(perPacket)
    ? perPacket * packets.length
    : Math.round((end - start) * sampleRate);
  return { channels: from(channels, Math.max(0, length - own)), sampleRate };
}

const lengthOf = ([first]: readonly Float32Array[]) => first?.length ?? 0;

function from(channels: readonly Float32Array[], start: number): readonly Float32Array[] {
  return start === 0 ? channels : channels.map((samples) => samples.subarray(start));
}

/** Places decoded stretches at their times, with silence in the gaps. */
class Timeline {
  #converter: PcmConverter | null = null;
  #sampleRate = 0;
  #channels = 0;
  /** End of the added sound, seconds. */
  #end = 0;
  #written = 0;

  get begun(): boolean {
    return this.#converter !== null;
  }

  *add(
    start: number,
    { channels, sampleRate }: Decoded,
  ): Generator<Int16Array<ArrayBuffer>> {
    const isFirst = this.#converter === null;
    // Encoders begin with priming samples before 0 s, which are dropped.
    const early = isFirst && start < 0 ? Math.round(-start * sampleRate) : 0;
    const isOther = sampleRate !== this.#sampleRate || channels.length !== this.#channels;
    if (start - this.#end > GAP_SECONDS || isOther) {
      if (!isFirst) yield this.#count(this.finish());
      const surround = channels.length >= 6;
      this.#converter = new PcmConverter({ channels: channels.length, sampleRate, surround });
      this.#sampleRate = sampleRate;
      this.#channels = channels.length;
      yield* this.#silenceUntil(start);
    }
    this.#end += (lengthOf(channels) - early) / sampleRate;
    const converted = this.#converter?.push(from(channels, early));
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
