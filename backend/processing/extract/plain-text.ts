/**
 * Plain text of any size, streamed in sections. A checkpoint is the character behind its section.
 *
 * @module
 */
import { message } from '#contract/messages/catalogue.ts';
import type { ProcessEvent, ProcessInput, Processor } from '../processor.ts';
import { emptyText } from './failures.ts';
import { sizeOf } from './files.ts';
import { type Cut, SectionCutter } from './sections.ts';
import { cleanText } from './text.ts';
import { type DecodedText, findBeginning, readText, type TextPlace } from './text-stream.ts';
import { turnTaker } from './walk.ts';

interface Position extends TextPlace {
  readonly index: number;
}

export const plainTextProcessor: Processor = {
  id: 'text',
  version: 3,
  step: 'extract',
  mediaTypes: ['text/plain', 'text/calendar', 'text/vcard', 'application/xml'],
  process: streamSections,
};

/**
 * Events of a text file; also for files of other formats that are too large to be parsed as a
 * whole.
 */
export async function* streamSections(
  { path, checkpoint }: Pick<ProcessInput, 'path' | 'checkpoint'>,
  signal: AbortSignal,
): AsyncGenerator<ProcessEvent> {
  signal.throwIfAborted();
  const total = await sizeOf(path);
  yield { type: 'size', total, unit: 'byte' };
  let position = checkpoint as Position | null ?? await findStart(path, signal);
  let fraction = 0;
  const turn = turnTaker();
  for await (const { source, separator, text, fractionAt } of cutFile(path, position, signal)) {
    await turn();
    signal.throwIfAborted();
    const part = {
      index: position.index,
      kind: 'section',
      label: null,
      text,
      start: null,
      end: null,
      separator,
    } as const;
    position = { ...position, read: position.read + source.length, index: part.index + 1 };
    fraction = Math.max(fraction, fractionAt(position.read));
    yield {
      type: 'parts',
      parts: [part],
      checkpoint: { ...position },
      fraction,
      message: message('share_read', { percent: Math.floor(fraction * 100) }),
    };
  }
}

/** Throws for a blank file, before any of it is stored. */
async function findStart(path: string, signal: AbortSignal): Promise<Position> {
  const beginning = await findBeginning(path, signal);
  for await (const { text } of readText(path, beginning, signal)) {
    if (cleanText(text).trim()) return { ...beginning, index: 0 };
  }
  throw emptyText('file');
}

async function* cutFile(
  path: string,
  from: TextPlace,
  signal: AbortSignal,
): AsyncGenerator<Cut & Pick<DecodedText, 'fractionAt'>> {
  const cutter = new SectionCutter();
  let fractionAt = (_read: number) => 1;
  for await (const decoded of readText(path, from, signal)) {
    fractionAt = decoded.fractionAt;
    for (const cut of cutter.push(decoded.text)) yield { ...cut, fractionAt };
  }
  for (const cut of cutter.end()) yield { ...cut, fractionAt };
}
