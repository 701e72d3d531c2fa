/**
 * Recordings that came out wrong, each as it was uploaded: recognised by its content and decoded
 * without ffmpeg, and with it where there is one. Looked at are samples and their times.
 */
import { expect, test } from 'vitest';
import { detectMediaType } from '../../../../backend/processing/detect.ts';
import { decodeRecording } from '../../../../backend/processing/transcribe/decode.ts';
import { findFfmpeg } from '../../../../backend/processing/transcribe/ffmpeg.ts';
import { lengthNotices } from '../../../../backend/processing/transcribe/length-notice.ts';
import { speechProcessor } from '../../../../backend/processing/transcribe/transcribe.ts';
import { readSamples, wavOf, wordErrors } from '../../../support/recordings.ts';

const SLOW = 300_000;
const RATE = 16_000;
const CASES = new URL('../../../support/cases/', import.meta.url).pathname;
const MEDIA = new URL('../../../support/media/', import.meta.url).pathname;
const ffmpeg = await findFfmpeg();
const TOOLS = [null, ...ffmpeg ? [ffmpeg] : []];

/** Times of the two sentences in the cases, in seconds. */
const FIRST = [0.3, 2.7];
const SECOND = [5.3, 7.8];
const shifted = ([from = 0, to = 0]: readonly number[], by: number) => [from + by, to + by];

interface Heard {
  readonly mediaType: string;
  readonly seconds: number;
  readonly samples: Float32Array;
  readonly notices: unknown;
}

async function hear(path: string, tools: typeof ffmpeg): Promise<Heard> {
  const mediaType = await detectMediaType(path, 'talk');
  const workDir = await Deno.makeTempDir({ prefix: 'headway-case-' });
  try {
    const recording = { path, name: 'talk', mediaType, workDir };
    const { signal } = new AbortController();
    // The second run finds the decoded recording again.
    for (const run of [1, 2]) {
      const decoding = decodeRecording(recording, signal, { ffmpeg: tools });
      let step = await decoding.next();
      while (!step.done) step = await decoding.next();
      using pcm = step.value;
      if (run === 1) continue;
      const samples = pcm.read(0, pcm.samples);
      return { mediaType, seconds: pcm.seconds, samples, notices: lengthNotices(pcm) };
    }
    throw new Error('not reached');
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
}

function loudness(samples: Float32Array, [from = 0, to = 0]: readonly number[]): number {
  const part = samples.subarray(from * RATE, to * RATE);
  return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
}

test.each([
  ['mix-antiphase/au-antiphase.webm', 8.29, [FIRST, SECOND], [[3.3, 4.9]]],
  ['time-gap-mp4/au-gap.mp4', 11.4, [FIRST, shifted(SECOND, 3.1)], [[3.6, 7.9]]],
  [
    'time-offset-webm/au-offset4.webm',
    12.28,
    [shifted(FIRST, 4), shifted(SECOND, 4)],
    [[0, 3.9], [7.3, 8.9]],
  ],
  ['tracks-default-mkv/au-2tracks-default2.mkv', 8.31, [FIRST, SECOND], [[3.4, 4.9]]],
  ['wav-rf64/au-rf64.wav', 8.28, [FIRST, SECOND], [[3.3, 4.9]]],
])('%s is decoded with its sound at its times', async (place, seconds, loud, quiet) => {
  for (const tools of TOOLS) {
    const heard = await hear(`${CASES}${place}`, tools);
    expect(Math.abs(heard.seconds - seconds)).toBeLessThan(0.1);
    for (const span of loud) expect(loudness(heard.samples, span)).toBeGreaterThan(0.03);
    for (const span of quiet) expect(loudness(heard.samples, span)).toBeLessThan(0.012);
    expect(heard.notices).toEqual([]);
  }
});

test('wav-truncated gives a notice of what is missing', async () => {
  const { seconds, notices } = await hear(`${CASES}wav-truncated/au-wav-trunc.wav`, null);
  expect(seconds).toBeCloseTo(4.14, 1);
  expect(notices).toEqual([
    { code: 'recording_shorter', params: { expected_seconds: 8.3, seconds: 4.1 } },
  ]);
});

test('a cut FLAC gives what there is of it, and a notice', async () => {
  const whole = await Deno.readFile(`${MEDIA}speech.flac`);
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, whole.subarray(0, Math.round(whole.length * 0.6)));
  try {
    for (const tools of TOOLS) {
      expect((await hear(path, tools)).notices).toMatchObject([{ code: 'recording_shorter' }]);
    }
  } finally {
    await Deno.remove(path);
  }
});

const late = await Deno.readFile(`${MEDIA}late.webm`);
const webm = [...late];
/** Places in it. */
const CLUSTER = 439;
const CLUSTER_END = 7_240;

/** As a browser records it: the size of the segment is unknown. */
const liveWebm = () => webm.toSpliced(40, 8, 0x01, ...new Array<number>(7).fill(0xff));

const upTo = (bytes: readonly number[], share: number) =>
  bytes.slice(0, Math.round(bytes.length * share));
const OTHER_BYTES = Array.from({ length: 5_000 }, (_, at) => at % 2 ? 0x55 : 0xff);

