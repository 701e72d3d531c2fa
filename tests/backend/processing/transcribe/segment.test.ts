import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cut, Segmenter } from '../../../../backend/processing/transcribe/segment.ts';

const WINDOW = 512;
const PAD = 3_200;

test('Segmenter closes a short segment at a pause of 1.5 s, padded by 0.2 s', () => {
  const cut = decide(silence(1), speech(5), silence(10));
  expect(cut.speech).toEqual({
    start: windows(1) * WINDOW - PAD,
    end: windows(1, 5) * WINDOW + PAD,
  });
  expect(cut.next).toBeGreaterThanOrEqual(cut.speech!.end);
  expect(cut.next).toBeLessThanOrEqual(windows(1, 5, 1.5) * WINDOW);
});

test('Segmenter bridges shorter pauses until the segment is 12 s long', () => {
  const cut = decide(
    speech(5),
    silence(1),
    speech(5),
    silence(0.3),
    speech(3),
    silence(0.3),
    speech(9),
  );
  expect(cut.speech).toEqual({ start: 0, end: windows(5, 1, 5, 0.3, 3) * WINDOW + PAD });
});

test('Segmenter cuts speech without a pause at 24 s, in its quietest window after 12 s', () => {
  const loud = Array.from({ length: windows(24) }, () => ({ isSpeech: true, energy: 1 }));
  loud[100] = { isSpeech: true, energy: 0.01 };
  loud[600] = { isSpeech: true, energy: 0.1 };
  const cut = decide(loud, speech(5));
  expect(cut).toEqual({ speech: { start: 0, end: 601 * WINDOW }, next: 601 * WINDOW });
});

test('Segmenter passes silence in steps of 30 s, going back a little for a word that begins', () => {
  const cut = decide(silence(100));
  expect(cut.speech).toBeNull();
  expect(cut.next).toBe((windows(30) - windows(0.25)) * WINDOW);
});

test('Segmenter finishes with what it has', () => {
  expect(decide(speech(2)).speech).toEqual({ start: 0, end: windows(2) * WINDOW + PAD });
  expect(decide(silence(2))).toEqual({ speech: null, next: windows(2) * WINDOW });
  expect(new Segmenter().finish()).toEqual({ speech: null, next: WINDOW });
});

test('Segmenter loses no speech, hears none twice and always goes on, whatever the flags', () => {
  const run = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 900 }));
  fc.assert(fc.property(fc.array(run, { minLength: 1, maxLength: 30 }), (runs) => {
    const flags = runs.flatMap(([isSpeech, length]) => Array<boolean>(length).fill(isSpeech));
    let heardTo = 0;
    const covered = new Set<number>();
    for (let origin = 0; origin < flags.length;) {
      const cut = decide(flags.slice(origin).map((isSpeech) => ({ isSpeech, energy: 1 })));
      expect(cut.next % WINDOW).toBe(0);
      expect(cut.next).toBeGreaterThan(0);
      if (cut.speech) {
        const [start, end] = [origin * WINDOW + cut.speech.start, origin * WINDOW + cut.speech.end];
        expect(start).toBeGreaterThanOrEqual(heardTo);
        expect(end - start).toBeLessThanOrEqual(24 * 16_000 + WINDOW + 2 * PAD);
        for (let at = Math.ceil(start / WINDOW); at < Math.floor(end / WINDOW); at++) {
          covered.add(at);
        }
        heardTo = end;
      }
      origin += cut.next / WINDOW;
    }
    flags.forEach((isSpeech, at) => isSpeech && expect(covered.has(at), `window ${at}`).toBe(true));
  }));
});

interface Heard {
  readonly isSpeech: boolean;
  readonly energy: number;
}

function decide(...runs: (readonly Heard[])[]): Cut {
  const segmenter = new Segmenter();
  for (const { isSpeech, energy } of runs.flat()) {
    const cut = segmenter.push(isSpeech, energy);
    if (cut) return cut;
  }
  return segmenter.finish();
}

function speech(seconds: number): Heard[] {
  return Array.from({ length: windows(seconds) }, () => ({ isSpeech: true, energy: 1 }));
}

function silence(seconds: number): Heard[] {
  return Array.from({ length: windows(seconds) }, () => ({ isSpeech: false, energy: 0 }));
}

function windows(...seconds: number[]): number {
  return seconds.reduce((sum, each) => sum + Math.ceil(each * 16_000 / WINDOW), 0);
}
