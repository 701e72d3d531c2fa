/**
 * Data store of the tus server: the bytes in the storage, the rows in the database, and an
 * incremental hash, so that no byte is read again at the end.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import { DataStore, ERRORS, Metadata, type Upload, Upload as TusUpload } from '@tus/utils';
import type { Executor } from '../database/connection.ts';
import { checksumOfRequest } from './checksum.ts';
import {
  endUpload,
  findUpload,
  forgetUpload,
  noteReceived,
  noteUnverified,
  type UploadRecord,
} from './records.ts';
import { expectPrefix } from './prefix.ts';
import { RunningHashes } from './running-hashes.ts';
import type { Partials } from './storage.ts';

export interface TusStoreOptions {
  readonly db: Executor;
  readonly partials: Partials;
  /** Time without new bytes after which an upload expires. */
  readonly expiryMs: number;
  /**
   * Called about once a second with the offset, and at the end of a request that is not the last.
   * An error ends the request: the upload is no longer wanted.
   */
  onReceived(id: string, received: number): Promise<void>;
  /** Called after an interrupted request whose offset could not be stored in the database. */
  onUnnoted(id: string): void;
  /** @default 1_000 */
  readonly tellMs?: number;
}

/** `Upload-Metadata` as text to be stored; null for an empty one. */
export const metadataText = (given: Record<string, string | null>): string | null =>
  Metadata.stringify(given) || null;

export class TusStore extends DataStore {
  readonly hashes: RunningHashes = new RunningHashes();

  constructor(private readonly options: TusStoreOptions) {
    super();
    this.extensions = ['creation', 'creation-with-upload', 'termination', 'expiration'];
    if (options.partials.truncate) this.extensions.push('checksum');
  }

  override async create(upload: Upload): Promise<Upload> {
    const { db, partials } = this.options;
    try {
      await partials.create(upload.id, upload.size ?? 0);
    } catch (error) {
      await forgetUpload(db, upload.id);
      throw error;
    }
    upload.creation_date = new Date().toISOString();
    return upload;
  }

  /**
   * `creation_date` is the time of the last bytes, which restarts the expiry. It is of this
   * machine's clock, because the tus server compares it with that.
   */
  override async getUpload(id: string): Promise<Upload> {
    const { db } = this.options;
    const record = await findUpload(db, id);
    if (!record) throw ERRORS.FILE_NOT_FOUND;
    const offset = record.file_id ? record.size : await this.settle(record);
    if (offset === null) {
      // Its bytes are gone, by a crash before they were synced or by hand: it must start anew.
      await forgetUpload(db, id);
      throw ERRORS.FILE_NO_LONGER_EXISTS;
    }
    return new TusUpload({
      id,
      offset,
      size: record.size,
      ...record.metadata && { metadata: Metadata.parse(record.metadata) },
      creation_date: new Date(Date.now() - record.idle_ms).toISOString(),
    });
  }

  /**
   * Removes unverified bytes and updates the row to the stored offset. Returns that offset, or null
   * if no bytes are stored.
   */
  async settle(record: UploadRecord): Promise<number | null> {
    const { db, partials } = this.options;
    const from = record.unverified_from;
    if (from !== null) {
      await partials.truncate?.(record.id, from);
      await noteUnverified(db, record.id, null);
    }
    const offset = await partials.offset(record.id);
    if (offset !== null && offset !== record.received) await noteReceived(db, record.id, offset);
    return offset;
  }

  override async write(stream: Readable, id: string, offset: number): Promise<number> {
    const { db, partials, onReceived, onUnnoted } = this.options;
    const record = await findUpload(db, id);
    if (record) await expectPrefix(partials, { id, size: record.size, offset });
    // It is complete: its end is reported again, while it may be becoming a file.
    if (record && offset >= record.size) {
      stream.resume();
      return offset;
    }
    const checksum = checksumOfRequest();
    const hash = this.hashes.at(id, offset);
    const tell = this.#teller(stream, id);
    let received = offset;
    let end: number;
    if (checksum) await noteUnverified(db, id, offset);
    try {
      end = await partials.append(id, offset, bytesOf(stream), (chunk) => {
        received += chunk.length;
        hash?.update(chunk);
        checksum?.update(chunk);
        tell(received);
      });
      checksum?.expectMatch();
      if (checksum) await noteUnverified(db, id, null);
      await noteReceived(db, id, end);
    } catch (error) {
      this.hashes.forget(id);
      await this.#noteBroken(id, checksum !== null, offset).catch(() => onUnnoted(id));
      throw error;
    }
    // Requests shorter than the interval report only here.
    if (record && end < record.size) await onReceived(id, end);
    return end;
  }

  /** Stores the offset after an interrupted request, for polls before the upload is resumed. */
  async #noteBroken(id: string, forgets: boolean, start: number): Promise<void> {
    const { db, partials } = this.options;
    if (forgets) {
      await partials.truncate?.(id, start);
      await noteUnverified(db, id, null);
    }
    const offset = await partials.offset(id);
    if (offset !== null) await noteReceived(db, id, offset);
  }

  #teller(stream: Readable, id: string): (received: number) => void {
    const { tellMs = 1_000, onReceived } = this.options;
    let toldAt = performance.now();
    return (received) => {
      if (performance.now() - toldAt < tellMs) return;
      toldAt = performance.now();
      onReceived(id, received).catch((error) => stream.destroy(error));
    };
  }

  override async remove(id: string): Promise<void> {
    this.hashes.forget(id);
    await endUpload(this.options.db, id);
    await this.options.partials.remove(id);
    await forgetUpload(this.options.db, id);
  }

  override getExpiration(): number {
    return this.options.expiryMs;
  }
}

/**
 * The bytes of a stream that outlives its reader. A stream that ended with its reader would look
 * like a broken connection before the reader's reason is known.
 */
function bytesOf(stream: Readable): AsyncIterable<Uint8Array> {
  return stream.iterator({ destroyOnReturn: false });
}
