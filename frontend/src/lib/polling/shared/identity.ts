/**
 * Identity of a stream: two tabs share answers only if it is equal.
 *
 * @module
 */
import type { PollingOptions } from '../options.ts';
import { tokenOf } from '../transport.ts';

/**
 * A key that does not reveal the token. Without `user` a renewed token is another identity: its
 * pollers move to another stream.
 */
export function identityOf(options: PollingOptions): string {
  const { baseUrl, headers, user = tokenOf(options) } = options;
  return hash(JSON.stringify([baseUrl, headers, options.user !== undefined, user]));
}

/** 64 bits of FNV-1a in two halves: a key, not a secret. */
function hash(text: string): string {
  const half = (seed: number) =>
    [...text].reduce((sum, sign) => Math.imul(sum ^ sign.charCodeAt(0), 0x01000193), seed);
  return `${half(0x811c9dc5)}${half(0x050c5d1f)}`;
}
