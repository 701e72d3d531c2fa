/**
 * Partial uploads on disk: `partial/<id>` grows with each request, and is renamed to the file
 * `<id>`. Its length is the offset. Bytes are synced before they are acknowledged, and a broken
 * connection leaves no write in progress behind.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { hashBlocks } from './block-hashes.ts';
import { removeIfThere, syncAlongside, syncFolder, writeAll } from './disk.ts';
import type { DiskFolders } from './disk-folders.ts';
import { PRIVATE_FILE } from '../folders/folders.ts';
import type { Partials, Received } from './storage.ts';

export class DiskPartials implements Partials {
  constructor(private readonly folders: DiskFolders) {}

  async create(id: string): Promise<void> {
    const options = { createNew: true, mode: PRIVATE_FILE };
    const { folders } = this;
    await folders.writing(() => Deno.writeFile(this.#pathOf(id), new Uint8Array(), options));
    await syncFolder(folders.partial);
  }

  async offset(id: string): Promise<number | null> {
    for (const path of [this.#pathOf(id), join(this.folders.files, id)]) {
      const found = await Deno.stat(path).catch(nullIfGone);
      if (found) return found.size;
    }
    await this.folders.expectHere();
    return null;
  }

  async append(
    id: string,
    offset: number,
    stream: AsyncIterable<Uint8Array>,
    onChunk: (chunk: Uint8Array) => void,
  ): Promise<number> {
    let end = offset;
    using file = await Deno.open(this.#pathOf(id), { write: true });
    await using syncing = await syncAlongside(this.#pathOf(id));
    await file.seek(offset, Deno.SeekMode.Start);
    for await (const chunk of stream) {
      const writing = writeAll(file, chunk);
      onChunk(chunk);
      await writing;
      end += chunk.length;
      syncing.wrote(chunk.length);
    }
    return end;
  }

  async truncate(id: string, offset: number): Promise<void> {
    using file = await Deno.open(this.#pathOf(id), { write: true });
    await file.truncate(offset);
    await file.syncData();
  }

  async blocks(id: string, length: number, blockBytes: number): Promise<string[] | null> {
    for (const path of [this.#pathOf(id), join(this.folders.files, id)]) {
      if (!(await Deno.stat(path).catch(nullIfGone))) continue;
      return await hashBlocks(createReadStream(path, READING), length, blockBytes);
    }
    return null;
  }

  async commit(id: string, size: number, hash: string | null): Promise<Received> {
    const path = join(this.folders.files, id);
    const here = await this.offset(id);
    if (here !== size) {
      throw new Error(`Cannot keep upload ${id}: ${here} bytes instead of ${size}`);
    }
    await Deno.rename(this.#pathOf(id), path).catch(nullIfGone);
    await syncFolder(this.folders.files);
    return { path, size, hash: hash ?? await hashOf(path) };
  }

  async remove(id: string): Promise<void> {
    await removeIfThere(this.#pathOf(id));
  }

  #pathOf(id: string): string {
    return join(this.folders.partial, id);
  }
}

const READING = { highWaterMark: 1024 * 1024 };

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, READING)) {
    hash.update(chunk);
  }
  return hash.digest('hex');
}

function nullIfGone(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
