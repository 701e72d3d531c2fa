/**
 * Files that are written and read with the SHA-256 of their bytes.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { PRIVATE_FILE } from '../folders/folders.ts';

export interface Digest {
  readonly size: number;
  readonly sha256: string;
}

/** Writes chunks to a new file and syncs it. */
export async function writeHashed(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  using file = await Deno.open(path, { createNew: true, write: true, mode: PRIVATE_FILE });
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  }
  await file.sync();
  return { size, sha256: hash.digest('hex') };
}

/** Copies a file into a new one; null if there is none to copy. */
export async function copyHashed(from: string, to: string): Promise<Digest | null> {
  try {
    using source = await Deno.open(from);
    return await writeHashed(to, chunksOf(source));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !(await exists(from))) return null;
    throw error;
  }
}

/** Lines of a file. `onEnd` receives the hash of the whole file. */
export async function* readLines(
  path: string,
  onEnd: (sha256: string) => void,
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const decoder = new TextDecoder();
  using file = await Deno.open(path);
  let rest = '';
  for await (const chunk of chunksOf(file)) {
    hash.update(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest) yield rest;
  onEnd(hash.digest('hex'));
}

const CHUNK_BYTES = 256 * 1024;

async function* chunksOf(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  while (true) {
    const buffer = new Uint8Array(CHUNK_BYTES);
    const read = await file.read(buffer);
    if (read === null) return;
    yield buffer.subarray(0, read);
  }
}

const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);
