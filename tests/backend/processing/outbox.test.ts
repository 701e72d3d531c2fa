import { message, text } from '../../../backend/contract/messages/catalogue.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOutbox } from '../../../backend/processing/outbox.ts';
import type { ProcessedPart } from '../../../backend/processing/processor.ts';
import type { ChildEvent } from '../../../backend/processing/protocol.ts';

const partOf = (index: number, words = `Page ${index}`): ProcessedPart => (
  { index, kind: 'page', label: null, text: words, start: null, end: null }
);
const partsEvent = (index: number, words?: string) =>
  ({
    type: 'parts',
    parts: [partOf(index, words)],
    checkpoint: { index: index + 1 },
    fraction: index / 1_000,
    message: text(`Page ${index}`),
  }) as const;
const progress = (fraction: number): ChildEvent => (
  { type: 'progress', fraction, message: message('starting') }
);

/** Sends what it is told to, one by one. */
function createPipe() {
  const sent: ChildEvent[] = [];
  const waiting: (() => void)[] = [];
  return {
    sent,
    write: (event: ChildEvent) => {
      sent.push(event);
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    async next(): Promise<void> {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

test('createOutbox() sends what came meanwhile as one, with the last checkpoint', async () => {
  const { sent, write, next } = createPipe();
  const send = createOutbox(write);
  for (let index = 0; index < 4; index++) await send(partsEvent(index));
  await send(progress(0.5));
  await send(progress(0.6));
  await send({ type: 'done' });
  expect(sent).toEqual([partsEvent(0)]);
  for (let i = 0; i < 4; i++) await next();
  expect(sent).toEqual([
    partsEvent(0),
    { ...partsEvent(3), parts: [partOf(1), partOf(2), partOf(3)] },
    progress(0.6),
    { type: 'done' },
  ]);
});

test('createOutbox() loses no part, keeps the order, and every checkpoint follows its parts', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('parts', 'progress', 'turn'), { maxLength: 60 }),
      async (steps) => {
        const { sent, write, next } = createPipe();
        const send = createOutbox(write);
        let index = 0;
        for (const step of steps) {
          if (step === 'turn') await next();
          else await send(step === 'parts' ? partsEvent(index++) : progress(index / 1_000));
        }
        for (const _ of steps) await next();
        const stored = sent.flatMap((event) => event.type === 'parts' ? [event] : []);
        const all = stored.flatMap(({ parts }) => parts.map((part) => part.index));
        expect(all).toEqual(Array.from({ length: index }, (_, at) => at));
        for (const { parts, checkpoint } of stored) {
          expect(checkpoint).toEqual({ index: parts.at(-1)!.index + 1 });
        }
        const fractions = sent.flatMap((event) => 'fraction' in event ? [event.fraction] : []);
        expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
      },
    ),
    { numRuns: 40 },
  ));

test('createOutbox() makes whoever has much to say wait', async () => {
  const { write, next } = createPipe();
  const send = createOutbox(write);
  await send(partsEvent(0));
  let isReady = false;
  const sending = send(partsEvent(1, 'x'.repeat(300_000))).then(() => isReady = true);
  await new Promise((resolve) => setTimeout(resolve));
  expect(isReady).toBe(false);
  await next();
  await next();
  await sending;
});

test('createOutbox() tells whoever waits that nothing can be sent', async () => {
  const send = createOutbox(() => Promise.reject(new Error('The pipe is closed')));
  await send(partsEvent(0));
  await expect(send(partsEvent(1, 'x'.repeat(300_000)))).rejects.toThrow('The pipe is closed');
});
