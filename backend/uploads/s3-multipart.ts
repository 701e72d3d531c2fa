/**
 * State of an unfinished upload in a bucket: a multipart upload with parts of equal length, and two
 * objects. The `.part` object has the bytes behind the last part. The `.info` object has the id of
 * the multipart upload and the SHA-256 of each part, because parts cannot be read.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Bucket, nullIfGone } from './s3-client.ts';

export interface Info {
  readonly uploadId: string;
  readonly size: number;
  /**
   * SHA-256 of each part, hexadecimal, written before the part: the last may be of a part that was
   * never stored. Null if an older version began the upload.
   */
  readonly blocks: readonly string[] | null;
}

export interface Tail {
  readonly bytes: Uint8Array;
  /** Number of parts before it; null if an older version wrote it, which removed it in time. */
  readonly afterParts: number | null;
}

export interface Part {
  readonly PartNumber: number;
  readonly ETag: string;
  readonly Size: number;
}

export const sha256Of = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** The objects of one upload. */
export class S3Multipart {
  constructor(private readonly place: Bucket, readonly key: string) {}

  async begin(size: number): Promise<void> {
    const { UploadId = '' } = await this.place.client.createMultipartUpload(this.#at(''));
    await this.writeInfo({ uploadId: UploadId, size, blocks: [] });
  }

  async writeInfo({ uploadId, size, blocks }: Info): Promise<void> {
    await this.place.client.putObject({
      ...this.#at('.info'),
      Body: JSON.stringify({ size, ...(blocks && { blocks }) }),
      Metadata: { 'upload-id': uploadId },
    });
  }

  /** Null if there is no such upload. */
  async readInfo(): Promise<Info | null> {
    const found = await this.place.client.getObject(this.#at('.info')).catch(nullIfGone);
    if (!found) return null;
    const { size, blocks } = JSON.parse(await found.Body!.transformToString()) as Partial<Info>;
    return {
      uploadId: found.Metadata?.['upload-id'] ?? '',
      size: Number(size),
      blocks: Array.isArray(blocks) ? blocks : null,
    };
  }

  /** In order; null if the parts were assembled or abandoned. */
  async listParts({ uploadId }: Info): Promise<Part[] | null> {
    const parts: Part[] = [];
    let marker: string | undefined;
    do {
      const page = await this.place.client.listParts({
        ...this.#at(''),
        UploadId: uploadId,
        ...(marker && { PartNumberMarker: marker }),
      }).catch(nullIfGone);
      if (!page) return null;
      for (const { PartNumber = 0, ETag = '', Size = 0 } of page.Parts ?? []) {
        parts.push({ PartNumber, ETag, Size });
      }
      marker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (marker);
    return parts.sort((a, b) => a.PartNumber - b.PartNumber);
  }

  async writePart({ uploadId }: Info, partNumber: number, bytes: Uint8Array): Promise<void> {
    await this.place.client.uploadPart({
      ...this.#at(''),
      UploadId: uploadId,
      PartNumber: partNumber,
      Body: Buffer.from(bytes),
    }, this.place.deadline(bytes.length));
  }

  async writeTail(bytes: Uint8Array, afterParts: number): Promise<void> {
    await this.place.client.putObject({
      ...this.#at('.part'),
      Body: Buffer.from(bytes),
      Metadata: { 'after-parts': `${afterParts}` },
    }, this.place.deadline(bytes.length));
  }

  /** The bytes behind this many parts; null if there are none. */
  async readTail(parts: number): Promise<Tail | null> {
    const found = await this.place.client.getObject(this.#at('.part')).catch(nullIfGone);
    if (!found) return null;
    const written = found.Metadata?.['after-parts'];
    const afterParts = written === undefined ? null : Number(written);
    const bytes = await found.Body!.transformToByteArray();
    return afterParts === null || afterParts === parts ? { bytes, afterParts } : null;
  }

  /** Length of the tail, without reading it. */
  async tailLength(parts: number): Promise<number> {
    const found = await this.place.client.headObject(this.#at('.part')).catch(nullIfGone);
    const written = found?.Metadata?.['after-parts'];
    const counts = found && (written === undefined || Number(written) === parts);
    return counts ? found.ContentLength ?? 0 : 0;
  }

  async complete({ uploadId }: Info, parts: readonly Part[]): Promise<void> {
    await this.place.client.completeMultipartUpload({
      ...this.#at(''),
      UploadId: uploadId,
      MultipartUpload: { Parts: parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) },
    });
  }

  async abort({ uploadId }: Info): Promise<void> {
    await this.place.client.abortMultipartUpload({ ...this.#at(''), UploadId: uploadId })
      .catch(nullIfGone);
  }

  /** Length of the finished object; null if it was not assembled. */
  async length(): Promise<number | null> {
    const head = await this.place.client.headObject(this.#at('')).catch(nullIfGone);
    return head && (head.ContentLength ?? 0);
  }

  async read(): Promise<AsyncIterable<Uint8Array>> {
    const { Body } = await this.place.client.getObject(this.#at(''));
    return Body as unknown as AsyncIterable<Uint8Array>;
  }

  async remove(...ends: ('' | '.info' | '.part')[]): Promise<void> {
    for (const end of ends) await this.place.client.deleteObject(this.#at(end));
  }

  #at(end: '' | '.info' | '.part'): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: this.key + end };
  }
}
