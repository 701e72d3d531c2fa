/**
 * Decodes recordings without a container of times where there is no ffmpeg, as they are read.
 *
 * @module
 */
import { readAt } from '../bytes.ts';
import type { Decoding } from './decoding.ts';
import { PcmConverter } from './decode-raw.ts';
import { UnknownCodecError } from './demux.ts';
import type { StreamedFormat } from './formats.ts';
import type { PcmChunk } from './pcm.ts';
import { CodecError } from './wasm-decoder.ts';

/** Bytes decoded at a time: 40 s of AMR, 0.4 s of sound as on a CD. */
const CHUNK_BYTES = 1 << 16;

interface StreamDecoder {
  decode(bytes: Uint8Array): StreamedSound;
  flush(): StreamedSound;
  free(): void;
}

interface StreamedSound {
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
}

const DECODERS: Readonly<Record<StreamedFormat, () => Promise<StreamDecoder>>> = {
  aiff: async () => (await import('@audio/decode-aiff')).decoder(),
  amr: async () => (await import('@audio/decode-amr')).decoder(),
  caf: async () => (await import('@audio/decode-caf')).decoder(),
};

/** The chunks throw {@link CodecError} or {@link UnknownCodecError}. */
export function decodeStreamed(
  path: string,
  format: StreamedFormat,
  signal: AbortSignal,
): Decoding {
  const chunks = chunksOf(path, format, signal);
  return { seconds: null, expected: null, tracks: 1, chunks };
}

async function* chunksOf(
  path: string,
  format: StreamedFormat,
  signal: AbortSignal,
): AsyncGenerator<PcmChunk> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const decoder = await DECODERS[format]();
  let convert: PcmConverter | null = null;
  try {
    for (let offset = 0; offset < size; offset += CHUNK_BYTES) {
      // Decoding is synchronous: timers, and with them an abort, get their turn here.
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      const bytes = readAt(file, offset, CHUNK_BYTES);
      const { channelData, sampleRate } = attempt(() => decoder.decode(bytes));
      if (!channelData[0]?.length) continue;
      convert ??= new PcmConverter({ channels: channelData.length, sampleRate });
      yield {
        samples: convert.push(channelData),
        fraction: Math.min(1, (offset + bytes.length) / size),
      };
    }
    const { channelData } = attempt(() => decoder.flush());
    if (!convert) throw new CodecError('The decoder found no sound');
    if (channelData[0]?.length) yield { samples: convert.push(channelData), fraction: 1 };
    yield { samples: convert.finish(), fraction: 1 };
  } finally {
    decoder.free();
  }
}

/** Message of the decoders for an unknown codec, with its name. */
const UNKNOWN_CODEC = /unsupported (?:AIFF-C compression: |format )'?([^']+)/i;

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const codec = UNKNOWN_CODEC.exec(said)?.[1];
    throw codec ? new UnknownCodecError(codec.trim(), { cause }) : new CodecError(said, { cause });
  }
}
