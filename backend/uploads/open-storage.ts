/**
 * The storage that the settings ask for.
 *
 * @module
 */
import { openDiskStorage } from './disk-storage.ts';
import { withStorageFailures } from './insufficient-storage.ts';
import type { S3Settings } from './s3-client.ts';
import type { Storage } from './storage.ts';

export type StorageSettings =
  | { readonly kind: 'disk' }
  | { readonly kind: 's3' } & S3Settings;

/** Opens it; the client of the object store is loaded where it is used, and nowhere else. */
export async function openStorage(settings: StorageSettings, dataDir: string): Promise<Storage> {
  return withStorageFailures(await openPlain(settings, dataDir));
}

async function openPlain(settings: StorageSettings, dataDir: string): Promise<Storage> {
  if (settings.kind === 'disk') return await openDiskStorage(dataDir);
  const { openS3Storage } = await import('./s3-storage.ts');
  return await openS3Storage(settings);
}
