/**
 * Uploads in pieces in a bucket, by the store that tus has for it: a multipart upload of S3, whose
 * last piece below 5 MB waits in an object of its own. What was acknowledged is in the bucket.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { S3Store } from '@tus/s3-store';
import { Upload } from '@tus/utils';
import type { Bucket } from './s3-storage.ts';
import { nullIfGone } from './s3-storage.ts';
import type { Partials, Received } from './storage.ts';

export interface S3PartialsOptions extends Bucket {
  readonly prefix: string;
  readonly config: S3ClientConfig;
  pathOf(id: string): string;
}

export class S3Partials implements Partials {
  readonly #store: S3Store;

  constructor(private readonly options: S3PartialsOptions) {
    const { bucket, config } = options;
    this.#store = new S3Store({ s3ClientConfig: { ...config, bucket }, useTags: false });
  }

  async create(id: string, size: number): Promise<void> {
    await this.#store.create(new Upload({ id: this.#keyOf(id), size, offset: 0 }));
  }

  async offset(id: string): Promise<number | null> {
    try {
      return (await this.#store.getUpload(this.#keyOf(id))).offset;
    } catch (error) {
      if ((error as { status_code?: number }).status_code === 404) return null;
      throw error;
    }
  }

  append(
    id: string,
    offset: number,
    stream: Readable,
    onChunk: (chunk: Uint8Array) => void,
  ): Promise<number> {
    const watched = new Transform({
      transform(chunk, _encoding, done) {
        onChunk(chunk);
        done(null, chunk);
      },
    });
    stream.on('error', (error) => watched.destroy(error));
    return this.#store.write(stream.pipe(watched), this.#keyOf(id), offset);
  }

  async commit(id: string, size: number, hash: string | null): Promise<Received> {
    const whole = await this.#length(id) ?? await this.#complete(id, size);
    if (whole !== size) {
      throw new Error(`Cannot keep upload ${id}: ${whole} bytes instead of ${size}`);
    }
    const received = { path: this.options.pathOf(id), size, hash: hash ?? await this.#hashOf(id) };
    await this.#delete(['.info', '.part'].map((end) => this.#keyOf(id) + end));
    return received;
  }

  async remove(id: string): Promise<void> {
    await this.#store.remove(this.#keyOf(id)).catch((error) => {
      if ((error as { status_code?: number }).status_code !== 404) return nullIfGone(error);
    });
    await this.#delete(['', '.info', '.part'].map((end) => this.#keyOf(id) + end));
  }

  #keyOf(id: string): string {
    return this.options.prefix + id;
  }

  /** Null where the object was not put together yet. */
  async #length(id: string): Promise<number | null> {
    const { client, bucket } = this.options;
    const object = { Bucket: bucket, Key: this.#keyOf(id) };
    const head = await client.headObject(object).catch(nullIfGone);
    return head && (head.ContentLength ?? 0);
  }

  /** All bytes are here, and whoever received the last of them died before it said so. */
  async #complete(id: string, size: number): Promise<number | null> {
    await this.#store.write(Readable.from([]), this.#keyOf(id), size);
    return await this.#length(id);
  }

  async #hashOf(id: string): Promise<string> {
    const { client, bucket } = this.options;
    const hash = createHash('sha256');
    const { Body } = await client.getObject({ Bucket: bucket, Key: this.#keyOf(id) });
    for await (const chunk of Body as Readable) hash.update(chunk);
    return hash.digest('hex');
  }

  async #delete(keys: readonly string[]): Promise<void> {
    const { client, bucket } = this.options;
    for (const Key of keys) await client.deleteObject({ Bucket: bucket, Key });
  }
}
