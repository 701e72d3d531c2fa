import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mixer } from '../../../../backend/processing/transcribe/mix.ts';

const RATE = 8_000;

test('Mixer averages channels that do not cancel', () => {
  const left = tone(220, RATE * 2);
  const right = tone(330, RATE * 2);
  const mixed = mix([left, right]);
  expect(mixed).toEqual(left.map((sample, at) => (sample + right[at]!) / 2));
});

test.each([2, 3, 4, 6])('Mixer keeps the loudness of %i channels of opposite phases', (count) => {
  const sound = tone(220, RATE * 3);
  const channels = Array.from({ length: count }, (_, at) => at % 2 ? negated(sound) : sound);
  expect(Math.abs(loudness(mix(channels)) / loudness(sound) - 1)).toBeLessThan(0.01);
});

test('Mixer follows channels whose phase changes, without a jump', () => {
  const sound = tone(220, RATE * 4);
  const right = sound.map((sample, at) => at < RATE * 2 ? sample : -sample);
  const mixed = mix([sound, right]);
  expect(loudness(mixed) / loudness(sound)).toBeGreaterThan(0.98);
  const steps = mixed.slice(1).map((sample, at) => Math.abs(sample - mixed[at]!));
  expect(Math.max(...steps)).toBeLessThan(0.15);
});

test('Mixer gives the same however its input is divided, and keeps the length', () => {
  const piece = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 200 });
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const left = Float32Array.from(pieces.flat());
    const whole = mix([left, negated(left)], 100);
    const mixer = new Mixer(2, 100);
    const parts = pieces.map((part) => Float32Array.from(part));
    const mixed = parts.flatMap((part) => [...mixer.push([part, negated(part)])]);
    expect([...mixed, ...mixer.finish()]).toEqual([...whole]);
    expect(whole).toHaveLength(left.length);
  }));
});

test('Mixer is at least half as loud as the louder of two channels', () => {
  const gain = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(fc.property(gain, gain, (first, second) => {
    const sound = tone(220, RATE);
    const channels = [first, second].map((by) => sound.map((sample) => sample * by));
    const loudest = Math.max(...channels.map(loudness));
    expect(loudness(mix(channels))).toBeGreaterThanOrEqual(0.5 * loudest - 2e-4);
  }));
});

test('Mixer leaves out the low frequencies of surround sound', () => {
  const silence = new Float32Array(RATE);
  const rumble = tone(40, RATE);
  const mixer = new Mixer(6, RATE, true);
  const channels = [silence, silence, silence, rumble, silence, silence];
  expect(loudness(Float32Array.of(...mixer.push(channels), ...mixer.finish()))).toBe(0);
});

function mix(channels: readonly Float32Array[], rate = RATE): Float32Array {
  const mixer = new Mixer(channels.length, rate);
  return Float32Array.of(...mixer.push(channels), ...mixer.finish());
}

function tone(hertz: number, length: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, at) => 0.5 * Math.sin(2 * Math.PI * hertz * at / RATE),
  );
}

const negated = (samples: Float32Array) => samples.map((sample) => -sample);

function loudness(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
}
