/**
 * File operations of the disk storage.
 *
 * @module
 */
import { open } from 'node:fs/promises';

export async function writeAll(file: Deno.FsFile, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) offset += await file.write(chunk.subarray(offset));
}

const SYNC_BYTES = 16 * 1024 * 1024;

export interface Syncing extends AsyncDisposable {
  /** Adds to the number of written bytes. */
  wrote(bytes: number): void;
}

/**
 * Syncs a file while it is written, by a handle of its own, so that little is left to be synced at
 * the end. Its disposal guarantees that all bytes are synced, or throws.
 */
export async function syncAlongside(path: string): Promise<Syncing> {
  const file = await Deno.open(path, { write: true });
  let unsynced = 0;
  let running: Promise<unknown> | null = null;
  return {
    wrote(bytes) {
      unsynced += bytes;
      if (unsynced < SYNC_BYTES || running) return;
      unsynced = 0;
      running = file.syncData().then(() => running = null);
      // Reported at the end: after a failure, a later sync may succeed with the bytes lost.
      running.catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      try {
        await running;
        await file.syncData();
      } finally {
        file.close();
      }
    },
  };
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Syncs a rename within the folder. Systems that cannot sync a folder do it by themselves. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  try {
    await folder?.sync();
  } catch (error) {
    if (!['EINVAL', 'EISDIR', 'EPERM', 'EBADF'].includes(codeOf(error))) throw error;
  } finally {
    await folder?.close();
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? '';
