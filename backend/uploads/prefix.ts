/**
 * Proof that a sender goes on with the same file: the digest of the bytes that are stored, taken from
 * the file at its side, compared before a byte is added.
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

/** Answers a request that says `header` (`Upload-Prefix-Digest`). Throws `bad_request`. */
export function withPrefixDigest<T>(header: string | null, answer: () => Promise<T>): Promise<T> {
  return ofRequest.run(header === null ? null : parse(header), answer);
}

function parse(header: string): string {
  const [, digest] = /^sha256 ([A-Za-z0-9+/]{43}=)$/.exec(header.trim()) ?? [];
  if (digest) return digest;
  throw new AppError('bad_request', message('invalid_prefix'));
}

/**
 * Passes where the request says nothing of the stored bytes, or the truth. Throws `upload_mismatch`
 * where its sender has another file, or where what is stored cannot be compared.
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

/** The refusal of another file than the one that was announced or begun. */
export function uploadMismatch(): AppError {
  return new AppError('upload_mismatch', message('another_file'));
}
