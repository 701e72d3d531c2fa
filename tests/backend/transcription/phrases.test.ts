import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrder } from '../../../backend/transcription/in-order.ts';
import { phrasesOf, placed } from '../../../backend/transcription/phrases.ts';

const json = (value: unknown) => phrasesOf(JSON.stringify(value));

test('phrasesOf() takes the segments, or the text where there are none', () => {
  const segments = [{ start: 0, end: 1.5, text: ' To  be', tokens: [1] }, {
    start: 2,
    end: 3,
    text: ' ',
  }];
  expect(json({ text: 'To be', segments })).toEqual([
    { text: 'To be', times: { start: 0, end: 1.5 } },
  ]);
  expect(json({ text: ' or not\0 ' })).toEqual([{ text: 'or not', times: null }]);
  expect(json({ text: '', segments: [] })).toEqual([]);
});

test.each(['', '<html>', '[]', '{}', '{"text":1}', '{"text":"a","segments":[{"text":"a"}]}'])(
  'phrasesOf() knows that %j is no answer',
  (body) => expect(phrasesOf(body)).toBeNull(),
);

test('placed() keeps every phrase in the sound and behind the one before, whatever the times', () => {
  const time = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const times = fc.option(fc.record({ start: time, end: time }));
  const phrase = fc.record({ text: fc.string(), times });
  fc.assert(fc.property(fc.array(phrase), fc.nat(9_000), fc.nat(30), (phrases, start, seconds) => {
    const end = start + seconds;
    let before = start;
    const parts = placed(phrases, { start, end });
    expect(parts.map(({ text }) => text)).toEqual(phrases.map(({ text }) => text));
    for (const part of parts) {
      expect(part.start).toBeGreaterThanOrEqual(before);
      expect(part.end).toBeGreaterThanOrEqual(part.start);
      expect(part.end).toBeLessThanOrEqual(end);
      before = part.end;
    }
  }));
});

const never = new AbortController().signal;

async function* upTo(count: number) {
  for (let i = 0; i < count; i++) yield await Promise.resolve(i);
}

test('inOrder() tells all, in order, never more than so many at once, whatever they take', async () => {
  const durations = fc.array(fc.nat(6), { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(durations, fc.integer({ min: 1, max: 5 }), async (ms, atOnce) => {
      let atWork = 0;
      let most = 0;
      const work = async (i: number) => {
        most = Math.max(most, ++atWork);
        await new Promise((resolve) => setTimeout(resolve, ms[i]));
        atWork--;
        return 2 * i;
      };
      const told: number[] = [];
      for await (
        const step of inOrder(() => upTo(ms.length), work, { atOnce, tickMs: 2, signal: never })
      ) {
        if (step.type === 'done') told.push(step.item, step.result);
      }
      expect(told).toEqual(ms.flatMap((_, i) => [i, 2 * i]));
      expect(most).toBeLessThanOrEqual(atOnce);
    }),
    { numRuns: 30 },
  );
});

test('inOrder() ends with what fails first in order, after what is before it, and aborts the rest', async () => {
  const aborted: number[] = [];
  const work = async (i: number, signal: AbortSignal) => {
    signal.addEventListener('abort', () => aborted.push(i));
    if (i === 2) throw new Error('Two');
    if (i === 1) await new Promise((resolve) => setTimeout(resolve, 20));
    if (i === 3) await new Promise(() => {});
    return i;
  };
  const told: number[] = [];
  const steps = inOrder(() => upTo(9), work, { atOnce: 4, tickMs: 5, signal: never });
  const reading = (async () => {
    for await (const step of steps) if (step.type === 'done') told.push(step.item);
  })();
  await expect(reading).rejects.toThrow('Two');
  expect(told).toEqual([0, 1]);
  expect(aborted).toContain(3);
});
