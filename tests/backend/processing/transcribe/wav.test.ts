import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type SoundFormat,
  toChannels,
  toInt16,
  WavCodecError,
  WavError,
} from '../../../../backend/processing/transcribe/samples.ts';
import { readWavFormat, wavHeader } from '../../../../backend/processing/transcribe/wav.ts';

test('toChannels() gives back what was written, in every width, with and without extensible header', () => {
  const frames = fc.array(fc.float({ min: -1, max: Math.fround(0.99), noNaN: true }), {
    maxLength: 40,
  });
  const shapes = fc.constantFrom(...SHAPES);
  fc.assert(fc.property(frames, shapes, fc.boolean(), (samples, shape, extensible) => {
    const wav = writeWav(samples, { ...shape, extensible });
    const format = read(wav);
    expect(format).toMatchObject({ encoding: shape.encoding, sampleBytes: shape.bytes });
    expect(format.frames).toBe(samples.length);
    const mono = toChannels(wav.subarray(format.dataStart), format)[0]!;
    const step = shape.encoding === 'pcm' ? 2 ** (1 - 8 * shape.bytes) : 0;
    samples.forEach((sample, i) => {
      expect(Math.abs((mono[i] ?? NaN) - sample)).toBeLessThanOrEqual(step + 1e-7);
    });
  }));
});

test('toChannels() separates interleaved channels', () => {
  const format = { encoding: 'pcm', channels: 2, sampleRate: 16_000, sampleBytes: 2 } as const;
  const bytes = new Uint8Array(Int16Array.of(100, 300, -400, 400).buffer);
  const [left, right] = toChannels(bytes, format).map((channel) => [...channel]);
  expect(left).toEqual([100 / 2 ** 15, -400 / 2 ** 15]);
  expect(right).toEqual([300 / 2 ** 15, 400 / 2 ** 15]);
});

test('readWavFormat() never believes a length beyond the bytes', () => {
  fc.assert(fc.property(fc.nat(0xffffffff), fc.nat(200), (declared, there) => {
    const wav = new Uint8Array(44 + there);
    wav.set(wavHeader(16_000, 0));
    new DataView(wav.buffer).setUint32(40, declared, true);
    const frames = read(wav).frames;
    expect(frames).toBe(Math.floor((declared === 0 ? there : Math.min(declared, there)) / 2));
  }));
});

test('readWavFormat() passes over chunks of any size before the sound', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), (extra) => {
    const padded = extra.length + extra.length % 2;
    const plain = wavHeader(16_000, 0);
    const wav = new Uint8Array(plain.length + 8 + padded + 4);
    wav.set(plain.subarray(0, 36));
    wav.set(new TextEncoder().encode('LIST'), 36);
    new DataView(wav.buffer).setUint32(40, extra.length, true);
    wav.set(extra, 44);
    wav.set(plain.subarray(36), 44 + padded);
    expect(read(wav)).toMatchObject({ dataStart: 52 + padded, frames: 2 });
  }));
});

test('readWavFormat() answers any bytes with a format or a WavError', () => {
  const header = wavHeader(16_000, 8);
  const damaged = fc.tuple(fc.uint8Array({ maxLength: 30 }), fc.nat(44)).map(([noise, at]) => {
    const wav = new Uint8Array(64);
    wav.set(header);
    wav.set(noise.subarray(0, 64 - at), at);
    return wav;
  });
  fc.assert(fc.property(fc.oneof(damaged, fc.uint8Array()), (bytes) => {
    try {
      const format = read(bytes);
      const mono = toChannels(bytes.subarray(format.dataStart), format)[0]!;
      expect(mono.length).toBeGreaterThanOrEqual(format.frames);
      expect(mono.every(Number.isFinite)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(WavError);
    }
  }));
});

test('readWavFormat() tells a compressed WAV from a broken one', () => {
  const wav = wavHeader(8_000, 0);
  new DataView(wav.buffer).setUint16(20, 2, true);
  expect(() => read(wav)).toThrow(WavCodecError);
});

test('toInt16() clips what is too loud and silences what is no number', () => {
  expect([...toInt16(Float32Array.of(2, -2, NaN, 0.5))]).toEqual([0x7fff, -0x8000, 0, 0x4000]);
});

interface Shape {
  readonly encoding: 'pcm' | 'float';
  readonly bytes: number;
}

const SHAPES: readonly Shape[] = [
  ...[1, 2, 3, 4].map((bytes) => ({ encoding: 'pcm' as const, bytes })),
  ...[4, 8].map((bytes) => ({ encoding: 'float' as const, bytes })),
];

test.each(['RIFF', 'RF64', 'BW64', 'riff'])(
  'readWavFormat() finds the sound behind chunks of any size: %s',
  (kind) => {
    const extra = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 3 });
    fc.assert(fc.property(extra, fc.nat(300), fc.boolean(), (chunks, frames, padded) => {
      const sound = Uint8Array.from({ length: frames * 2 }, (_, at) => at * 37 & 255);
      const wav = containerOf(kind, chunks, sound, padded);
      const format = read(wav);
      expect(format).toMatchObject({ channels: 1, sampleRate: 16_000, sampleBytes: 2, frames });
      expect(format.declaredFrames).toBe(frames || null);
      expect(wav.subarray(format.dataStart, format.dataStart + frames * 2)).toEqual(sound);
    }));
  },
);

