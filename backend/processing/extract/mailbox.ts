/**
 * Positions of the messages in a mailbox (mbox, RFC 4155): each begins with a line `From …` behind
 * a blank one.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { readBytes } from './files.ts';

const CHUNK_BYTES = 1024 * 1024;
const POSTMARK = Buffer.from('\nFrom ');
/** Number of bytes before a postmark that show if the line above is blank. */
const LOOKBEHIND = 8;

export interface MessagePlace {
  readonly offset: number;
  readonly length: number;
}

export async function messagesIn(
  file: Deno.FsFile,
  signal: AbortSignal,
): Promise<MessagePlace[]> {
  const { size } = await file.stat();
  const starts = [0];
  for (let offset = 0; offset < size; offset += CHUNK_BYTES) {
    signal.throwIfAborted();
    const from = Math.max(0, offset - LOOKBEHIND);
    const chunk = Buffer.from(await readBytes(file, from, offset + CHUNK_BYTES - from));
    for (let at = chunk.indexOf(POSTMARK); at >= 0; at = chunk.indexOf(POSTMARK, at + 1)) {
      const start = from + at + 1;
      const isBehindBlank = /\n\r?$/.test(chunk.toString('latin1', Math.max(0, at - 2), at));
      if (isBehindBlank && start > starts.at(-1)!) starts.push(start);
    }
  }
  const places = starts.map((start, at) => ({ start, end: starts[at + 1] ?? size }));
  return await Promise.all(places.map(({ start, end }) => behindPostmark(file, start, end)));
}

/** The message without its postmark line, which is no field of its header. */
async function behindPostmark(
  file: Deno.FsFile,
  start: number,
  end: number,
): Promise<MessagePlace> {
  const line = Buffer.from(await readBytes(file, start, Math.min(1_000, end - start)));
  const length = line.toString('latin1', 0, 5) === 'From ' ? line.indexOf('\n') + 1 : 0;
  return { offset: start + length, length: end - start - length };
}