test.each([
  ['half of it', () => upTo(webm, 0.5), 3.5],
  ['eight tenths of it', () => upTo(webm, 0.8), 5.5],
  ['half of a live recording', () => upTo(liveWebm(), 0.5), 3.5],
  [
    'other bytes before its sound',
    () => [...liveWebm().toSpliced(CLUSTER, 0, ...OTHER_BYTES)],
    6.9,
  ],
  [
    'other bytes behind its sound',
    () => [...liveWebm().slice(0, CLUSTER_END), ...OTHER_BYTES],
    6.9,
  ],
  [
    'a cluster whose size is wrong',
    () => webm.toSpliced(CLUSTER + 4, 2, 0x7f, 0xf0),
    6.9,
  ],
])('a WebM with %s is read without ffmpeg as far as it goes', async (what, bytes, seconds) => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, Uint8Array.from(bytes()));
    const heard = await hear(path, null);
    expect(heard.seconds).toBeGreaterThan(seconds);
    expect(heard.notices).toEqual(
      /half|tenths/.test(what) ? [expect.objectContaining({ code: 'recording_shorter' })] : [],
    );
  } finally {
    await Deno.remove(path);
  }
});

test('an MP3 behind tags, zeros and other padding is the same recording', async () => {
  const mp3 = await Deno.readFile(`${MEDIA}speech.mp3`);
  const path = await Deno.makeTempFile();
  const tag = [0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 1, 0, ...new Uint8Array(128)];
  const paddings = [new Uint8Array(20_000), tag, [...tag, ...new Uint8Array(9_000)]];
  try {
    await Deno.writeFile(path, mp3);
    const expected = await hear(path, null);
    for (const padding of paddings) {
      await Deno.writeFile(path, Uint8Array.from([...padding, ...mp3]));
      for (const tools of TOOLS) {
        const heard = await hear(path, tools);
        expect(heard.mediaType).toBe('audio/mpeg');
        expect(Math.abs(heard.seconds - expected.seconds)).toBeLessThan(0.2);
        expect(heard.notices).toEqual([]);
      }
    }
  } finally {
    await Deno.remove(path);
  }
});

/** Header of an AU file (Sun): big-endian. */
function auOf(encoding: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const au = new Uint8Array(24 + bytes.length);
  au.set(new TextEncoder().encode('.snd'));
  [24, bytes.length, encoding, RATE, 1].forEach((value, at) =>
    new DataView(au.buffer).setUint32(4 + at * 4, value)
  );
  au.set(bytes, 24);
  return au;
}

test('AU is read without ffmpeg: integers and floats', async () => {
  const samples = await readSamples(`${MEDIA}austen-0880.wav`);
  const floats = new Uint8Array(samples.length * 4);
  samples.forEach((sample, at) => new DataView(floats.buffer).setFloat32(at * 4, sample));
  const integers = new Uint8Array(samples.length * 2);
  samples.forEach((sample, at) => new DataView(integers.buffer).setInt16(at * 2, sample * 0x8000));
  const path = await Deno.makeTempFile();
  try {
    for (const au of [auOf(3, integers), auOf(6, floats)]) {
      await Deno.writeFile(path, au);
      const heard = await hear(path, null);
      expect(heard.mediaType).toBe('audio/basic');
      expect(heard.samples).toEqual(samples);
    }
    await Deno.writeFile(path, auOf(3, integers).subarray(0, 24 + integers.length / 2));
    expect((await hear(path, null)).notices).toMatchObject([{ code: 'recording_shorter' }]);
  } finally {
    await Deno.remove(path);
  }
});

test(
  'speechProcessor reads a WAV whose channels are of opposite phase, and says that it is cut',
  async () => {
    const mono = await readSamples(`${MEDIA}austen-0880.wav`);
    const stereo = Float32Array.from({ length: mono.length * 2 }, (_, at) => {
      return (at % 2 ? -1 : 1) * mono[at >> 1]!;
    });
    const wav = wavOf(stereo);
    const header = new DataView(wav.buffer);
    header.setUint16(22, 2, true);
    header.setUint16(32, 4, true);
    header.setUint32(40, stereo.length * 2 + RATE * 4 * 5, true);
    const workDir = await Deno.makeTempDir({ prefix: 'headway-case-' });
    const path = `${workDir}/talk.wav`;
    await Deno.writeFile(path, wav);
    const input = { path, name: 'talk.wav', mediaType: 'audio/wav', checkpoint: null };
    const models = { workDir: `${workDir}/work`, modelDir: `${workDir}/models` };
    const table = await Deno.readTextFile(`${MEDIA}README.md`);
    const said = /^\| austen-0880\.wav \| (.+?) \|$/m.exec(table)?.[1] ?? '';
    const events = speechProcessor.process({ ...input, ...models }, new AbortController().signal);
    const all = await Array.fromAsync(events);
    const parts = all.flatMap((event) => event.type === 'parts' ? event.parts : []);
    const notices = all.flatMap((event) => event.type === 'parts' ? event.notices ?? [] : []);
    await Deno.remove(workDir, { recursive: true });
    expect(wordErrors(said, parts.map(({ text }) => text).join(' '))).toBeLessThanOrEqual(1);
    expect(notices).toMatchObject([{ code: 'recording_shorter' }]);
  },
  SLOW,
);
