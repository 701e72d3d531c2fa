/**
 * Coalesces the bytes of a request into larger chunks: every chunk passes through several streams
 * on its way to the storage, at the same cost for a small one as for a large one.
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
 * Reads chunks of up to a megabyte of the bytes that have arrived, without waiting for a slow
 * sender. The chunks of a stream without this support stay unchanged.
 */
export function chunkReader(body: ReadableStream<Bytes>): ChunkReader {
  const reader = byteReader(body);
  if (!reader) return body.getReader();
  return {
    read: () => reader.read(new Uint8Array(CHUNK_BYTES)),
    cancel: (reason) => reader.cancel(reason),
  };
}

/** Null if the stream is not a byte stream. */
function byteReader(body: ReadableStream<Bytes>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
