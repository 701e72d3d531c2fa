/**
 * Partial uploads in a bucket, as multipart uploads of S3. All acknowledged bytes are in the
 * bucket, and so are those of an interrupted request.
 *
 * `@tus/s3-store` was used before: it loses the bytes of an interrupted request, removes the last
 * chunk before it is stored elsewhere, and its requests have no deadline.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { prefixBlockBytes } from '#contract/uploads.ts';
import { hashBlocks } from './block-hashes.ts';
import type { Bucket } from './s3-client.ts';
import { type Info, type Part, S3Multipart, sha256Of } from './s3-multipart.ts';
import type { Partials, Received } from './storage.ts';

export interface S3PartialsOptions extends Bucket {
  readonly prefix: string;
  pathOf(id: string): string;
}

const sizeOf = (parts: readonly Part[]) => parts.reduce((sum, { Size }) => sum + Size, 0);

export class S3Partials implements Partials {
  constructor(private readonly options: S3PartialsOptions) {}

  async create(id: string, size: number): Promise<void> {
    await this.#upload(id).begin(size);
  }

  async offset(id: string): Promise<number | null> {
    const upload = this.#upload(id);
    const info = await upload.readInfo();
    if (!info) return await upload.length();
    const parts = await upload.listParts(info);
    if (!parts) return await upload.length();
    return sizeOf(parts) + await upload.tailLength(parts.length);
  }

  async append(
    id: string,
    offset: number,
    stream: AsyncIterable<Uint8Array>,
    onChunk: (chunk: Uint8Array) => void,
  ): Promise<number> {
    const writer = await this.#writerAt(id, offset);
    try {
      for await (const chunk of stream) {
        onChunk(chunk);
        await writer.write(chunk);
      }
    } catch (error) {
      // Stores the bytes that have arrived; if that fails as well, the first failure is the cause.
      await writer.end().catch(() => {});
      throw error;
    }
    return await writer.end();
  }

  async #writerAt(id: string, offset: number): Promise<PartWriter> {
    const upload = this.#upload(id);
    const info = await upload.readInfo();
    const parts = info && await upload.listParts(info);
    if (!info || !parts) throw new Error(`There is no unfinished upload ${id}`);
    const tail = await upload.readTail(parts.length);
    const here = sizeOf(parts) + (tail?.bytes.length ?? 0);
    if (here !== offset) {
      throw new Error(`Cannot append to upload ${id} at ${offset}: its end is ${here}`);
    }
    if (tail?.afterParts === null) await upload.writeTail(tail.bytes, parts.length);
    return new PartWriter(upload, info, parts, tail?.bytes ?? new Uint8Array());
  }

  async blocks(id: string, length: number, blockBytes: number): Promise<string[] | null> {
    const upload = this.#upload(id);
    const info = await upload.readInfo();
    const parts = info && await upload.listParts(info);
    if (!info || !parts) {
      if (await upload.length() === null) return null;
      return await hashBlocks(await upload.read(), length, blockBytes);
    }
    const whole = Math.floor(length / blockBytes);
    const known = info.blocks?.slice(0, parts.length) ?? [];
    if (known.length * blockBytes >= length) {
      return length % blockBytes === 0 || sizeOf(parts) === length ? known : null;
    }
    if (known.length !== whole) return null;
    const tail = await upload.readTail(parts.length);
    const rest = length - whole * blockBytes;
    if (!tail || tail.bytes.length < rest) return null;
    return [...known, sha256Of(tail.bytes.subarray(0, rest))];
  }

  async commit(id: string, size: number, hash: string | null): Promise<Received> {
    const upload = this.#upload(id);
    const whole = await upload.length() ?? await this.#complete(id, upload);
    if (whole !== size) {
      throw new Error(`Cannot keep upload ${id}: ${whole} bytes instead of ${size}`);
    }
    const received = { path: this.options.pathOf(id), size, hash: hash ?? await hashOf(upload) };
    await upload.remove('.info', '.part');
    return received;
  }

  async #complete(id: string, upload: S3Multipart): Promise<number> {
    const info = await upload.readInfo();
    const parts = info && await upload.listParts(info);
    if (!info || !parts) throw new Error(`There is no unfinished upload ${id}`);
    if (sizeOf(parts) !== info.size) return sizeOf(parts);
    // A multipart upload has at least one part.
    if (parts.length === 0) await upload.writePart(info, 1, new Uint8Array());
    await upload.complete(info, parts.length > 0 ? parts : await upload.listParts(info) ?? []);
    return info.size;
  }

  async remove(id: string): Promise<void> {
    const upload = this.#upload(id);
    const info = await upload.readInfo();
    if (info) await upload.abort(info);
    await upload.remove('', '.info', '.part');
  }

  #upload(id: string): S3Multipart {
    return new S3Multipart(this.options, this.options.prefix + id);
  }
}

async function hashOf(upload: S3Multipart): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await upload.read()) hash.update(chunk);
  return hash.digest('hex');
}

/** Splits bytes into parts. One part is sent while the next one arrives. */
class PartWriter {
  readonly #blocks: string[] | null;
  readonly #partBytes: number;
  #pending: Promise<void> = Promise.resolve();
  #chunks: Uint8Array[];
  #buffered: number;
  /** Bytes in parts, including those being sent. */
  #inParts: number;
  #parts: number;

  constructor(
    private readonly upload: S3Multipart,
    private readonly info: Info,
    parts: readonly Part[],
    tail: Uint8Array,
  ) {
    this.#blocks = info.blocks?.slice(0, parts.length) ?? null;
    this.#partBytes = prefixBlockBytes(info.size);
    this.#parts = parts.length;
    this.#inParts = sizeOf(parts);
    this.#chunks = [tail];
    this.#buffered = tail.length;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= this.#partBytes) await this.#flush(this.#partBytes);
  }

  /** Stores the rest. Returns the end once all bytes are stored. */
  async end(): Promise<number> {
    if (this.#inParts + this.#buffered === this.info.size && this.#buffered > 0) {
      await this.#flush(this.#buffered);
    }
    await this.#pending;
    const rest = this.#buffered;
    if (rest > 0) await this.upload.writeTail(this.#take(rest), this.#parts);
    return this.#inParts + rest;
  }

  async #flush(bytes: number): Promise<void> {
    await this.#pending;
    const part = this.#take(bytes);
    this.#parts += 1;
    this.#inParts += part.length;
    const number = this.#parts;
    this.#pending = this.#store(number, part);
    // Awaited before the next part, and at the end.
    this.#pending.catch(() => {});
  }

  async #store(number: number, part: Uint8Array): Promise<void> {
    if (this.#blocks) {
      this.#blocks.push(sha256Of(part));
      await this.upload.writeInfo({ ...this.info, blocks: this.#blocks });
    }
    await this.upload.writePart(this.info, number, part);
  }

  #take(bytes: number): Uint8Array {
    const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [all.subarray(bytes)];
    this.#buffered -= bytes;
    return all.subarray(0, bytes);
  }
}
