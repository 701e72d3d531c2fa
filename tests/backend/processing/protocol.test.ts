import { text } from '../../../backend/contract/messages/catalogue.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChildEvent, decodeLines, encodeLine } from '../../../backend/processing/protocol.ts';

/** The bytes in chunks of these lengths, over and over. */
function streamOf(
  bytes: Uint8Array<ArrayBuffer>,
  lengths: readonly number[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from((function* () {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const length = lengths[turn % lengths.length]!;
      yield bytes.slice(at, at += length);
    }
  })());
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}

const messageOf = (words: string): ChildEvent => ({
  type: 'progress',
  fraction: 0.5,
  message: text(words),
});

describe('decodeLines()', () => {
  test('gives what encodeLine() was given, however the bytes are cut', async () => {
    const texts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 });
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    await fc.assert(fc.asyncProperty(texts, lengths, async (list, cuts) => {
      const messages = list.map(messageOf);
      const stream = streamOf(joined(messages.map(encodeLine)), cuts);
      expect(await Array.fromAsync(decodeLines(stream))).toEqual(messages);
    }));
  });

  test('drops what libraries print between messages', async () => {
    const bytes = joined([
      new TextEncoder().encode('Warning: font missing\n'),
      encodeLine(messageOf('One')),
      new TextEncoder().encode('\n  done\n'),
      encodeLine(messageOf('Two')),
    ]);
    const found = await Array.fromAsync(decodeLines(streamOf(bytes, [7])));
    expect(found).toEqual([messageOf('One'), messageOf('Two')]);
  });

  test('drops a last line that broke off', async () => {
    const whole = encodeLine(messageOf('One'));
    const bytes = joined([whole, encodeLine(messageOf('Two')).slice(0, 20)]);
    expect(await Array.fromAsync(decodeLines(streamOf(bytes, [64])))).toEqual([messageOf('One')]);
  });
});
