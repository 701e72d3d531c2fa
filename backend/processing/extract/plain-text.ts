/**
 * Plain text of any size, streamed in sections. A checkpoint is the byte behind its section.
 *
 * @module
 */
import type { ProcessEvent, ProcessInput, Processor } from '../processor.ts';
import { emptyText } from './failures.ts';
import { sizeOf } from './files.ts';
import { type Cut, SectionCutter } from './sections.ts';
import { cleanText, encodedLength, type Encoding } from './text.ts';
import { findEncoding, readText } from './text-stream.ts';
import { turnTaker } from './walk.ts';

interface Position {
  readonly encoding: Encoding;
  /** Byte to go on from. */
  readonly start: number;
  readonly index: number;
}

export const plainTextProcessor: Processor = {
  id: 'text',
  version: 2,
  step: 'extract',
  mediaTypes: ['text/plain', 'text/vtt', 'text/calendar', 'text/vcard', 'application/xml'],
  process: streamSections,
};

/** Events of a text file; other formats use it for files too large to be understood as a whole. */
export async function* streamSections(
  { path, checkpoint }: Pick<ProcessInput, 'path' | 'checkpoint'>,
  signal: AbortSignal,
): AsyncGenerator<ProcessEvent> {
  signal.throwIfAborted();
  const total = await sizeOf(path);
  yield { type: 'size', total, unit: 'byte' };
  let position = checkpoint as Position | null ?? await findStart(path, signal);
  const turn = turnTaker();
  for await (const { source, separator, text } of cutFile(path, position, signal)) {
    await turn();
    signal.throwIfAborted();
    const start = position.start + encodedLength(source, position.encoding);
    const part = {
      index: position.index,
      kind: 'section',
      label: null,
      text,
      start: null,
      end: null,
      separator,
    } as const;
    position = { ...position, start, index: part.index + 1 };
    const fraction = Math.min(1, start / total);
    yield {
      type: 'parts',
      parts: [part],
      checkpoint: { ...position },
      fraction,
      message: `${Math.floor(fraction * 100)} % read`,
    };
  }
}

/** Throws for a file that is blank, before anything of it is stored. */
async function findStart(path: string, signal: AbortSignal): Promise<Position> {
  const { encoding, start } = await findEncoding(path, signal);
  for await (const text of readText(path, encoding, start, signal)) {
    if (cleanText(text).trim()) return { encoding, start, index: 0 };
  }
  throw emptyText('file');
}

async function* cutFile(
  path: string,
  { encoding, start }: Position,
  signal: AbortSignal,
): AsyncGenerator<Cut> {
  const cutter = new SectionCutter();
  for await (const text of readText(path, encoding, start, signal)) yield* cutter.push(text);
  yield* cutter.end();
}
