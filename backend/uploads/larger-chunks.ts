/**
 * Bytes of a request in larger pieces: every piece passes through several streams on its way to the
 * storage, and each of them costs the same for a small one as for a large one.
 *
 * @module
 */

type Bytes = Uint8Array<ArrayBuffer>;

export interface ChunkReader {
  read(): Promise<{ readonly value?: Bytes | undefined; readonly done: boolean }>;
  cancel(reason?: unknown): Promise<void>;
}

const CHUNK_BYTES = 1024 * 1024;

/**
 * Reads pieces of up to a megabyte of what has arrived: a slow sender's are not waited for. The
 * pieces of a stream that cannot do that are left as they are.
 */
export function chunkReader(body: ReadableStream<Bytes>): ChunkReader {
  const reader = byteReader(body);
  if (!reader) return body.getReader();
  return {
    read: () => reader.read(new Uint8Array(CHUNK_BYTES)),
    cancel: (reason) => reader.cancel(reason),
  };
}

/** Null where the stream has no bytes of its own, as those that were made of other values. */
function byteReader(body: ReadableStream<Bytes>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
