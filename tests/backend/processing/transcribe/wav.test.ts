import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  readWavFormat,
  toInt16,
  toMono,
  WavCodecError,
  WavError,
  type WavFormat,
  wavHeader,
} from '../../../../backend/processing/transcribe/wav.ts';

test('toMono() gives back what was written, in every width, with and without extensible header', () => {
  const frames = fc.array(fc.float({ min: -1, max: Math.fround(0.99), noNaN: true }), {
    maxLength: 40,
  });
  const shapes = fc.constantFrom(...SHAPES);
  fc.assert(fc.property(frames, shapes, fc.boolean(), (samples, shape, extensible) => {
    const wav = writeWav(samples, { ...shape, extensible });
    const format = read(wav);
    expect(format).toMatchObject({ encoding: shape.encoding, sampleBytes: shape.bytes });
    expect(format.frames).toBe(samples.length);
    const mono = toMono(wav.subarray(format.dataStart), format);
    const step = shape.encoding === 'pcm' ? 2 ** (1 - 8 * shape.bytes) : 0;
    samples.forEach((sample, i) => {
      expect(Math.abs((mono[i] ?? NaN) - sample)).toBeLessThanOrEqual(step + 1e-7);
    });
  }));
});

test('toMono() averages channels', () => {
  const format: WavFormat = {
    ...{ encoding: 'pcm', channels: 2, sampleRate: 16_000, sampleBytes: 2, dataStart: 0 },
    frames: 2,
  };
  const bytes = new Uint8Array(Int16Array.of(100, 300, -400, 400).buffer);
  expect([...toMono(bytes, format)]).toEqual([200 / 2 ** 15, 0]);
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
      const mono = toMono(bytes.subarray(format.dataStart), format);
      expect(mono.length).toBeGreaterThanOrEqual(format.frames);
      expect(mono.every(Number.isFinite)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(WavError);
    }
  }));
});

test('readWavFormat() tells a compressed WAV from a broken one', () => {
  const wav = wavHeader(8_000, 0);
  new DataView(wav.buffer).setUint16(20, 7, true);
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

function read(bytes: Uint8Array): WavFormat {
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
