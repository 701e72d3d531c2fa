/**
 * Takes recordings out of their containers with `mediabunny`, as a stream: packets with the times
 * that the container gives them.
 *
 * @module
 */
import {
  ALL_FORMATS,
  BufferTarget,
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputAudioTrack,
  MovOutputFormat,
  Mp4OutputFormat,
  MPEG_TS,
  OGG,
  Output,
} from 'mediabunny';
import { CodecError } from './wasm-decoder.ts';

/** The container holds a codec that is not decoded here; the message is its name. */
export class UnknownCodecError extends Error {
  override readonly name = 'UnknownCodecError';
}

/** There is no sound in the container. */
export class NoSoundError extends Error {
  override readonly name = 'NoSoundError';
}

export interface Sound extends Disposable {
  /** What the container says, without looking at each packet; null where it says nothing. */
  readonly seconds: number | null;
  /** In order of decoding. */
  packets(): AsyncIterable<EncodedPacket>;
  /** A small file of some of the packets, from 0 s on. */
  pack(packets: readonly EncodedPacket[]): Promise<Uint8Array<ArrayBuffer>>;
}

/** The container's main sound. Throws {@link NoSoundError} or {@link UnknownCodecError}. */
export async function openSound(path: string): Promise<Sound> {
  const input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  try {
    const track = await asCodecError(() => input.getPrimaryAudioTrack());
    if (!track) throw await withoutTrack(input);
    return await soundOf(input, track);
  } catch (error) {
    input.dispose();
    throw error;
  }
}

/** Of Ogg, streams of unknown codecs are left out: FLAC, Speex. */
async function withoutTrack(input: Input): Promise<Error> {
  const tracks = await asCodecError(() => input.getTracks());
  const isOgg = await asCodecError(() => input.getFormat()) === OGG;
  return isOgg && tracks.length === 0
    ? new UnknownCodecError('no known codec')
    : new NoSoundError('No audio track');
}

async function soundOf(input: Input, track: InputAudioTrack): Promise<Sound> {
  const codec = await track.getCodec();
  const config = await asCodecError(() => track.getDecoderConfig());
  if (!codec || !config || !isDecoded(codec)) {
    throw new UnknownCodecError(codec ?? `${await track.getInternalCodecId() ?? 'unknown'}`);
  }
  const seconds = await asCodecError(() => input.getDurationFromMetadata([track]));
  const origin = await asCodecError(() => originOf(input));
  const rawRate = isRaw(codec) ? config.sampleRate : null;
  return {
    seconds: seconds !== null && seconds > origin ? seconds - origin : null,
    async *packets() {
      try {
        for await (const packet of new EncodedPacketSink(track).packets()) {
          yield* piecesOf(packet.clone({ timestamp: packet.timestamp - origin }), rawRate);
        }
      } catch (cause) {
        throw new CodecError(String(cause), { cause });
      }
    },
    async pack(packets) {
      const target = new BufferTarget();
      const format = isRaw(codec) ? MovOutputFormat : Mp4OutputFormat;
      const output = new Output({ target, format: new format({ fastStart: 'in-memory' }) });
      const source = new EncodedAudioPacketSource(codec);
      output.addAudioTrack(source);
      const origin = packets[0]?.timestamp ?? 0;
      const meta = { decoderConfig: config };
      return await asCodecError(async () => {
        await output.start();
        for (const packet of packets) {
          await source.add(packet.clone({ timestamp: packet.timestamp - origin }), meta);
        }
        await output.finalize();
        return new Uint8Array(target.buffer ?? new ArrayBuffer());
      });
    },
    [Symbol.dispose]: () => input.dispose(),
  };
}

/** The clock of a transport stream begins anywhere; all others begin at 0 s. */
async function originOf(input: Input): Promise<number> {
  return await input.getFormat() === MPEG_TS ? await input.getFirstTimestamp() : 0;
}

/** Samples as they are, in packets that may be as long as the file. */
function isRaw(codec: string): boolean {
  return /^(ulaw|alaw|pcm-.*)$/.test(codec);
}

/** Frames of raw sound in one packet. */
const RAW_FRAMES = 4_096;

function* piecesOf(packet: EncodedPacket, rawRate: number | null): Generator<EncodedPacket> {
  const frames = rawRate === null ? 0 : Math.round(packet.duration * rawRate);
  if (rawRate === null || frames <= RAW_FRAMES) return yield packet;
  const frameBytes = Math.max(1, Math.round(packet.data.length / frames));
  for (let frame = 0; frame < frames; frame += RAW_FRAMES) {
    const data = packet.data.subarray(frame * frameBytes, (frame + RAW_FRAMES) * frameBytes);
    yield packet.clone({
      data,
      timestamp: packet.timestamp + frame / rawRate,
      duration: data.length / frameBytes / rawRate,
    });
  }
}

function isDecoded(codec: string): boolean {
  return isRaw(codec) || /^(aac|mp3|opus|vorbis|flac)$/.test(codec);
}

/** A library's complaint about the bytes is the file's fault. */
async function asCodecError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new CodecError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
