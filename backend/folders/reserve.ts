/**
 * Free space that uploads and workers leave to a database on the same file system. Without space
 * for its log PostgreSQL stops, and cannot recover.
 *
 * @module
 */
import { stat, statfs } from 'node:fs/promises';

const MB = 1024 * 1024;
/** More than the log of the embedded database takes (`max_wal_size`). */
export const RESERVED_BYTES = 192 * MB;

/** Less than {@link RESERVED_BYTES} is free. The code is that of a full disk. */
export class SpaceReserved extends Error {
  override readonly name = 'SpaceReserved';
  readonly code = 'ENOSPC';
}

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @throws SpaceReserved if only the reserve of the database in this folder is left */
export async function expectSpace(databaseDir: string): Promise<void> {
  const free = await freeBytes(databaseDir);
  if (free >= RESERVED_BYTES) return;
  throw new SpaceReserved(`Only ${inMB(free)} are free, which the database needs: ${databaseDir}`);
}

/** Free space if only the reserve is left, such as `3 MB`; null if there is more. */
export async function fullDisk(databaseDir: string | null): Promise<string | null> {
  const free = databaseDir ? await freeBytes(databaseDir).catch(() => Infinity) : Infinity;
  return free < RESERVED_BYTES ? inMB(free) : null;
}

export async function onSameFileSystem(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([stat(one), stat(other)]);
  return a.dev === b.dev;
}

export const inMB = (bytes: number): string => `${Math.floor(bytes / MB)} MB`;
