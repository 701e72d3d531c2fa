/**
 * Disk and object store against the same conformance suite.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDiskStorage } from '../../../backend/uploads/disk-storage.ts';
import { openS3Storage } from '../../../backend/uploads/s3-storage.ts';
import { startS3Double } from '../../support/s3-double.ts';
import { testStorage } from './storage-conformance.ts';

testStorage('disk', async () => {
  const dataDir = await Deno.makeTempDir({ prefix: 'headway-storage-' });
  const storage = await openDiskStorage(dataDir);
  return {
    storage,
    reopen: () => openDiskStorage(dataDir),
    stored() {
      const folders = ['', 'incoming', 'partial'].map((name) => join(dataDir, 'uploads', name));
      const names = folders.flatMap((folder) => [...Deno.readDirSync(folder)]);
      return Promise.resolve(names.filter(({ isFile }) => isFile).map(({ name }) => name).sort());
    },
    close: () => Deno.remove(dataDir, { recursive: true }),
  };
});

const settings = {
  region: 'us-east-1',
  accessKeyId: 'key',
  secretAccessKey: 'secret',
  prefix: 'headway/',
  forcePathStyle: true,
};

testStorage('S3 (a double of its protocol)', async () => {
  const double = startS3Double();
  const { endpoint, bucket } = double;
  const open = () => openS3Storage({ ...settings, endpoint, bucket });
  return {
    storage: await open(),
    reopen: open,
    stored: () => Promise.resolve([...double.objects.keys(), ...double.multiparts.keys()].sort()),
    close: double.stop,
  };
});

test('openS3Storage() names the bucket that cannot be reached', async () => {
  const double = startS3Double();
  const opening = openS3Storage({ ...settings, endpoint: double.endpoint, bucket: 'other' });
  await expect(opening).rejects.toThrow('Cannot open the bucket other');
  await double.stop();
});
