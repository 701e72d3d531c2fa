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
  IsobmffInputFormat,
  MatroskaInputFormat,
  MovOutputFormat,
  Mp4OutputFormat,
  MPEG_TS,
  OGG,
  Output,
} from 'mediabunny';
import { byPreference, type Decoding, expectedLength } from './decoding.ts';
import { hasBox } from './iso-media.ts';
import { repairedMatroska } from './matroska.ts';
import type { MpegAudio } from './mpeg-frames.ts';
import { CodecError } from './wasm-decoder.ts';

/** The container holds a codec that is not decoded here; the message is its name. */
export class UnknownCodecError extends Error {
  override readonly name = 'UnknownCodecError';
}

/** There is no sound in the container. */
export class NoSoundError extends Error {
  override readonly name = 'NoSoundError';
}

/** The sound of a file that is meant. */
export interface SoundPlace {
  /** Place of the track in the order of {@link byPreference}. */
  readonly track: number;
  /** Of MP3: where it begins. */
  readonly mpeg: MpegAudio | null;
}

export interface Sound extends Disposable, Pick<Decoding, 'seconds' | 'expected' | 'tracks'> {
  /** In order of decoding. */
  packets(): AsyncIterable<EncodedPacket>;
  /** A small file of some of the packets, from 0 s on. */
  pack(packets: readonly EncodedPacket[]): Promise<Uint8Array<ArrayBuffer>>;
}

/** A sound track. Throws {@link NoSoundError} or {@link UnknownCodecError}. */
export async function openSound(path: string, { track: place, mpeg }: SoundPlace): Promise<Sound> {
  const file = await repairedMatroska(path) ?? new FilePathSource(path);
  const source = mpeg && mpeg.start > 0 ? file.slice(mpeg.start) : file;
  const input = new Input({ source, formats: ALL_FORMATS });
  try {
    const tracks = await asCodecError(() => audioTracks(input));
    const track = tracks[place];
    if (!track) throw await withoutTrack(input, path);
    const declaresLength = mpeg?.declaresLength ?? true;
    return { ...await soundOf(input, track, declaresLength), tracks: tracks.length };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

async function audioTracks(input: Input): Promise<InputAudioTrack[]> {
  const tracks = await input.getAudioTracks();
  const known = await Promise.all(tracks.map(async (track) => {
    const traits = await track.getDisposition();
    const isSpecial = traits.commentary || traits.hearingImpaired || traits.visuallyImpaired;
    return { track, isDefault: traits.default, isSpecial };
  }));
  return byPreference(known).map(({ track }) => track);
}

/**
 * Of Ogg and transport streams, tracks of unknown codecs are left out: FLAC, Speex. The others name
 * their tracks in an index. A file that was cut short has none; an empty index names no sound.
 */
async function withoutTrack(input: Input, path: string): Promise<Error> {
  const tracks = await asCodecError(() => input.getTracks());
  if (tracks.length > 0) return new NoSoundError('No audio track');
  const format = await asCodecError(() => input.getFormat());
  if (format === OGG || format === MPEG_TS) return new UnknownCodecError('no known codec');
  if (format instanceof IsobmffInputFormat && await hasBox(path, 'moov')) {
    return new NoSoundError('No track');
  }
  return new CodecError('The container has no index of its tracks');
}

async function soundOf(
  input: Input,
  track: InputAudioTrack,
  declaresLength: boolean,
): Promise<Omit<Sound, 'tracks'>> {
  const codec = await track.getCodec();
  const config = await asCodecError(() => track.getDecoderConfig());
  if (!codec || !config || !isDecoded(codec)) {
    throw new UnknownCodecError(codec ?? `${await track.getInternalCodecId() ?? 'unknown'}`);
  }
  const seconds = await asCodecError(() => input.getDurationFromMetadata([track]));
  const origin = await asCodecError(() => originOf(input));
  const rawRate = isRaw(codec) ? config.sampleRate : null;
  const length = seconds !== null && seconds > origin ? seconds - origin : null;
  const format = await asCodecError(() => input.getFormat());
  const ofPictures = format instanceof MatroskaInputFormat && await input.getPrimaryVideoTrack();
  const expected = expectedLength(declaresLength ? length : null, Boolean(ofPictures));
  return {
    seconds: length,
    expected,
    async *packets() {
      let some = false;
      const shorten = frameDuration(codec, config.sampleRate);
      try {
        for await (const packet of new EncodedPacketSink(track).packets()) {
          some = true;
          const timestamp = packet.timestamp - origin;
          const duration = shorten(packet.duration);
          yield* piecesOf(packet.clone({ timestamp, duration }), rawRate);
        }
      } catch (cause) {
        // A file that was cut short ends within a packet; its length tells.
        if (!(some && expected)) throw new CodecError(String(cause), { cause });
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

/** Samples of a frame of codecs with one length of frames. */
const FRAME_SAMPLES: Readonly<Record<string, number>> = { aac: 1_024, mp3: 1_152 };
/** Others have frames of at most 0.2 s. */
const LONG_SECONDS = 0.3;

/** Durations without the gap that MP4 counts as part of the packet before it. */
function frameDuration(codec: string, sampleRate: number): (seconds: number) => number {
  const frame = FRAME_SAMPLES[codec];
  const longest = frame ? 2.5 * frame / sampleRate : LONG_SECONDS;
  let usual = frame ? frame / sampleRate : 0.02;
  return (seconds) => {
    if (isRaw(codec) || codec === 'flac') return seconds;
    if (seconds > longest) return usual;
    if (seconds > 0) usual = seconds;
    return seconds;
  };
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
