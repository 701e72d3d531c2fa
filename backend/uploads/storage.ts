/**
 * Where bytes are kept: one interface, which disk and object store implement alike. A file is there
 * whole or not at all; what is still coming in is apart from it, in {@link Partials}.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';

/** Bytes that were received and belong to nothing yet. */
export interface Received {
  /** Names them in this storage: a path, or an address with a scheme. */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash: string;
}

export interface ReceiveOptions {
  /** More bytes than this end the upload as `too_large`. */
  readonly maxBytes: number;
  /** Called with the number of bytes received so far. */
  onProgress?(bytes: number): void;
}

export interface Range {
  /** First byte, from 0. */
  readonly start: number;
  /** How many bytes; the rest where it is left out. */
  readonly length?: number;
}

/** A file on this machine's own disk. What had to be fetched is removed when it is disposed of. */
export interface LocalCopy extends AsyncDisposable {
  readonly path: string;
}

export interface LocalOptions {
  readonly signal?: AbortSignal;
  /**
   * The first and last megabytes are enough; between them a long file that had to be fetched reads
   * as zeros. Its length is the true one.
   */
  readonly outline?: boolean;
}

export interface Storage {
  /**
   * Writes a stream to a file under a name of its own. Memory use does not depend on its length.
   * Throws {@link AppError} `too_large`; nothing is left behind then, or when the stream breaks.
   */
  receive(stream: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<Received>;
  /** Bytes of a file. Throws {@link AppError} `file_not_found`. */
  read(path: string, range?: Range): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** How many bytes a file has; null where it is gone. */
  size(path: string): Promise<number | null>;
  /** A file as a path to read from. Throws {@link AppError} `file_not_found`. */
  local(path: string, options?: LocalOptions): Promise<LocalCopy>;
  /** Removes bytes; it is no error when they are gone already. */
  remove(path: string): Promise<void>;
  /** Whole files that were last written before a moment, in lists of a thousand. */
  list(before: Date): AsyncIterable<string[]>;
  readonly partials: Partials;
}

/**
 * Uploads that come in piece by piece. One caller at a time writes, commits or removes the same one:
 * that is what the locks are for.
 */
export interface Partials {
  /** Begins an upload of `size` bytes. */
  create(id: string, size: number): Promise<void>;
  /** How many bytes of it are here for good; null where there is none. */
  offset(id: string): Promise<number | null>;
  /**
   * Appends at `offset`, which must be its end, and returns the new end once the bytes are safe.
   * When the stream breaks it throws the stream's error; what had come until then may be kept.
   * `onChunk` sees every piece in order.
   */
  append(
    id: string,
    offset: number,
    stream: AsyncIterable<Uint8Array>,
    onChunk: (chunk: Uint8Array) => void,
  ): Promise<number>;
  /** Forgets everything from `offset` on; absent where the storage cannot. */
  truncate?(id: string, offset: number): Promise<void>;
  /**
   * SHA-256, hexadecimal, of each block of the first `length` bytes, also of an upload that has
   * become a file. `blockBytes` is that of {@link prefixBlockBytes}. Null where it is not known.
   */
  blocks(id: string, length: number, blockBytes: number): Promise<string[] | null>;
  /**
   * Makes a file of an upload that is complete. Again after it was done, it answers the same. `hash`
   * is that of the bytes where it is known; else they are read once more.
   */
  commit(id: string, size: number, hash: string | null): Promise<Received>;
  /** Removes it; it is no error when it is gone already. */
  remove(id: string): Promise<void>;
}

/** The refusal of a file that is larger than allowed. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', message('file_too_large', { bytes: maxBytes }));
}

/** The answer where a row knows bytes that the storage has not. */
export function bytesGone(cause?: unknown): AppError {
  return new AppError('file_not_found', message('bytes_lost'), {
    cause,
  });
}

/** How ids of files and uploads look; whatever else lies in a storage is not ours. */
export const STORED_NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
