import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  DECODED_NAME,
  type DecodeOptions,
  decodeRecording,
} from '../../../../backend/processing/transcribe/decode.ts';
import { findFfmpeg } from '../../../../backend/processing/transcribe/ffmpeg.ts';
import { longestPlausible } from '../../../../backend/processing/transcribe/plausible.ts';
import { wavHeader } from '../../../../backend/processing/transcribe/wav.ts';
import { readReference, readSamples, wavOf } from '../../../support/recordings.ts';
import { mp4OfSound, mp4WithoutSound } from './mp4.ts';

const ffmpeg = await findFfmpeg();
const withoutFfmpeg = { ffmpeg: null };
let folder: string;

beforeEach(async () => {
  folder = await Deno.makeTempDir();
});
afterEach(() => Deno.remove(folder, { recursive: true }));

test('decodeRecording() reads a 16 kHz mono WAV where it is', async () => {
  const { samples, fractions } = await decode(wavOf(await speech()), 'audio/wav');
  expect(samples).toEqual(await speech());
  expect(fractions).toEqual([]);
  expect(await filesOfJob()).toEqual([]);
});

test('decodeRecording() makes 16 kHz mono of any other WAV, and finds it again', async () => {
  const wav = wavOf(await speech());
  new DataView(wav.buffer).setUint32(24, 8_000, true);
  const first = await decode(wav, 'audio/wav');
  expect(first.samples.length).toBe(2 * (await speech()).length);
  expect(first.fractions.at(-1)).toBe(1);
  expect(await filesOfJob()).toEqual([DECODED_NAME]);
  const again = await decode(wav, 'audio/wav');
  expect(again).toEqual({ samples: first.samples, fractions: [] });
});

test('decodeRecording() decodes anew where the decoded file is damaged', async () => {
  await Deno.mkdir(join(folder, 'work'));
  await Deno.writeTextFile(join(folder, 'work', DECODED_NAME), 'half a fi');
  const mp4 = mp4OfSound(await speech(), 16_000);
  const { samples } = await decode(mp4, 'audio/mp4', withoutFfmpeg);
  expect(samples).toEqual(await speech());
});

test('decodeRecording() removes what a killed run left half done', async () => {
  await Deno.mkdir(join(folder, 'work'));
  await Deno.writeTextFile(join(folder, 'work', `${DECODED_NAME}.1234.part`), 'half a fi');
  await decode(mp4OfSound(await speech(), 16_000), 'audio/mp4', withoutFfmpeg);
  expect(await filesOfJob()).toEqual([DECODED_NAME]);
});

test.each([[true], [false]])(
  'decodeRecording() reads an MP4 without ffmpeg, its index first: %s',
  async (indexFirst) => {
    const mp4 = mp4OfSound(await speech(), 16_000, { indexFirst });
    const { samples, fractions } = await decode(mp4, 'audio/mp4', withoutFfmpeg);
    expect(samples).toEqual(await speech());
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  },
);

test('decodeRecording() decodes an MP4 with its index last as it is read', async () => {
  const long = new Float32Array(3_000_000).fill(0.25);
  const { samples, fractions } = await decode(mp4OfSound(long, 16_000), 'video/mp4', withoutFfmpeg);
  expect(samples).toEqual(long);
  expect(fractions.length).toBeGreaterThan(10);
});

test('decodeRecording() reads as much of a lying WAV as there is', async () => {
  const wav = wavOf(await speech());
  new DataView(wav.buffer).setUint32(40, 0x7fffffff, true);
  expect((await decode(wav, 'audio/wav')).samples).toEqual(await speech());
});

test('decodeRecording() takes a WAV that ends with its header for a recording of 0 s', async () => {
  expect((await decode(wavHeader(16_000, 1_000), 'audio/wav')).samples).toHaveLength(0);
});

test.each([
  ['empty_file', 'audio/wav', () => new Uint8Array()],
  ['broken_file', 'audio/wav', () => new TextEncoder().encode('RIFF????WAVEfmt ')],
  ['broken_file', 'audio/aac', noise],
  ['broken_file', 'audio/aiff', noise],
  ['broken_file', 'audio/flac', noise],
  ['broken_file', 'audio/ogg', noise],
  ['broken_file', 'video/webm', noise],
  ['broken_file', 'video/mp4', noise],
  ['no_audio', 'video/mp4', mp4WithoutSound],
  ['unsupported_type', 'audio/x-ms-asf', noise],
  ['unsupported_type', 'video/x-flv', noise],
])('decodeRecording() without ffmpeg ends with %s for bad %s', async (code, mediaType, bytes) => {
  await expect(decode(bytes(), mediaType, withoutFfmpeg)).rejects.toMatchObject({
    name: 'ProcessingError',
    code,
    message: expect.stringContaining('talk.bin'),
  });
  expect(await filesOfJob()).toEqual([]);
});

