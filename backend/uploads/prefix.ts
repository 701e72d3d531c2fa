/**
 * Proof that a sender continues the same file: the digest of the stored bytes, computed from the
 * sender's file, is compared before bytes are added.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { prefixBlockBytes } from '#contract/uploads.ts';
import type { Partials } from './storage.ts';

const ofRequest = new AsyncLocalStorage<string | null>();

/** Handles a request with the header `Upload-Prefix-Digest`. Throws `bad_request`. */
export function withPrefixDigest<T>(header: string | null, answer: () => Promise<T>): Promise<T> {
  return ofRequest.run(header === null ? null : parse(header), answer);
}

function parse(header: string): string {
  const [, digest] = /^sha256 ([A-Za-z0-9+/]{43}=)$/.exec(header.trim()) ?? [];
  if (digest) return digest;
  throw new AppError('bad_request', message('invalid_prefix'));
}

/**
 * Passes if the request declares no digest, or the digest of the stored bytes. Throws
 * `upload_mismatch` if its sender has another file, or if the stored bytes cannot be compared.
 */
export async function expectPrefix(
  partials: Partials,
  { id, size, offset }: { id: string; size: number; offset: number },
): Promise<void> {
  const said = ofRequest.getStore() ?? null;
  if (said === null || offset === 0) return;
  const blocks = await partials.blocks(id, offset, prefixBlockBytes(size));
  if (blocks === null || digestOf(blocks) !== said) throw uploadMismatch();
}

function digestOf(blocks: readonly string[]): string {
  const hash = createHash('sha256');
  for (const block of blocks) hash.update(Buffer.from(block, 'hex'));
  return hash.digest('base64');
}

/** The refusal of another file than the announced or partially uploaded one. */
export function uploadMismatch(): AppError {
  return new AppError('upload_mismatch', message('another_file'));
}
