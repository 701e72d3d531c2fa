/**
 * Storage of bytes: one interface for disk and object store. A file exists whole or not at all;
 * unfinished uploads are separate, in {@link Partials}.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';

/** Received bytes that belong to no file yet. */
export interface Received {
  /** Address of the bytes in this storage: a path, or a URL. */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash: string;
}

export interface ReceiveOptions {
  /** Maximum number of bytes; more end the upload as `too_large`. */
  readonly maxBytes: number;
  /** Called with the number of bytes received so far. */
  onProgress?(bytes: number): void;
}

export interface Range {
  /** First byte, from 0. */
  readonly start: number;
  /** Number of bytes. @default the rest */
  readonly length?: number;
}

/** A file on this machine's own disk. Disposal removes a fetched copy. */
export interface LocalCopy extends AsyncDisposable {
  readonly path: string;
}

export interface LocalOptions {
  readonly signal?: AbortSignal;
  /**
   * Fetches only the first and last megabytes; between them a long file that had to be fetched
   * reads as zeros. Its length is the true one.
   */
  readonly outline?: boolean;
}

export interface Storage {
  /**
   * Writes a stream to a file under a new name. Memory use does not depend on its length. Throws
   * {@link AppError} `too_large`; after that or a broken stream, no bytes remain.
   */
  receive(stream: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<Received>;
  /** Bytes of a file. Throws {@link AppError} `file_not_found`. */
  read(path: string, range?: Range): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Size of a file in bytes; null if it is gone. */
  size(path: string): Promise<number | null>;
  /** A file as a path to read from. Throws {@link AppError} `file_not_found`. */
  local(path: string, options?: LocalOptions): Promise<LocalCopy>;
  /** Removes bytes; idempotent. */
  remove(path: string): Promise<void>;
  /** Complete files that were last written before a moment, in lists of a thousand. */
  list(before: Date): AsyncIterable<string[]>;
  readonly partials: Partials;
}

/**
 * Uploads that arrive in several requests. Only one caller at a time writes, commits or removes the
 * same one; the locks guarantee that.
 */
export interface Partials {
  /** Begins an upload of `size` bytes. */
  create(id: string, size: number): Promise<void>;
  /** Number of durably stored bytes; null if there is no such upload. */
  offset(id: string): Promise<number | null>;
  /**
   * Appends at `offset`, which must be its end, and returns the new end once the bytes are stored.
   * A broken stream throws its error; bytes before it may be kept. `onChunk` receives every chunk
   * in order.
   */
  append(
    id: string,
    offset: number,
    stream: AsyncIterable<Uint8Array>,
    onChunk: (chunk: Uint8Array) => void,
  ): Promise<number>;
  /** Removes all bytes from `offset` on; absent if the storage cannot. */
  truncate?(id: string, offset: number): Promise<void>;
  /**
   * SHA-256, hexadecimal, of each block of the first `length` bytes, also of an upload that has
   * become a file. `blockBytes` is that of {@link prefixBlockBytes}. Null if unknown.
   */
  blocks(id: string, length: number, blockBytes: number): Promise<string[] | null>;
  /**
   * Makes a file of a complete upload; idempotent. `hash` is that of the bytes if known; otherwise
   * they are read once more.
   */
  commit(id: string, size: number, hash: string | null): Promise<Received>;
  /** Removes it; idempotent. */
  remove(id: string): Promise<void>;
}

/** The refusal of a file that is larger than allowed. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', message('file_too_large', { bytes: maxBytes }));
}

/** The response if the row of a file exists and its bytes are missing. */
export function bytesGone(cause?: unknown): AppError {
  return new AppError('file_not_found', message('bytes_lost'), {
    cause,
  });
}

/** Pattern of the ids of files and uploads; other entries of a storage are not ours. */
export const STORED_NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
