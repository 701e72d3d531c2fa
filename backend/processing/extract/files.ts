/**
 * Reading bytes from disk: a range, or a whole file of reasonable size.
 *
 * @module
 */
import type { DocumentKind } from '#contract/messages/failures.ts';
import { emptyFile, tooLargeInside } from './failures.ts';

/** Up to `length` bytes from `offset`; fewer only at the end of the file. */
export async function readBytes(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
  await file.seek(offset, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < bytes.length) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

/** Size in bytes; throws `empty_file` for none. */
export async function sizeOf(path: string): Promise<number> {
  const { size } = await Deno.stat(path);
  if (size === 0) throw emptyFile();
  return size;
}

/** All bytes of a format that cannot be read in pieces; above `maxBytes` a `ProcessingError`. */
export async function readWhole(
  path: string,
  what: DocumentKind,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (await sizeOf(path) > maxBytes) {
    throw tooLargeInside(what, Math.floor(maxBytes / 1024 / 1024), 'megabytes');
  }
  return await Deno.readFile(path);
}
