/**
 * Text files of any size as a stream of decoded text, from any position on.
 *
 * @module
 */
import { DECLARATION_BYTES } from '../encoding/declared.ts';
import { decoderOf } from '../encoding/decoder.ts';
import { EncodingFinder } from '../encoding/find.ts';
import { readBytes } from './files.ts';

/** Bytes of one read. */
const CHUNK_BYTES = 256 * 1024;

/**
 * A position in a text file, in characters: only valid UTF-8 shows how many bytes they were. To
 * continue from it, the text before is decoded again.
 */
export interface TextPlace {
  readonly encoding: string;
  /** Bytes of the byte order mark. */
  readonly start: number;
  /** UTF-16 units of decoded text before it. */
  readonly read: number;
}

/**
 * Finds the beginning of a text file. Reads all of a file without a mark, since the first byte that
 * is not UTF-8 may be anywhere.
 */
export async function findBeginning(path: string, signal: AbortSignal): Promise<TextPlace> {
  using file = await Deno.open(path);
  const finder = new EncodingFinder(await readBytes(file, 0, DECLARATION_BYTES));
  for await (const bytes of readChunks(path, 0, signal)) {
    if (finder.isSettled) break;
    finder.push(bytes);
  }
  const { encoding, start } = finder.end();
  return { encoding, start, read: 0 };
}

export interface DecodedText {
  readonly text: string;
  /** Share of the file's characters up to `read` that are decoded, 0–1. */
  readonly fractionAt: (read: number) => number;
}

/** Decoded text from a position on. */
export async function* readText(
  path: string,
  { encoding, start, read }: TextPlace,
  signal: AbortSignal,
): AsyncGenerator<DecodedText> {
  const { size } = await Deno.stat(path);
  const decoder = decoderOf(encoding);
  let decoded = 0;
  let bytes = start;
  const piece = (text: string): DecodedText => {
    const skipped = Math.min(text.length, Math.max(0, read - decoded));
    decoded += text.length;
    const share = Math.min(1, bytes / Math.max(size, 1)) / Math.max(decoded, 1);
    return { text: text.slice(skipped), fractionAt: (read) => Math.min(1, read * share) };
  };
  for await (const chunk of readChunks(path, start, signal)) {
    bytes += chunk.length;
    yield piece(decoder.decode(chunk, { stream: true }));
  }
  yield piece(decoder.decode());
}

async function* readChunks(
  path: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  await file.seek(start, Deno.SeekMode.Start);
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const read = await file.read(buffer);
    if (read === null) return;
    yield buffer.subarray(0, read);
  }
}
