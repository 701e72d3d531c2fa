/**
 * The checksum extension of tus: a request declares a digest of its bytes, and is refused whole if
 * they differ. The tus server does not support it, so the digest is passed to the store in an async
 * context.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Buffer } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';

/** Bytes of the digest of each algorithm. */
const DIGEST_BYTES = { sha256: 32, sha1: 20 } as const;
type Algorithm = keyof typeof DIGEST_BYTES;

export const CHECKSUM_ALGORITHMS = Object.keys(DIGEST_BYTES) as readonly Algorithm[];

export class Checksum {
  readonly #hash: Hash;

  constructor(algorithm: Algorithm, private readonly expected: string) {
    this.#hash = createHash(algorithm);
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  /** Throws {@link AppError} `checksum_mismatch`. */
  expectMatch(): void {
    if (this.#hash.digest('base64') === this.expected) return;
    throw new AppError('checksum_mismatch', message('damaged_bytes'));
  }
}

const ofRequest = new AsyncLocalStorage<Checksum | null>();

/** The checksum that the current request declares for its bytes. */
export function checksumOfRequest(): Checksum | null {
  return ofRequest.getStore() ?? null;
}

/** Handles a request with the header `Upload-Checksum`. Throws `bad_request`. */
export function withChecksum<T>(header: string | null, answer: () => Promise<T>): Promise<T> {
  return ofRequest.run(header === null ? null : parse(header), answer);
}

function parse(header: string): Checksum {
  const [algorithm = '', expected = '', ...rest] = header.trim().split(' ');
  const known = CHECKSUM_ALGORITHMS.find((name) => name === algorithm);
  if (known && isDigest(known, expected) && rest.length === 0) return new Checksum(known, expected);
  const algorithms = CHECKSUM_ALGORITHMS.join(', ');
  throw new AppError('bad_request', message('invalid_checksum', { algorithms }));
}

function isDigest(algorithm: Algorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === text;
}
