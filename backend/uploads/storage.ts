/**
 * Where uploaded bytes live: one folder on disk. A file appears there whole or not at all.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { AppError } from '#contract/error.ts';

/** Bytes that were received and belong to nothing yet. */
export interface Received {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash: string;
}

export interface ReceiveOptions {
  /** More bytes than this end the upload as `too_large`. */
  readonly maxBytes: number;
  /** Called with the number of bytes received so far. */
  onProgress?(bytes: number): void;
}

export interface Storage {
  /**
   * Writes a stream to a file under a name of its own. Memory use does not depend on its length.
   * Throws {@link AppError} `too_large`; nothing is left behind then, or when the stream breaks.
   */
  receive(stream: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<Received>;
  /** Removes bytes; it is no error when they are gone already. */
  remove(path: string): Promise<void>;
  /** Whole files that were last written before a moment, in lists of a thousand. */
  list(before: Date): AsyncIterable<string[]>;
}

/** Storage in `<dataDir>/uploads`. What a crash left half-written is removed at start. */
export async function openDiskStorage(dataDir: string): Promise<Storage> {
  const folder = resolve(dataDir, 'uploads');
  const incoming = join(folder, 'incoming');
  await Deno.mkdir(incoming, { recursive: true });
  await removeAbandoned(incoming);
  return {
    async receive(stream, options) {
      const id = crypto.randomUUID();
      const partial = join(incoming, id);
      try {
        const { size, hash } = await write(partial, stream, options);
        const path = join(folder, id);
        await Deno.rename(partial, path);
        return { path, size, hash };
      } catch (error) {
        await removeIfThere(partial);
        throw error;
      }
    },
    async remove(path) {
      if (!path.startsWith(`${folder}/`)) return;
      await removeIfThere(path);
    },
    list: (before) => list(folder, before),
  };
}

const LISTED_AT_ONCE = 1000;
/** Whatever else lies there is not ours. */
const NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function* list(folder: string, before: Date): AsyncGenerator<string[]> {
  let paths: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !NAME.test(name)) continue;
    const path = join(folder, name);
    if (!(await isOlder(path, before))) continue;
    paths.push(path);
    if (paths.length < LISTED_AT_ONCE) continue;
    yield paths;
    paths = [];
  }
  if (paths.length > 0) yield paths;
}

async function isOlder(path: string, before: Date): Promise<boolean> {
  try {
    const { mtime } = await Deno.stat(path);
    return mtime !== null && mtime < before;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** An upload that still runs writes its file all the time, also one of another process. */
const ABANDONED_MS = 60 * 60 * 1000;

async function removeAbandoned(incoming: string): Promise<void> {
  for await (const { name } of Deno.readDir(incoming)) {
    const path = join(incoming, name);
    const { mtime } = await Deno.stat(path);
    if (Date.now() - (mtime?.getTime() ?? 0) > ABANDONED_MS) await removeIfThere(path);
  }
}

async function write(
  path: string,
  stream: AsyncIterable<Uint8Array>,
  { maxBytes, onProgress }: ReceiveOptions,
): Promise<{ size: number; hash: string }> {
  const hash = createHash('sha256');
  let size = 0;
  using file = await Deno.open(path, { createNew: true, write: true });
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

/** The refusal of a file that is larger than allowed. */
export function tooLarge(maxBytes: number): AppError {
  const limit = maxBytes >= 1024 ** 3
    ? `${+(maxBytes / 1024 ** 3).toFixed(1)} GB`
    : `${+(maxBytes / 1024 ** 2).toFixed(1)} MB`;
  return new AppError('too_large', `This file is larger than the ${limit} that are allowed`);
}

async function writeAll(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) offset += await file.write(chunk.subarray(offset));
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
