/**
 * Bytes of a request in larger pieces: every piece passes through several streams on its way to the
 * storage, and each of them costs the same for a small one as for a large one.
 *
 * @module
 */

type Bytes = Uint8Array<ArrayBuffer>;

const CHUNK_BYTES = 1024 * 1024;

/**
 * The same bytes, in pieces of up to a megabyte of what has arrived: a slow sender's are not waited
 * for. A stream that cannot do that is left as it is.
 */
export function inLargerChunks(body: ReadableStream<Bytes>): ReadableStream<Bytes> {
  const reader = byteReader(body);
  if (!reader) return body;
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const { value, done } = await reader.read(new Uint8Array(CHUNK_BYTES));
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
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
