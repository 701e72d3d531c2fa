/**
 * Storage in one folder on disk. Files appear by a rename, after their bytes were synced; nothing
 * outside the folder is ever written or removed. Rows of the app may name files elsewhere on disk,
 * which are read; not so the program's own data: see {@link "./private-paths.ts"}.
 *
 * @module
 */
import { dirname, join, resolve } from 'node:path';
import { DiskFolders } from './disk-folders.ts';
import { DiskPartials } from './disk-partials.ts';
import { removeIfThere, syncFolder } from './disk.ts';
import { PRIVATE_FILE } from '../folders/folders.ts';
import { privatePaths } from './private-paths.ts';
import { bytesGone, type Range, type Storage, STORED_NAME } from './storage.ts';
import { hashingFile } from './temporary-file.ts';

export interface DiskStorageOptions {
  /** Folder of a database on this machine. @default null */
  readonly databaseDir?: string | null;
  readonly log?: (message: string) => void;
}

/** Storage in `<dataDir>/uploads`. What a crash left half-written is removed at start. */
export async function openDiskStorage(
  dataDir: string,
  { databaseDir = null, log = () => {} }: DiskStorageOptions = {},
): Promise<Storage> {
  const folders = await DiskFolders.open(dataDir);
  const { files: folder, incoming } = folders;
  await removeAbandoned(incoming);
  const partials = new DiskPartials(folders);
  const isPrivate = privatePaths({
    folders: [dataDir, ...databaseDir === null ? [] : [databaseDir]],
    files: folder,
    log,
  });
  const isOurs = (path: string) => dirname(path) === folder && resolve(path) === path;
  /** {@link sizeOf} a path that may be read, else null; throws where the storage is away. */
  const size = async (path: string) => {
    const found = !isOurs(path) && await isPrivate(path) ? null : await sizeOf(path);
    if (found === null) await folders.expectHere();
    return found;
  };
  return {
    partials,
    async receive(stream, options) {
      const id = crypto.randomUUID();
      const partial = join(incoming, id);
      try {
        await folders.writing(() =>
          Deno.writeFile(partial, new Uint8Array(), { createNew: true, mode: PRIVATE_FILE })
        );
        const { size, hash } = await hashingFile(partial, stream, options);
        const path = join(folder, id);
        await Deno.rename(partial, path);
        await syncFolder(folder);
        return { path, size, hash };
      } catch (error) {
        await removeIfThere(partial);
        throw error;
      }
    },
    async read(path, range) {
      if (await size(path) === null) throw bytesGone();
      return await read(path, range);
    },
    size,
    async local(path) {
      if (await size(path) === null) throw bytesGone();
      return { path, [Symbol.asyncDispose]: () => Promise.resolve() };
    },
    async remove(path) {
      if (isOurs(path)) await removeIfThere(path);
    },
    list: (before) => list(folder, before),
  };
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    throw namesNoFile(error) ? bytesGone(error) : error;
  }
}

/** True if no file exists at a path, or none can exist there. */
function namesNoFile(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    (error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG');
}

const READ_BYTES = 256 * 1024;

async function read(
  path: string,
  { start, length }: Range = { start: 0 },
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const file = await open(path);
  if (start > 0) {
    await file.seek(start, Deno.SeekMode.Start).catch((error) => closeAndThrow(file, error));
  }
  let left = length ?? Infinity;
  return new ReadableStream({
    async pull(controller) {
      const buffer = new Uint8Array(Math.min(READ_BYTES, left));
      const count = left > 0
        ? await file.read(buffer).catch((error) => closeAndThrow(file, error))
        : null;
      if (count) controller.enqueue(buffer.subarray(0, count));
      left -= count ?? left;
      if (count && left > 0) return;
      file.close();
      controller.close();
    },
    cancel: () => file.close(),
  }, { highWaterMark: 0 });
}

function closeAndThrow(file: Deno.FsFile, error: unknown): never {
  file.close();
  throw error;
}

/** Null where there is no file: a folder, a pipe or a device is none. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile ? size : null;
  } catch (error) {
    if (namesNoFile(error)) return null;
    throw error;
  }
}

const LISTED_AT_ONCE = 1000;

async function* list(folder: string, before: Date): AsyncGenerator<string[]> {
  let paths: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !STORED_NAME.test(name)) continue;
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
    if (await isOlder(path, new Date(Date.now() - ABANDONED_MS))) await removeIfThere(path);
  }
}
