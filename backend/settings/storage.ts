/**
 * Storage of the bytes of files.
 *
 * @module
 */
import * as v from 'valibot';
import type { StorageSettings } from '../uploads/open-storage.ts';

export const StorageVariables = v.object({
  STORAGE: v.optional(v.picklist(['disk', 's3'], 'must be disk or s3'), 'disk'),
  S3_ENDPOINT: v.optional(v.pipe(v.string(), v.regex(/^https?:\/\//, 'must begin with http'))),
  S3_BUCKET: v.optional(v.string()),
  S3_REGION: v.optional(v.string(), 'us-east-1'),
  S3_ACCESS_KEY_ID: v.optional(v.string()),
  S3_SECRET_ACCESS_KEY: v.optional(v.string()),
  S3_PREFIX: v.optional(v.string(), ''),
  S3_FORCE_PATH_STYLE: v.optional(v.picklist(['true', 'false'], 'must be true or false'), 'false'),
});
type Given = v.InferOutput<typeof StorageVariables>;

export function conflictsOfStorage({ STORAGE, S3_BUCKET }: Given): string[] {
  return STORAGE === 's3' && !S3_BUCKET ? ['S3_BUCKET must be set for STORAGE=s3'] : [];
}

export function storageOf(settings: Given): StorageSettings {
  const { STORAGE, S3_BUCKET: bucket } = settings;
  if (STORAGE === 'disk' || !bucket) return { kind: 'disk' };
  return {
    kind: 's3',
    bucket,
    region: settings.S3_REGION,
    endpoint: settings.S3_ENDPOINT,
    accessKeyId: settings.S3_ACCESS_KEY_ID,
    secretAccessKey: settings.S3_SECRET_ACCESS_KEY,
    prefix: settings.S3_PREFIX,
    forcePathStyle: settings.S3_FORCE_PATH_STYLE === 'true',
  };
}
