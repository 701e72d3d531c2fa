import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Resampler } from '../../../../backend/processing/transcribe/resample.ts';

test('Resampler keeps a tone of the voice band, at every usual rate', () => {
  for (const rate of [8_000, 11_025, 22_050, 44_100, 48_000, 96_000]) {
    const heard = resample(tone(1_000, rate, 1), rate).slice(4_000, 12_000);
    const expected = tone(1_000, 16_000, 1).slice(4_000, 12_000);
    const worst = Math.max(...heard.map((sample, i) => Math.abs(sample - (expected[i] ?? 0))));
    expect(worst, `${rate} Hz`).toBeLessThan(0.002);
  }
});

test('Resampler removes what would fold back', () => {
  for (const frequency of [8_200, 9_000, 12_000, 15_000, 20_000]) {
    const heard = resample(tone(frequency, 48_000, 0.5), 48_000).slice(1_000, 7_000);
    expect(Math.max(...heard.map(Math.abs)), `${frequency} Hz`).toBeLessThan(0.001);
  }
});

test('Resampler gives the same whatever the pieces are', () => {
  const input = tone(440, 44_100, 0.05);
  const whole = resample(input, 44_100);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 20 }), (sizes) => {
      const resampler = new Resampler(44_100, 16_000);
      const out: number[] = [];
      let at = 0;
      for (const size of [...sizes, input.length]) {
        out.push(...resampler.push(input.subarray(at, at + size)));
        at += size;
      }
      out.push(...resampler.finish());
      expect(out).toEqual([...whole]);
    }),
    { numRuns: 20 },
  );
});

test('Resampler gives as many samples as the duration asks for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 4_000, max: 50_000 }), fc.nat(3_000), (rate, length) => {
      const output = resample(new Float32Array(length), rate);
      expect(output.length).toBe(Math.floor(length * 16_000 / rate));
    }),
    { numRuns: 30 },
  );
});

test('Resampler refuses impossible rates', () => {
  expect(() => new Resampler(0, 16_000)).toThrow(RangeError);
});

function resample(input: Float32Array, rate: number): Float32Array {
  const resampler = new Resampler(rate, 16_000);
  const [pushed, rest] = [resampler.push(input), resampler.finish()];
  const output = new Float32Array(pushed.length + rest.length);
  output.set(pushed);
  output.set(rest, pushed.length);
  return output;
}

function tone(frequency: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: Math.round(rate * seconds) },
    (_, i) => Math.sin(2 * Math.PI * frequency * i / rate),
  );
}
