/**
 * The rest of a request's body, after the answer no longer depends on it.
 *
 * @module
 */

export interface RestLimits {
  /** Bytes that are read. */
  readonly bytes: number;
  /** Time after which the connection of a body that has not ended is closed, milliseconds. */
  readonly ms: number;
}

const MAX_REST_BYTES = 256 * 1024 * 1024;
/** As nginx's `lingering_time`. */
const MAX_REST_MS = 30_000;
const LIMITS: RestLimits = { bytes: MAX_REST_BYTES, ms: MAX_REST_MS };

interface RestReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/**
 * Reads the rest and drops it, so that a sender that writes before it reads finds the answer. A body
 * without end is read no further than `bytes`, and its connection is closed after `ms`.
 *
 * Call it before the answer is sent, and answer with a body of a known length: after the end of an
 * answer that is a stream, Deno delivers no more of the request.
 */
export function discardRest(reader: RestReader, { bytes, ms }: RestLimits = LIMITS): void {
  // Deno closes the connection of a body that is cancelled after the answer was sent. It reads one
  // that is cancelled before to its end.
  const timer = setTimeout(() => reader.cancel().catch(() => {}), ms);
  readToEnd(reader, bytes).then((ended) => ended && clearTimeout(timer));
}

/** False where the body has more than `bytes`. */
async function readToEnd(reader: RestReader, bytes: number): Promise<boolean> {
  try {
    for (let left = bytes; left > 0;) {
      const { done, value } = await reader.read();
      if (done) return true;
      left -= value?.length ?? 0;
    }
    return false;
  } catch {
    // The connection is gone.
    return true;
  }
}
