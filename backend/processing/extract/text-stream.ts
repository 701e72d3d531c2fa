/**
 * Text files of any size as a stream of decoded text, from any byte on.
 *
 * @module
 */
import { readBytes } from './files.ts';
import { byteOrderMark, type Encoding, looksLikeUtf16, Utf8Check } from './text.ts';

/** Bytes read at once. */
const CHUNK_BYTES = 256 * 1024;

/**
 * The encoding of a text file and the byte at which its text begins. Reads all of a file without a
 * mark, since the first byte that is not UTF-8 may be anywhere.
 */
export async function findEncoding(
  path: string,
  signal: AbortSignal,
): Promise<{ encoding: Encoding; start: number }> {
  using file = await Deno.open(path);
  const head = await readBytes(file, 0, 4096);
  const mark = byteOrderMark(head);
  if (mark) return { encoding: mark.encoding, start: mark.length };
  const wide = looksLikeUtf16(head);
  return { encoding: wide ?? await utf8OrWindows(path, signal), start: 0 };
}

async function utf8OrWindows(path: string, signal: AbortSignal): Promise<Encoding> {
  const check = new Utf8Check();
  for await (const bytes of readChunks(path, 0, signal)) {
    if (!check.push(bytes)) return 'windows-1252';
  }
  return check.end();
}

/** Decoded text from byte `start` on; the last piece may be cut in a character, never the others. */
export async function* readText(
  path: string,
  encoding: Encoding,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  for await (const bytes of readChunks(path, start, signal)) {
    yield decoder.decode(bytes, { stream: true });
  }
  yield decoder.decode();
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