test('decodeRecording() stops when aborted, and leaves no half file', async () => {
  const long = mp4OfSound(new Float32Array(4_000_000), 16_000, { indexFirst: true });
  const abort = new AbortController();
  const decoding = decode(
    long,
    'video/mp4',
    withoutFfmpeg,
    abort.signal,
    () => abort.abort('stop'),
  );
  await expect(decoding).rejects.toBe('stop');
  expect(await filesOfJob()).toEqual([]);
});

test('decodeRecording() leaves no half file where its reader stops', async () => {
  const path = join(folder, 'upload');
  await Deno.writeFile(path, mp4OfSound(new Float32Array(1_000_000), 16_000));
  const recording = { path, name: 'a.mp4', mediaType: 'video/mp4', workDir: join(folder, 'work') };
  for await (const _ of decodeRecording(recording, new AbortController().signal, withoutFfmpeg)) {
    expect(await filesOfJob()).toEqual([expect.stringContaining('.part')]);
    break;
  }
  expect(await filesOfJob()).toEqual([]);
});

const media = (name: string) =>
  Deno.readFile(new URL(`../../../support/media/${name}`, import.meta.url));

test.each([
  ['speech.m4a', 'audio/mp4'],
  ['speech.mp3', 'audio/mpeg'],
  ['speech.ogg', 'audio/ogg'],
  ['speech.flac', 'audio/flac'],
])('decodeRecording() reads encoded sound without ffmpeg: %s', async (name, mediaType) => {
  const { samples } = await decode(await media(name), mediaType, withoutFfmpeg);
  const expected = await speech();
  expect(Math.abs(samples.length - expected.length)).toBeLessThan(0.15 * 16_000);
  expect(Math.abs(loudness(samples) / loudness(expected) - 1)).toBeLessThan(0.1);
});

test('decodeRecording() reads AMR without ffmpeg', async () => {
  const { samples } = await decode(amrOfSilence(2), 'audio/amr', withoutFfmpeg);
  expect(Math.abs(samples.length - 2 * 16_000)).toBeLessThan(20);
});

test('decodeRecording() reads AIFF without ffmpeg', async () => {
  const expected = await speech();
  const { samples } = await decode(aiffOf(expected), 'audio/aiff', withoutFfmpeg);
  expect(samples.length).toBe(expected.length);
  expect(samples.every((sample, at) => Math.abs(sample - expected[at]!) < 1e-4)).toBe(true);
});

/** AMR-NB at 12.2 kbit/s (RFC 4867, 5.3): frames of 20 ms. */
function amrOfSilence(seconds: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(32);
  frame[0] = 0x3c;
  const frames = Array.from({ length: seconds * 50 }, () => [...frame]).flat();
  return Uint8Array.from([...new TextEncoder().encode('#!AMR\n'), ...frames]);
}

/** AIFF 1.3: 16-bit mono at 16 kHz. */
function aiffOf(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const aiff = new Uint8Array(54 + samples.length * 2);
  const view = new DataView(aiff.buffer);
  const name = (at: number, text: string) => aiff.set(new TextEncoder().encode(text), at);
  name(0, 'FORM....AIFFCOMM');
  view.setUint32(4, aiff.length - 8);
  view.setUint32(16, 18);
  view.setUint16(20, 1);
  view.setUint32(22, samples.length);
  view.setUint16(26, 16);
  // The rate as an 80-bit float.
  view.setUint32(28, 0x400cfa00);
  name(38, 'SSND');
  view.setUint32(42, 8 + samples.length * 2);
  samples.forEach((sample, at) => view.setInt16(54 + at * 2, Math.round(sample * 0x8000)));
  return aiff;
}

test.each([[false], [true]].filter(([has]) => !has || ffmpeg))(
  'decodeRecording() keeps the time at which the sound of a container begins, with ffmpeg: %s',
  async (has) => {
    const options = has ? {} : withoutFfmpeg;
    const { samples } = await decode(await media('late.webm'), 'video/webm', options);
    const begin = 4 * 16_000;
    expect(Math.abs(samples.length - begin - (await speech()).length)).toBeLessThan(800);
    expect(loudness(samples.subarray(0, begin - 800))).toBeLessThan(0.001);
    const ratio = loudness(samples.subarray(begin)) / loudness(await speech());
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
  },
);

test('decodeRecording() refuses a codec by name where ffmpeg is needed for it', async () => {
  const alac = mp4OfSound(await speech(), 16_000, { codec: 'alac' });
  await expect(decode(alac, 'audio/mp4', withoutFfmpeg)).rejects.toMatchObject({
    code: 'unsupported_type',
    message: expect.stringMatching(/where ffmpeg is installed \(alac\)/),
  });
});

