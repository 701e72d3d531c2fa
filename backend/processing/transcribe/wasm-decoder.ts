/**
 * FFmpeg's decoders in WebAssembly, from the npm package `audio-file-decoder`.
 *
 * Tried instead: packages under the GPL (`audio-decode`, builds with FAAD2), which an MIT product
 * must not include; `@libav.js` (no AAC); `@napi-rs/webcodecs` (hangs on some files); the decoders
 * of `wasm-audio-decoders` (no AAC).
 *
 * @module
 */
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { SAMPLE_RATE } from './segment.ts';
import { wavHeader } from './wav.ts';

/** The decoder could not decode the bytes. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

export interface Decoded {
  /** Samples of each channel. */
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

/** Decodes a small file whole (AAC, MP3, Opus, Vorbis, FLAC, PCM). Throws {@link CodecError}. */
export type Decode = (file: Uint8Array<ArrayBuffer>) => Decoded;

let loading: Promise<Decode> | null = null;

/** The decoder, loaded once per process. */
export function loadDecoder(): Promise<Decode> {
  return loading ??= load();
}

async function load(): Promise<Decode> {
  const { AudioDecoder, getAudioDecoder } = await import('audio-file-decoder');
  const folder = dirname(findPackageJSON('audio-file-decoder', import.meta.url) ?? '');
  const code = await Deno.readFile(join(folder, 'decode-audio.wasm'));
  const program = `data:application/wasm;base64,${code.toBase64()}`;
  const first = await asBrowser(() => getAudioDecoder(program, silence().buffer));
  // The package starts the program anew for each file; it is reused here.
  const started: unknown = Reflect.get(first, '_module');
  first.dispose();
  return (file) => {
    try {
      const decoder = new AudioDecoder(started, file.buffer);
      try {
        const { sampleRate, channelCount } = decoder;
        const samples = decoder.decodeAudioData(0, -1, { multiChannel: true });
        return { channels: channelsOf(samples, channelCount), sampleRate };
      } finally {
        decoder.dispose();
      }
    } catch (cause) {
      throw new CodecError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  };
}

function channelsOf(interleaved: Float32Array, count: number): Float32Array[] {
  if (count <= 1) return [interleaved];
  const frames = Math.floor(interleaved.length / count);
  return Array.from({ length: count }, (_, channel) => {
    const samples = new Float32Array(frames);
    for (let i = 0; i < frames; i++) samples[i] = interleaved[i * count + channel] ?? 0;
    return samples;
  });
}

/** A file for the first start. */
function silence(): Uint8Array<ArrayBuffer> {
  const wav = new Uint8Array(44 + 2 * 16);
  wav.set(wavHeader(SAMPLE_RATE, 16));
  return wav;
}

/**
 * Loads the package as in a browser: it supports CommonJS in Node and browsers, and Deno passes for
 * the latter meanwhile. Suppresses its log output about damaged bytes.
 */
async function asBrowser<T>(start: () => Promise<T>): Promise<T> {
  const { versions } = process;
  const { warn } = console;
  Object.defineProperty(process, 'versions', { value: {}, configurable: true });
  console.warn = () => {};
  try {
    return await start();
  } finally {
    Object.defineProperty(process, 'versions', { value: versions, configurable: true });
    console.warn = warn;
  }
}
