/**
 * The storage that the settings ask for.
 *
 * @module
 */
import { join } from 'node:path';
import { expectSpace, onSameFileSystem } from '../folders/reserve.ts';
import { openDiskStorage } from './disk-storage.ts';
import { withStorageFailures } from './insufficient-storage.ts';
import { leavingSpace } from './leaving-space.ts';
import type { S3Settings } from './s3-client.ts';
import type { Storage } from './storage.ts';

export interface Folders {
  readonly dataDir: string;
  /** Of a database on this machine; null where there is none. */
  readonly databaseDir: string | null;
}

export type StorageSettings =
  | { readonly kind: 'disk' }
  | { readonly kind: 's3' } & S3Settings;

/** Opens it; the client of the object store is loaded where it is used, and nowhere else. */
export async function openStorage(
  settings: StorageSettings,
  folders: Folders,
  log?: (message: string) => void,
): Promise<Storage> {
  const { dataDir, databaseDir } = folders;
  const storage = await openPlain(settings, folders, log);
  const isShared = settings.kind === 'disk' && databaseDir !== null &&
    await onSameFileSystem(join(dataDir, 'uploads'), databaseDir);
  return withStorageFailures(
    isShared ? leavingSpace(storage, () => expectSpace(databaseDir)) : storage,
  );
}

async function openPlain(
  settings: StorageSettings,
  { dataDir, databaseDir }: Folders,
  log: (message: string) => void = () => {},
): Promise<Storage> {
  if (settings.kind === 'disk') return await openDiskStorage(dataDir, { databaseDir, log });
  const { openS3Storage } = await import('./s3-storage.ts');
  return await openS3Storage(settings);
}
