/**
 * Files that exist for the duration of one operation.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { writeAll } from './disk.ts';
import { type LocalCopy, type ReceiveOptions, tooLarge } from './storage.ts';

export type TemporaryFile = LocalCopy;

/** An empty file that is removed on disposal. */
export async function temporaryFile(): Promise<TemporaryFile> {
  const path = await Deno.makeTempFile({ prefix: 'headway-bytes-' });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path).catch(() => {}) };
}

/** Writes a stream to a file and returns its size and hash. Throws `too_large`. */
export async function hashingFile(
  path: string,
  stream: AsyncIterable<Uint8Array>,
  { maxBytes, onProgress }: ReceiveOptions,
): Promise<{ size: number; hash: string }> {
  const hash = createHash('sha256');
  let size = 0;
  using file = await Deno.open(path, { write: true });
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    hash.update(chunk);
    await writeAll(file, chunk);
    onProgress?.(size);
  }
  await file.sync();
  return { size, hash: hash.digest('hex') };
}

/** Writes a stream into a file from `start` on. Throws the signal's reason after an abort. */
export async function copyRange(
  stream: AsyncIterable<Uint8Array>,
  path: string,
  start: number,
  signal?: AbortSignal,
): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(start, Deno.SeekMode.Start);
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    await writeAll(file, chunk);
  }
}
