/**
 * Storage in a bucket of an S3-compatible service. A file's path is `s3://<bucket>/<prefix><id>`.
 *
 * @module
 */
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { copyRange, hashingFile, type TemporaryFile, temporaryFile } from './temporary-file.ts';
import { putFile } from './s3-put.ts';
import { type Bucket, isGone, nullIfGone, openBucket, type S3Settings } from './s3-client.ts';
import { S3Partials } from './s3-partials.ts';
import {
  bytesGone,
  type LocalCopy,
  type LocalOptions,
  type Range,
  type Storage,
  STORED_NAME,
} from './storage.ts';

/** Opens a bucket. Throws at the start if it cannot be reached. */
export async function openS3Storage(settings: S3Settings): Promise<Storage> {
  const { bucket, prefix = '' } = settings;
  const place = openBucket(settings);
  const { client } = place;
  await client.headBucket({ Bucket: bucket }).catch((cause) => {
    throw new Error(`Cannot open the bucket ${bucket}: ${cause.name ?? cause}`, { cause });
  });
  const root = `s3://${bucket}/${prefix}`;
  const pathOf = (id: string) => `${root}${id}`;
  /** Null for bytes outside of this storage. */
  const keyOf = (path: string) => {
    const id = path.startsWith(root) ? path.slice(root.length) : '';
    return STORED_NAME.test(id) ? prefix + id : null;
  };
  return {
    partials: new S3Partials({ ...place, prefix, pathOf }),
    async receive(stream, options) {
      await using temporary = await temporaryFile();
      const { size, hash } = await hashingFile(temporary.path, stream, options);
      const id = crypto.randomUUID();
      await putFile(place, prefix + id, temporary.path, size);
      return { path: pathOf(id), size, hash };
    },
    read: (path, range) => read(place, keyOf(path), range),
    size: (path) => size(place, keyOf(path)),
    local: (path, options) => local(place, keyOf(path), options),
    async remove(path) {
      const key = keyOf(path);
      if (key) await client.deleteObject({ Bucket: bucket, Key: key });
    },
    list: (before) => list(place, prefix, pathOf, before),
  };
}

async function read(
  { client, bucket }: Bucket,
  key: string | null,
  range?: Range,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  if (!key) throw bytesGone();
  const answer = await client.getObject({
    Bucket: bucket,
    Key: key,
    ...(range && { Range: rangeHeader(range) }),
  }).catch(asGone);
  return answer.Body!.transformToWebStream() as ReadableStream<Uint8Array<ArrayBuffer>>;
}

const rangeHeader = ({ start, length }: Range) =>
  `bytes=${start}-${length === undefined ? '' : start + length - 1}`;

async function size({ client, bucket }: Bucket, key: string | null): Promise<number | null> {
  if (!key) return null;
  const answer = await client.headObject({ Bucket: bucket, Key: key }).catch(nullIfGone);
  return answer && (answer.ContentLength ?? 0);
}

/** Longer files are fetched as an outline if that is enough. */
const OUTLINE_FROM = 16 * 1024 * 1024;
const OUTLINE_HEAD = 4 * 1024 * 1024;

async function local(
  place: Bucket,
  key: string | null,
  { outline = false, signal }: LocalOptions = {},
): Promise<LocalCopy> {
  const total = await size(place, key);
  if (total === null) throw bytesGone();
  const temporary = await temporaryFile();
  try {
    const ranges = outline && total > OUTLINE_FROM
      ? [{ start: 0, length: OUTLINE_HEAD }, { start: total - OUTLINE_HEAD, length: OUTLINE_HEAD }]
      : [{ start: 0 }];
    for (const range of total > 0 ? ranges : []) {
      await fetchRange(place, key, temporary, range, signal);
    }
    await Deno.truncate(temporary.path, total);
    return temporary;
  } catch (error) {
    await temporary[Symbol.asyncDispose]();
    throw error;
  }
}

async function fetchRange(
  place: Bucket,
  key: string | null,
  { path }: TemporaryFile,
  range: Range,
  signal?: AbortSignal,
): Promise<void> {
  const body = await read(place, key, range);
  await copyRange(Readable.fromWeb(body as NodeReadableStream), path, range.start, signal);
}

async function* list(
  { client, bucket }: Bucket,
  prefix: string,
  pathOf: (id: string) => string,
  before: Date,
): AsyncGenerator<string[]> {
  let token: string | undefined;
  do {
    const page = await client.listObjectsV2({
      Bucket: bucket,
      Prefix: prefix,
      ...(token && { ContinuationToken: token }),
    });
    const paths = (page.Contents ?? [])
      .filter(({ LastModified }) => LastModified && LastModified < before)
      .map(({ Key = '' }) => Key.slice(prefix.length))
      .filter((id) => STORED_NAME.test(id))
      .map(pathOf);
    if (paths.length > 0) yield paths;
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

function asGone(error: unknown): never {
  throw isGone(error) ? bytesGone(error) : error;
}