const latin = (text: string) => new TextEncoder().encode(text);

/** A WAV whose header declares another codec. */
function wavOfCodec(codec: number): Uint8Array<ArrayBuffer> {
  const wav = wavOf(new Float32Array(8_000));
  new DataView(wav.buffer).setUint16(20, codec, true);
  return wav;
}

/** An AU file with another encoding; 23 is G.721. */
function auOfEncoding(encoding: number): Uint8Array<ArrayBuffer> {
  const au = new Uint8Array(4_000);
  au.set(latin('.snd'));
  [24, 3_976, encoding, 8_000, 1].forEach((value, at) =>
    new DataView(au.buffer).setUint32(4 + 4 * at, value)
  );
  return au;
}

/** AIFF-C with another codec. */
function aiffOfCodec(codec: string): Uint8Array<ArrayBuffer> {
  const aiff = aiffOf(new Float32Array(4_000));
  const common = new Uint8Array([...aiff.subarray(0, 38), ...latin(codec), 0, 0]);
  common.set(latin('AIFC'), 8);
  new DataView(common.buffer).setUint32(16, 24);
  return new Uint8Array([...common, ...aiff.subarray(38)]);
}

/** A Core Audio file with another codec. */
function cafOfCodec(codec: string): Uint8Array<ArrayBuffer> {
  const caf = new Uint8Array(4_000);
  const view = new DataView(caf.buffer);
  caf.set(latin('caff'));
  view.setUint16(4, 1);
  caf.set(latin('desc'), 8);
  view.setUint32(16, 32);
  view.setFloat64(20, 16_000);
  caf.set(latin(codec), 28);
  return caf;
}

test.each([
  ['MP3', 'audio/wav', () => wavOfCodec(0x55)],
  ['IMA ADPCM', 'audio/wav', () => wavOfCodec(0x11)],
  ['WAV codec 999', 'audio/wav', () => wavOfCodec(999)],
  ['AU encoding 23', 'audio/basic', () => auOfEncoding(23)],
  ['QDM2', 'audio/aiff', () => aiffOfCodec('QDM2')],
  ['aac', 'audio/x-caf', () => cafOfCodec('aac ')],
])('decodeRecording() says that %s inside %s needs ffmpeg', async (what, mediaType, bytes) => {
  await expect(decode(bytes(), mediaType, withoutFfmpeg)).rejects.toMatchObject({
    code: 'unsupported_type',
    reason: { code: 'needs_ffmpeg', params: { name: 'talk.bin', what } },
  });
});

test('decodeRecording() takes an MP4 whose index is cut off for a broken file', async () => {
  const mp4 = mp4OfSound(await speech(), 16_000);
  const index = new TextDecoder('latin1').decode(mp4).indexOf('moov') - 4;
  for (const end of [index - 1_000, index, index + 4, index + 60, mp4.length - 10]) {
    await expect(decode(mp4.slice(0, end), 'audio/x-m4a', withoutFfmpeg)).rejects.toMatchObject({
      code: 'broken_file',
    });
  }
});

test('decodeRecording() ends where a container of seconds decodes to minutes', async () => {
  const lying = mp4OfSound(new Float32Array(3_000_000), 16_000, { declaredRate: 160_000 });
  await expect(decode(lying, 'video/mp4', withoutFfmpeg)).rejects.toMatchObject({
    code: 'broken_file',
    message: expect.stringContaining('far more sound than such a file can hold'),
  });
  expect(await filesOfJob()).toEqual([]);
});

/** Stand-ins for ffmpeg and ffprobe: an endless decoder, of a file that is said to be so long. */
async function endlessFfmpeg(seconds: number, decoded: string): Promise<DecodeOptions> {
  const found = { streams: [{ codec_type: 'audio' }], format: { duration: `${seconds}` } };
  const programs = {
    ffprobe: `echo '${JSON.stringify(found)}'`,
    ffmpeg: `head -c ${decoded} /dev/zero`,
  };
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { ffmpeg: { ffmpeg: join(folder, 'ffmpeg'), ffprobe: join(folder, 'ffprobe') } };
}

test.skipIf(Deno.build.os === 'windows')(
  'decodeRecording() ends a decoder that makes hours of noise out of a short file',
  async () => {
    const options = await endlessFfmpeg(18, '4G');
    await expect(decode(noise(), 'audio/x-ms-asf', options)).rejects.toMatchObject({
      code: 'broken_file',
      message: expect.stringContaining('far more sound'),
    });
    expect(await filesOfJob()).toEqual([]);
  },
);