test.each(['RIFF', 'RF64', 'riff'])('readWavFormat() says what a cut %s declares', (kind) => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(299), (frames, left) => {
    const whole = containerOf(kind, [], new Uint8Array(frames * 2), true);
    const there = Math.min(left, frames);
    const cut = whole.subarray(0, whole.length - (frames - there) * 2);
    expect(read(cut)).toMatchObject({ frames: there, declaredFrames: frames });
  }));
});

test('readWavFormat() takes all sound where its declared length is too small', () => {
  const wav = new Uint8Array(44 + 100_000).fill(1);
  wav.set(wavHeader(16_000, 1_000));
  expect(read(wav)).toMatchObject({ frames: 50_000, declaredFrames: 1_000 });
  wav.set(new TextEncoder().encode('LIST'), 44 + 2_000);
  new DataView(wav.buffer).setUint32(44 + 2_004, 97_000, true);
  expect(read(wav)).toMatchObject({ frames: 1_000, declaredFrames: 1_000 });
});

test('readWavFormat() finds the sound behind a chunk whose length is wrong', () => {
  const wav = containerOf('RIFF', [new Uint8Array(10)], new Uint8Array(200), true);
  new DataView(wav.buffer).setUint32(40, 0x12345678, true);
  expect(read(wav)).toMatchObject({ frames: 100 });
});

test.each([0, 0x7ffff000, 0xffffffff])(
  'readWavFormat() takes a placeholder for no length: %i',
  (size) => {
    const wav = new Uint8Array(44 + 100);
    wav.set(wavHeader(16_000, 0));
    new DataView(wav.buffer).setUint32(40, size, true);
    expect(read(wav)).toMatchObject({ frames: 50, declaredFrames: null });
  },
);

/** 16-bit mono at 16 kHz with `chunks` between its format and its sound. */
function containerOf(
  kind: string,
  chunks: readonly Uint8Array[],
  sound: Uint8Array,
  padded: boolean,
): Uint8Array<ArrayBuffer> {
  const isLong = kind === 'riff';
  const isShort64 = kind === 'RF64' || kind === 'BW64';
  const fmt = wavHeader(16_000, 0).slice(20, 36);
  const sizes = new Uint8Array(28);
  new DataView(sizes.buffer).setBigUint64(8, BigInt(sound.length), true);
  const parts: (readonly [string, Uint8Array])[] = [
    ...isShort64 ? [['ds64', sizes] as const] : [],
    ['fmt ', fmt],
    ...chunks.map((chunk) => ['LIST', chunk] as const),
    ['data', sound],
  ];
  const guid = Uint8Array.fromHex('f3acd3118cd100c04f8edb8a');
  const bytes: number[] = isLong
    ? [
      ...new TextEncoder().encode('riff'),
      ...Uint8Array.fromHex('2e91cf11a5d628db04c10000'),
      ...new Uint8Array(8),
      ...new TextEncoder().encode('wave'),
      ...guid,
    ]
    : [...new TextEncoder().encode(`${kind}....WAVE`)];
  for (const [id, content] of parts) {
    const header = new Uint8Array(isLong ? 24 : 8);
    header.set(new TextEncoder().encode(id));
    if (isLong) header.set(guid, 4);
    const view = new DataView(header.buffer);
    if (isLong) view.setBigUint64(16, BigInt(content.length + 24), true);
    else view.setUint32(4, id === 'data' && isShort64 ? 0xffffffff : content.length, true);
    bytes.push(...header, ...content);
    const unit = isLong ? 8 : padded ? 2 : 1;
    if (id !== 'data') { while (bytes.length % unit !== 0) bytes.push(0); }
  }
  return Uint8Array.from(bytes);
}

function read(bytes: Uint8Array): SoundFormat {
  return readWavFormat((offset, length) => bytes.subarray(offset, offset + length), bytes.length);
}

function writeWav(
  samples: readonly number[],
  { encoding, bytes, extensible }: Shape & { extensible: boolean },
): Uint8Array {
  const fmtBytes = extensible ? 40 : 16;
  const wav = new Uint8Array(28 + fmtBytes + samples.length * bytes);
  const view = new DataView(wav.buffer);
  const tag = encoding === 'pcm' ? 1 : 3;
  wav.set(new TextEncoder().encode('RIFF....WAVEfmt '));
  view.setUint32(16, fmtBytes, true);
  view.setUint16(20, extensible ? 0xfffe : tag, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 16_000, true);
  view.setUint16(32, bytes, true);
  view.setUint16(34, bytes * 8, true);
  if (extensible) view.setUint16(44, tag, true);
  wav.set(new TextEncoder().encode('data'), 20 + fmtBytes);
  view.setUint32(24 + fmtBytes, samples.length * bytes, true);
  samples.forEach((sample, i) => {
    const at = 28 + fmtBytes + i * bytes;
    const level = Math.floor(sample * 2 ** (8 * bytes - 1));
    if (encoding === 'float') {
      bytes === 4 ? view.setFloat32(at, sample, true) : view.setFloat64(at, sample, true);
    } else if (bytes === 1) view.setUint8(at, level + 128);
    else {for (let b = 0; b < bytes; b++) {
        view.setUint8(at + b, Math.floor(level / 2 ** (8 * b)) & 255);
      }}
  });
  return wav;
}
