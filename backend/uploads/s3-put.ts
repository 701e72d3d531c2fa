/**
 * Puts a file from disk into a bucket: at once, or in parts if it is long. The object appears whole
 * or not at all.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import type { Bucket } from './s3-client.ts';

const AT_ONCE = 64 * 1024 * 1024;
/** The service allows 10,000 parts of an object. */
const MOST_PARTS = 10_000;

export async function putFile(
  place: Bucket,
  key: string,
  path: string,
  size: number,
): Promise<void> {
  if (size > AT_ONCE) return await putParts(place, key, path, size);
  const body = size > 0 ? createReadStream(path) : '';
  await place.client.putObject({
    Bucket: place.bucket,
    Key: key,
    Body: body,
    ContentLength: size,
  }, place.deadline(size));
}

async function putParts(
  { client, bucket, deadline }: Bucket,
  key: string,
  path: string,
  size: number,
): Promise<void> {
  const object = { Bucket: bucket, Key: key };
  const { UploadId } = await client.createMultipartUpload(object);
  const upload = { ...object, UploadId };
  const partSize = Math.max(AT_ONCE, Math.ceil(size / MOST_PARTS));
  const parts: { ETag: string | undefined; PartNumber: number }[] = [];
  try {
    for (let start = 0; start < size; start += partSize) {
      const end = Math.min(size, start + partSize) - 1;
      const PartNumber = parts.length + 1;
      const { ETag } = await client.uploadPart({
        ...upload,
        PartNumber,
        Body: createReadStream(path, { start, end }),
        ContentLength: end - start + 1,
      }, deadline(end - start + 1));
      parts.push({ ETag, PartNumber });
    }
    await client.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: parts } });
  } catch (error) {
    await client.abortMultipartUpload(upload).catch(() => {});
    throw error;
  }
}