test.skipIf(Deno.build.os === 'windows')(
  'decodeRecording() keeps what there is of a recording that was cut short',
  async () => {
    const options = await endlessFfmpeg(3_600, '640000');
    expect((await decode(noise(), 'audio/x-ms-asf', options)).samples).toHaveLength(160_000);
  },
);

test('longestPlausible() believes a container, but for streams that people append to each other', () => {
  const bytes = 143_000;
  const most = (mediaType: string, declaredSeconds: number | null) =>
    longestPlausible({ bytes, declaredSeconds, mediaType });
  expect(most('audio/x-ms-asf', 18)).toBe(96);
  expect(most('audio/x-ms-asf', null)).toBeLessThan(7_200);
  expect(most('audio/mpeg', 18)).toBeGreaterThan(300);
});

const FFMPEG_FORMATS = [
  ['mp3', 'audio/mpeg', []],
  ['m4a', 'audio/mp4', []],
  ['flac', 'audio/flac', []],
  ['ogg', 'audio/ogg', ['-c:a', 'libvorbis']],
  ['opus', 'audio/ogg', []],
  ['webm', 'video/webm', ['-c:a', 'libopus']],
  ['mp4', 'video/mp4', []],
  ['mkv', 'video/matroska', []],
] as const;

for (const [extension, mediaType, options] of FFMPEG_FORMATS) {
  test.skipIf(!ffmpeg)(
    `decodeRecording() gives the same sound with and without ffmpeg: ${extension} (needs ffmpeg)`,
    async () => {
      const [source, path] = [join(folder, 'in.wav'), join(folder, `out.${extension}`)];
      await Deno.writeFile(source, wavOf(await speech()));
      await runFfmpeg('-i', source, '-ar', '48000', '-ac', '2', ...options, path);
      const bytes = await Deno.readFile(path);
      const { samples: expected } = await decode(bytes, mediaType);
      await Deno.remove(join(folder, 'work'), { recursive: true });
      const { samples } = await decode(bytes, mediaType, withoutFfmpeg);
      expect(Math.abs(samples.length - expected.length)).toBeLessThan(0.1 * 16_000);
      expect(loudness(samples) / loudness(expected)).toBeCloseTo(1, 1);
    },
  );
}

test.skipIf(!ffmpeg)('decodeRecording() with ffmpeg tells why (needs ffmpeg)', async () => {
  await expect(decode(noise(), 'audio/mpeg')).rejects.toMatchObject({ code: 'broken_file' });
  const path = join(folder, 'silent.mp4');
  await runFfmpeg('-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=5', '-t', '1', path);
  await expect(decode(await Deno.readFile(path), 'video/mp4')).rejects.toMatchObject({
    code: 'no_audio',
  });
});

test.skipIf(!ffmpeg)(
  'decodeRecording() follows no playlist to other files (needs ffmpeg)',
  async () => {
    const secret = join(folder, 'secret.wav');
    await Deno.writeFile(secret, wavOf(await speech()));
    const playlists = [
      `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
      `ffconcat version 1.0\nfile 'secret.wav'\n`,
    ];
    for (const playlist of playlists) {
      const bytes = new TextEncoder().encode(playlist);
      await expect(decode(bytes, 'video/mp2t')).rejects.toMatchObject({ code: 'broken_file' });
    }
  },
);

async function decode(
  bytes: Uint8Array,
  mediaType: string,
  options?: DecodeOptions,
  signal: AbortSignal = new AbortController().signal,
  onProgress: () => void = () => {},
): Promise<{ samples: Float32Array; fractions: number[] }> {
  const path = join(folder, 'upload');
  await Deno.writeFile(path, bytes);
  const recording = { path, name: 'talk.bin', mediaType, workDir: join(folder, 'work') };
  const decoding = decodeRecording(recording, signal, options);
  const fractions: number[] = [];
  while (true) {
    const step = await decoding.next();
    if (step.done) {
      using pcm = step.value;
      return { samples: pcm.read(0, pcm.samples), fractions };
    }
    fractions.push(step.value);
    onProgress();
  }
}

async function filesOfJob(): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(join(folder, 'work')), ({ name }) => name);
  } catch {
    return [];
  }
}

async function speech(): Promise<Float32Array> {
  const [, short] = await readReference();
  return await readSamples(short!.path);
}

/** Bytes that mean nothing, the same each time. */
function noise(): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: 50_000 }, () => (state = state * 48_271 % 0x7fffffff) & 255);
}

function loudness(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

async function runFfmpeg(...args: string[]): Promise<void> {
  const command = new Deno.Command(ffmpeg!.ffmpeg, { args: ['-nostdin', '-v', 'error', ...args] });
  const { success, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
